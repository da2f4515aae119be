"""Sentences on cost: the time of a repair, and the price of regenerating the clip."""

from __future__ import annotations

from vinpaint.advice.estimates import (
    SHARE_THAT_MAKES_THE_CUT,
    TAKES_FOR_ONE_SHOT,
    RegenerationCost,
    TimeEstimate,
)
from vinpaint.advice.wording.phrases import format_count
from vinpaint.core import format_short_duration


def describe_time(estimate: TimeEstimate) -> str:
    """Return the expected time of the repair, and the basis of the estimate."""
    typical, low, high = map(format_short_duration, (estimate.seconds, estimate.low, estimate.high))
    time = f"about {typical}" + (f" ({low} to {high})" if low != high else "")
    if not estimate.runs:
        return (
            f"Time: {time}, from the benchmark's two cores; "
            f"no past repair with '{estimate.strategy}' on this machine."
        )
    runs = format_count(estimate.runs, "past repair", "past repairs")
    return f"Time: {time}, from {runs} with '{estimate.strategy}' on this machine."


def describe_cost(cost: RegenerationCost | None) -> str:
    """Return the cost of regenerating the clip, in generations if no price is given."""
    takes = f"about {TAKES_FOR_ONE_SHOT} generations for one usable shot"
    share = f"{100 * SHARE_THAT_MAKES_THE_CUT:.0f} % of the clips make the cut"
    source = "invideo 2026"
    if cost is None:
        return f"Regenerating takes {takes}, and {share} ({source})."
    return (
        f"Regenerating: {takes}, {money(cost.usable)} at {money(cost.price)} each. {share}, so "
        f"one that does costs {money(cost.kept)} ({source}). The repair costs only its time."
    )


def money(amount: float) -> str:
    """Format an amount without a currency: 1.5 -> '1.50'."""
    return f"{amount:,.2f}"
