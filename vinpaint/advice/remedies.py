"""Choose what to do after a repair: a remedy for each fault, or to stop.

This module contains rules only; its input is the result of the gate. If two repairs of a shot fail
in a row, repairing stops (docs/method.md, decision rule). A fault that occurs again gets the next
remedy in its list. The sentences are in `wording/after.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vinpaint.core import Box, FindingKind, GateVerdict, Span

FAILS_TO_STOP = 2
"""Number of consecutive failed repairs of a shot after which repairing stops."""

RemedyAction = Literal["soften", "poisson", "grow", "tighten", "steady", "plate", "propagate",
               "grain on", "grain off", "shadow", "follow", "frames", "take"]  # fmt: skip
"""One thing to change before the next attempt."""


@dataclass(frozen=True)
class Attempt:
    """A measured repair. `kinds` are the faults that the gate found, worst first."""

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
    """The repaired part of a source: hash of the file, masked frames, and the area if known."""

    source_sha256: str
    frames: Span
    box: Box | None = None


def shot_of(report: Mapping[str, Any]) -> RepairedShot | None:
    """Read the repaired shot from a parsed report.json. Returns None if coverage was not measured.

    The masked frames extend from the first to the last frame with a measured coverage.
    """
    try:
        sha256 = str(report["source"]["sha256"])
        coverage = next(score for score in report["scores"] if score["name"] == "coverage")
        masked = [t for t, value in enumerate(coverage["per_frame"]) if value is not None]
        return RepairedShot(sha256, Span(masked[0], masked[-1] + 1))
    except (KeyError, TypeError, IndexError, StopIteration):
        return None


def same_shot(one: RepairedShot, other: RepairedShot) -> bool:
    """Return whether two repairs have the same source, and overlap in time and area."""
    if one.source_sha256 != other.source_sha256 or not one.frames.intersection(other.frames).length:
        return False
    return one.box is None or other.box is None or one.box.intersection(other.box) is not None


def attempt_of(report: Mapping[str, Any]) -> Attempt | None:
    """Read the attempt from a parsed report.json. Returns None if the gate judged nothing."""
    try:
        kinds = tuple(dict.fromkeys(reason["kind"] for reason in report["gate"]["reasons"]))
        return Attempt(report["job"]["fill"]["strategy"], report["gate"]["verdict"], kinds)
    except (KeyError, TypeError):
        return None


def attempts_on_last_shot(reports: Sequence[Mapping[str, Any]]) -> list[Attempt]:
    """Return the attempts on the shot of the last report. Reports are given oldest first."""
    shot = shot_of(reports[-1]) if reports else None
    if shot is None:
        return []
    same = [report for report in reports if (other := shot_of(report)) and same_shot(shot, other)]
    return [attempt for report in same if (attempt := attempt_of(report))]


def advise_next(
    attempts: Sequence[Attempt], *, strategies: Sequence[str] = ("propagate", "plate")
) -> NextStep:
    """Return the next step, given all attempts on one shot, oldest first.

    `strategies` are those that may be suggested, best first.
    """
    if not attempts or attempts[-1].verdict == "pass":
        return NextStep(stop=False, remedies=())
    last = attempts[-1]
    tail = attempts[-FAILS_TO_STOP:]
    stop = len(tail) == FAILS_TO_STOP and all(attempt.verdict == "fail" for attempt in tail)
    remedies = tuple(_remedy(kind, attempts) for kind in dict.fromkeys(last.kinds))
    return NextStep(
        stop, remedies, None if stop else _choose_strategy(attempts, remedies, strategies)
    )


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
    "leftover": ("take", "follow", "shadow"),
}
"""Changes to try for each kind of fault, cheapest first."""


def _remedy(kind: FindingKind, attempts: Sequence[Attempt]) -> Remedy:
    """Return the next change for a fault, leaving out the strategy of the last attempt."""
    used = attempts[-1].strategy
    changes = [change for change in _REMEDIES[kind] if change != used]
    tries = sum(kind in attempt.kinds for attempt in attempts)
    return Remedy(kind, changes[min(tries, len(changes)) - 1])


def _choose_strategy(
    attempts: Sequence[Attempt], remedies: Sequence[Remedy], strategies: Sequence[str]
) -> str | None:
    """Return the strategy that a remedy asks for, or after a failure the best untried one."""
    for remedy in remedies:
        if remedy.change in strategies:
            return remedy.change
    if attempts[-1].verdict == "fail":
        tried = {attempt.strategy for attempt in attempts}
        return next((name for name in strategies if name not in tried), None)
    return attempts[-1].strategy
