"""Estimates in, sentences out: what a repair takes in time, and another take in money."""

from __future__ import annotations

from vinpaint.advice.estimates import (
    SHARE_THAT_MAKES_THE_CUT,
    TAKES_FOR_ONE_SHOT,
    RegenerationCost,
    TimeEstimate,
)
from vinpaint.advice.wording.phrases import format_count

_MINUTE = 60
_HOUR = 3600


def describe_time(estimate: TimeEstimate) -> str:
    """How long the repair will take, and what that is known from."""
    span = f"about {duration(estimate.seconds)}"
    if duration(estimate.low) != duration(estimate.high):
        span += f" ({duration(estimate.low)} to {duration(estimate.high)})"
    if not estimate.runs:
        return (
            f"Time: {span}, as the bench's two cores take; "
            f"no past repair with '{estimate.strategy}' on this machine."
        )
    runs = format_count(estimate.runs, "past repair", "past repairs")
    return f"Time: {span}, by {runs} with '{estimate.strategy}' on this machine."


def describe_cost(cost: RegenerationCost | None) -> str:
    """What making the clip anew costs beside it; without a price, in generations."""
    takes = f"about {TAKES_FOR_ONE_SHOT} generations for one usable shot"
    share = f"{100 * SHARE_THAT_MAKES_THE_CUT:.0f} % of the clips make the cut"
    source = "invideo 2026"
    if cost is None:
        return f"Making it anew takes {takes}, and {share} ({source})."
    return (
        f"Making it anew: {takes}, {money(cost.usable)} at {money(cost.price)} each; {share}, so "
        f"{money(cost.kept)} for one that does ({source}). The repair costs its time only."
    )


def money(amount: float) -> str:
    """1.5 -> '1.50'; no currency, for the price came without one."""
    return f"{amount:,.2f}"


def duration(seconds: float) -> str:
    """'under 1 s', '40 s', '3 min', '1.5 h'."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 1.5 * _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{seconds / _HOUR:.1f} h"
