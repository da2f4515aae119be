"""From measured facts to advice: which strategy fits, and whether to repair at all.

Pure values and rules, nothing is measured here. The rule is the second seed's: repair where three
conditions hold together (the region is small, what is behind it can be known, it moves slowly),
and make the clip anew where one breaks by far. A rule is one function in `_RULES`; its sentence
stands in `wording`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.types import Span

SIZE_LIMIT = 0.20
"""Share of the frame above which a fill tends to show (second seed: "under ~20% of frame")."""

NEARLY_SEEN = 0.05
"""So little is never seen that even a large hole is filled from the clip itself."""

UNSEEN_LIMIT = 0.25
"""Share of the hole above which a fill is more texture than knowledge."""

MOTION_LIMIT = 0.03
"""Motion behind the hole from frame to frame, as a share of the picture's diagonal: above it frames
are blurred and hard to follow. Eight real clips lie between 0 and 0.03, the fastest a running
camera's."""

Verdict = Literal["inpaint", "care", "regenerate"]
Stand = Literal["for", "care", "against"]
Rule = Literal["size", "unseen", "motion"]


@dataclass(frozen=True)
class Facts:
    """What is known of a job before its fill. Shares are 0 to 1.

    frames, masked_frames: of the clip, and those with a hole; share: the hole's of the frame, the
    mean over those, and largest_share the most; never_seen: of the hole, see `Forecast`;
    distance_frames: to the frame that shows a pixel, None where none does; motion: behind the
    hole, from frame to frame, of the picture's diagonal; prompt, reference: whether words, or
    something to copy from, were given;
    worst: the frames around the one where most is never seen, worst_share how much of its hole;
    place: the middle of all that is never seen, (x, y) as shares of width and height;
    commercial_safe: only models whose licence allows commercial use may be chosen.
    """

    frames: int
    masked_frames: int
    share: float
    largest_share: float
    never_seen: float
    distance_frames: int | None = None
    motion: float = 0.0
    prompt: bool = False
    reference: bool = False
    worst: Span | None = None
    worst_share: float = 0.0
    place: tuple[float, float] | None = None
    commercial_safe: bool = False


@dataclass(frozen=True)
class Fit:
    """How well a strategy fits, 0 to 1, and why: the end of a sentence."""

    score: float
    because: str


@dataclass(frozen=True)
class Choice:
    """The strategy that fits best."""

    strategy: str
    fit: Fit


@dataclass(frozen=True)
class Reason:
    """One rule's finding: the number, its limit, and what follows."""

    rule: Rule
    value: float
    limit: float
    stand: Stand


@dataclass(frozen=True)
class Advice:
    """What to do, why, and how; `facts` are what it rests on."""

    facts: Facts
    verdict: Verdict
    reasons: tuple[Reason, ...]
    choice: Choice


def advise(facts: Facts, choice: Choice) -> Advice:
    """Judge the facts. One reason against means to make the clip anew, one of care to look."""
    reasons = tuple(rule(facts) for rule in _RULES)
    stands = {reason.stand for reason in reasons}
    verdict: Verdict = "inpaint"
    if "against" in stands:
        verdict = "regenerate"
    elif "care" in stands:
        verdict = "care"
    return Advice(facts, verdict, reasons, choice)


def _size(facts: Facts) -> Reason:
    """A large hole speaks against a repair, unless other frames show what is behind it."""
    stand: Stand = "for"
    if facts.share > SIZE_LIMIT:
        stand = "care" if facts.never_seen <= NEARLY_SEEN else "against"
    return Reason("size", facts.share, SIZE_LIMIT, stand)


def _unseen(facts: Facts) -> Reason:
    stand: Stand = "care" if facts.never_seen > UNSEEN_LIMIT else "for"
    return Reason("unseen", facts.never_seen, UNSEEN_LIMIT, stand)


def _motion(facts: Facts) -> Reason:
    stand: Stand = "care" if facts.motion > MOTION_LIMIT else "for"
    return Reason("motion", facts.motion, MOTION_LIMIT, stand)


_RULES = (_size, _unseen, _motion)


def percent(share: float) -> str:
    """0.123 -> '12 %'; a share that is neither nothing nor all never reads as if it were."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"
