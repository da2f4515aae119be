"""Advice after a repair: what each fault asks for, and when to stop.

Pure: what the gate found goes in. The rule is the second seed's: "if you hit any of these twice in
a row on the same shot, stop inpainting". A fault that comes back gets its next remedy, not the same
one again. The sentences stand in `wording.after`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vinpaint.core import Box, FindingKind, GateVerdict, Span

FAILS_TO_STOP = 2
"""Failed gates in a row on one shot ("twice in a row")."""

RemedyAction = Literal[
    "soften",
    "poisson",
    "grow",
    "tighten",
    "steady",
    "plate",
    "propagate",
    "grain on",
    "grain off",
    "shadow",
    "follow",
    "frames",
]
"""One thing to change before the next attempt."""


@dataclass(frozen=True)
class Attempt:
    """A repair that was measured. `kinds`: what the gate found, the worst first."""

    strategy: str
    verdict: GateVerdict
    kinds: tuple[FindingKind, ...] = ()


@dataclass(frozen=True)
class Remedy:
    """What to change for one kind of fault."""

    kind: FindingKind
    change: RemedyAction


@dataclass(frozen=True)
class NextStep:
    """What to do after the last attempt. `next_strategy`: worth a try, None where none is left."""

    stop: bool
    remedies: tuple[Remedy, ...]
    next_strategy: str | None = None


@dataclass(frozen=True)
class RepairedShot:
    """What an attempt was made on: the source's hash, the masked frames, and where, if known."""

    source_sha256: str
    frames: Span
    box: Box | None = None


def shot_of(report: Mapping[str, Any]) -> RepairedShot | None:
    """What a run worked on, from its report.json; None where it does not say, as without measures.

    The masked frames are those that coverage was measured on, from the first to the last.
    """
    try:
        sha256 = str(report["source"]["sha256"])
        coverage = next(one for one in report["scores"] if one["name"] == "coverage")
        masked = [t for t, value in enumerate(coverage["per_frame"]) if value is not None]
        return RepairedShot(sha256, Span(masked[0], masked[-1] + 1))
    except (KeyError, TypeError, IndexError, StopIteration):
        return None


def same_shot(one: RepairedShot, other: RepairedShot) -> bool:
    """Whether two attempts worked on the same thing: one source, masks that overlap."""
    if one.source_sha256 != other.source_sha256 or not one.frames.intersection(other.frames).length:
        return False
    return one.box is None or other.box is None or one.box.intersection(other.box) is not None


def attempt_of(report: Mapping[str, Any]) -> Attempt | None:
    """The attempt that a run's report.json tells of; None where its gate found nothing to judge."""
    try:
        kinds = tuple(dict.fromkeys(one["kind"] for one in report["gate"]["reasons"]))
        return Attempt(report["job"]["fill"]["strategy"], report["gate"]["verdict"], kinds)
    except (KeyError, TypeError):
        return None


def attempts_on_last_shot(reports: Sequence[Mapping[str, Any]]) -> list[Attempt]:
    """The attempts on the last report's shot, the oldest first."""
    shot = shot_of(reports[-1]) if reports else None
    if shot is None:
        return []
    mine = [one for one in reports if (other := shot_of(one)) and same_shot(shot, other)]
    return [attempt for one in mine if (attempt := attempt_of(one))]


def advise_next(
    attempts: Sequence[Attempt], *, strategies: Sequence[str] = ("propagate", "plate")
) -> NextStep:
    """What to do next, from all attempts on one shot, the oldest first.

    `strategies`: those that can be tried, the best first.
    """
    if not attempts or attempts[-1].verdict == "pass":
        return NextStep(stop=False, remedies=())
    last = attempts[-1]
    tail = attempts[-FAILS_TO_STOP:]
    stop = len(tail) == FAILS_TO_STOP and all(one.verdict == "fail" for one in tail)
    remedies = tuple(_remedy(kind, attempts) for kind in dict.fromkeys(last.kinds))
    return NextStep(stop, remedies, None if stop else _next(attempts, remedies, strategies))


_LADDERS: dict[FindingKind, tuple[RemedyAction, ...]] = {
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
"""What to try for each fault, the cheapest first."""


def _remedy(kind: FindingKind, attempts: Sequence[Attempt]) -> Remedy:
    """The next step of the fault's ladder that the last attempt has not been at already."""
    used = attempts[-1].strategy
    ladder = [change for change in _LADDERS[kind] if change != used]
    tries = sum(kind in one.kinds for one in attempts)
    return Remedy(kind, ladder[min(tries, len(ladder)) - 1])


def _next(
    attempts: Sequence[Attempt], remedies: Sequence[Remedy], strategies: Sequence[str]
) -> str | None:
    """The strategy that a remedy names; after a failure, the best that was not tried."""
    for remedy in remedies:
        if remedy.change in strategies:
            return remedy.change
    if attempts[-1].verdict == "fail":
        tried = {one.strategy for one in attempts}
        return next((name for name in strategies if name not in tried), None)
    return attempts[-1].strategy
