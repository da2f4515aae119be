"""Print what to change after a repair that does not pass."""

from __future__ import annotations

from collections.abc import Iterator

from vinpaint.advice.remedies import Attempt, advise_next
from vinpaint.advice.wording import describe_remedy
from vinpaint.core import Result


def remedy_lines(result: Result) -> Iterator[str]:
    """Yield one line for each kind of fault that the gate found; none if the repair passes."""
    gate = result.gate
    if gate is None:
        return
    kinds = tuple(dict.fromkeys(reason.kind for reason in gate.reasons))
    after = advise_next([Attempt(result.job.fill.strategy, gate.verdict, kinds)])
    if after.remedies:
        yield "What to change:"
    yield from (f"  {describe_remedy(one, in_app=False)}" for one in after.remedies)
