"""Advice after a repair: a remedy for each fault, and when to stop.

This module contains rules only: the gate's findings go in. If two repairs of a shot fail in a row,
stop repairing it (docs/method.md, decision rule). A fault that comes back gets its next remedy, not
the same one again. The sentences are in `wording/after.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vinpaint.core import Box, FindingKind, GateVerdict, Span

FAILS_TO_STOP = 2
"""Failed gates in a row on one shot after which repairing stops."""

RemedyAction = Literal["soften", "poisson", "grow", "tighten", "steady", "plate", "propagate",
               "grain on", "grain off", "shadow", "follow", "frames"]  # fmt: skip
"""One thing to change before the next attempt."""


@dataclass(frozen=True)
class Attempt:
    """A measured repair. `kinds`: the faults that the gate found, worst first."""

    strategy: str
    verdict: GateVerdict
    kinds: tuple[FindingKind, ...] = ()


@dataclass(frozen=True)
class Remedy:
    """The change to try for one kind of fault."""

    kind: FindingKind
    change: RemedyAction


@dataclass(frozen=True)
class NextStep:
    """What to do after the last attempt. `next_strategy` is None if none is left to try."""

    stop: bool
    remedies: tuple[Remedy, ...]
    next_strategy: str | None = None


@dataclass(frozen=True)
class RepairedShot:
    """What a repair worked on: the source's hash, the masked frames, and the area if known."""

    source_sha256: str
    frames: Span
    box: Box | None = None


def shot_of(report: Mapping[str, Any]) -> RepairedShot | None:
    """Read from a report.json what a run worked on; None if it was not measured.

    The masked frames are those on which coverage was measured, from the first to the last.
    """
    try:
        sha256 = str(report["source"]["sha256"])
        coverage = next(one for one in report["scores"] if one["name"] == "coverage")
        masked = [t for t, value in enumerate(coverage["per_frame"]) if value is not None]
        return RepairedShot(sha256, Span(masked[0], masked[-1] + 1))
    except (KeyError, TypeError, IndexError, StopIteration):
        return None


def same_shot(one: RepairedShot, other: RepairedShot) -> bool:
    """Return whether two repairs worked on one source with overlapping masks."""
    if one.source_sha256 != other.source_sha256 or not one.frames.intersection(other.frames).length:
        return False
    return one.box is None or other.box is None or one.box.intersection(other.box) is not None


def attempt_of(report: Mapping[str, Any]) -> Attempt | None:
    """Read the attempt from a report.json; None if its gate had nothing to judge."""
    try:
        kinds = tuple(dict.fromkeys(one["kind"] for one in report["gate"]["reasons"]))
        return Attempt(report["job"]["fill"]["strategy"], report["gate"]["verdict"], kinds)
    except (KeyError, TypeError):
        return None


def attempts_on_last_shot(reports: Sequence[Mapping[str, Any]]) -> list[Attempt]:
    """Return the attempts on the last report's shot, oldest first."""
    shot = shot_of(reports[-1]) if reports else None
    if shot is None:
        return []
    same = [one for one in reports if (other := shot_of(one)) and same_shot(shot, other)]
    return [attempt for one in same if (attempt := attempt_of(one))]


def advise_next(
    attempts: Sequence[Attempt], *, strategies: Sequence[str] = ("propagate", "plate")
) -> NextStep:
    """Return what to do next, from all attempts on one shot, oldest first.

    `strategies`: those that can be tried, best first.
    """
    if not attempts or attempts[-1].verdict == "pass":
        return NextStep(stop=False, remedies=())
    last = attempts[-1]
    tail = attempts[-FAILS_TO_STOP:]
    stop = len(tail) == FAILS_TO_STOP and all(one.verdict == "fail" for one in tail)
    remedies = tuple(_remedy(kind, attempts) for kind in dict.fromkeys(last.kinds))
    return NextStep(stop, remedies, None if stop else _next(attempts, remedies, strategies))


_REMEDIES: dict[FindingKind, tuple[RemedyAction, ...]] = {
    "unsteady": ("steady", "follow", "plate", "frames"),
    "flicker": ("steady", "plate", "frames"),
    "frozen": ("propagate", "frames"),
    "drift": ("propagate", "tighten", "frames"),
    "seam": ("soften", "poisson", "tighten", "plate"),
    "texture": ("plate", "tighten"),
    "blur": ("plate", "tighten"),
    "hard": ("soften", "propagate"),
    "plastic": ("grain on", "plate"),
    "rough": ("grain off", "plate"),
    "colour": ("poisson", "grow", "shadow", "plate"),
    "invented": ("plate", "tighten"),
}
"""The changes to try for each fault, cheapest first."""


def _remedy(kind: FindingKind, attempts: Sequence[Attempt]) -> Remedy:
    """Return the fault's next change; the last attempt's own strategy is left out."""
    used = attempts[-1].strategy
    changes = [change for change in _REMEDIES[kind] if change != used]
    tries = sum(kind in one.kinds for one in attempts)
    return Remedy(kind, changes[min(tries, len(changes)) - 1])


def _next(
    attempts: Sequence[Attempt], remedies: Sequence[Remedy], strategies: Sequence[str]
) -> str | None:
    """Return the strategy that a remedy names or, after a failure, the best one not yet tried."""
    for remedy in remedies:
        if remedy.change in strategies:
            return remedy.change
    if attempts[-1].verdict == "fail":
        tried = {one.strategy for one in attempts}
        return next((name for name in strategies if name not in tried), None)
    return attempts[-1].strategy
