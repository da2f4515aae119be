"""From measured facts to advice: which strategy fits, and whether to repair at all.

Pure values and rules, nothing is measured here. The rule is the second seed's: repair where three
conditions hold together (the region is small, it moves slowly, the rest is worth keeping), and
make the clip anew where one breaks by far, where the shot itself is wrong, or where bodies touch.
A rule on measured facts is one function in `_RULES`, a question one line in `SPEAKS_AGAINST`; the
sentences stand in `wording`.
"""

from __future__ import annotations

from collections.abc import Iterator
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

SPEED_LIMIT = 0.03
"""The same of what is in the mask, on the screen. An exposure of half a frame (a shutter of 180
degrees) smears a quarter of the way over either edge: at this limit 7 pixels of 854x480, which is
what a mask is grown by unless told otherwise. Eight real clips lie between 0.002 and 0.016."""

CONTACT_LIMIT = 0.15
"""Share of the frames on which something else that moves touches the mask. On eight real clips it
is 0 to 0.01 on three, and 0.24 to 0.82 on the five where posts or trees pass in front of the thing,
or where its shadow or its reflection goes along outside the mask."""

LENGTH_LIMIT_SECONDS = 15.0
"""Masked seconds above which a fill has time to drift: as long as the clips that the second seed
speaks of ("a 15-second clip")."""

Verdict = Literal["inpaint", "care", "regenerate"]
Stand = Literal["for", "care", "against"]
Measured = Literal["size", "unseen", "motion", "speed", "contact", "length"]
Question = Literal["keeper", "framing", "bodies"]
Rule = Measured | Question
QUESTIONS: tuple[Question, ...] = ("keeper", "framing", "bodies")


@dataclass(frozen=True)
class Answers:
    """What no machine can see. None: not answered.

    keeper: the rest of the shot is worth keeping; framing: framing and light are right; bodies:
    bodies or props touch where the mask is.
    """

    keeper: bool | None = None
    framing: bool | None = None
    bodies: bool | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a job before its fill. Shares are 0 to 1.

    frames, masked_frames: of the clip, and those with a hole; share: the hole's of the frame, the
    mean over those, and largest_share the most; never_seen: of the hole, see `Forecast`;
    distance_frames: to the frame that shows a pixel, None where none does; motion: behind the
    hole, from frame to frame, of the picture's diagonal; inside_motion: the same of what is in it,
    on the screen, own_motion: against what is behind it, rest_motion: of the picture around;
    contact: share of the frames on which something else that moves touches the hole,
    contact_times: how often that begins, crossings: how often it goes across; seconds: of the
    clip with a hole; masked_mpx, picture_mpx: megapixels of all holes, and of all frames;
    prompt, reference: whether words, or
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
    inside_motion: float = 0.0
    own_motion: float = 0.0
    rest_motion: float = 0.0
    contact: float = 0.0
    contact_times: int = 0
    crossings: int = 0
    seconds: float = 0.0
    masked_mpx: float = 0.0
    picture_mpx: float = 0.0
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
class Unheard:
    """A prompt that no model here could follow.

    what: 'prompt', then names of `types.Generation` that go with it; remedy: how to change that, a
    sentence.
    """

    what: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class Choice:
    """The strategy that fits best, and what of the given it leaves aside."""

    strategy: str
    fit: Fit
    unheard: Unheard | None = None


@dataclass(frozen=True)
class Reason:
    """One rule's finding: the number, its limit, and what follows.

    Of a question, `value` is 1 for yes and 0 for no, and there is no limit.
    """

    rule: Rule
    value: float
    limit: float | None
    stand: Stand


@dataclass(frozen=True)
class Advice:
    """What to do, why, and how; `facts` and `answers` are what it rests on."""

    facts: Facts
    verdict: Verdict
    reasons: tuple[Reason, ...]
    choice: Choice
    answers: Answers = Answers()

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """The questions that are open."""
        return tuple(one for one in QUESTIONS if getattr(self.answers, one) is None)


def advise(facts: Facts, choice: Choice, *, answers: Answers | None = None) -> Advice:
    """Judge the facts. One reason against means to make the clip anew, one of care to look."""
    answers = answers or Answers()
    reasons = (*(rule(facts) for rule in _RULES), *_answered(answers))
    stands = {reason.stand for reason in reasons}
    verdict: Verdict = "inpaint"
    if "against" in stands:
        verdict = "regenerate"
    elif "care" in stands:
        verdict = "care"
    return Advice(facts, verdict, reasons, choice, answers)


def _size(facts: Facts) -> Reason:
    """A large hole speaks against a repair, unless other frames show what is behind it."""
    stand: Stand = "for"
    if facts.share > SIZE_LIMIT:
        stand = "care" if facts.never_seen <= NEARLY_SEEN else "against"
    return Reason("size", facts.share, SIZE_LIMIT, stand)


def _unseen(facts: Facts) -> Reason:
    return _careful("unseen", facts.never_seen, UNSEEN_LIMIT)


def _motion(facts: Facts) -> Reason:
    """What is invented and moves fast flickers: the second seed's dominant failure."""
    found = _careful("motion", facts.motion, MOTION_LIMIT)
    if found.stand == "care" and facts.never_seen > UNSEEN_LIMIT:
        return Reason("motion", facts.motion, MOTION_LIMIT, "against")
    return found


def _speed(facts: Facts) -> Reason:
    return _careful("speed", facts.inside_motion, SPEED_LIMIT)


def _contact(facts: Facts) -> Reason:
    return _careful("contact", facts.contact, CONTACT_LIMIT)


def _length(facts: Facts) -> Reason:
    return _careful("length", facts.seconds, LENGTH_LIMIT_SECONDS)


def _careful(rule: Measured, value: float, limit: float) -> Reason:
    return Reason(rule, value, limit, "care" if value > limit else "for")


_RULES = (_size, _unseen, _motion, _speed, _contact, _length)

SPEAKS_AGAINST: dict[Question, bool] = {"keeper": False, "framing": False, "bodies": True}
"""The answer to each question that speaks against a repair."""


def _answered(answers: Answers) -> Iterator[Reason]:
    """No fill mends a shot that is wrong as a whole, nor what bodies do that touch."""
    for question in QUESTIONS:
        answer: bool | None = getattr(answers, question)
        if answer is not None:
            against = answer == SPEAKS_AGAINST[question]
            yield Reason(question, float(answer), None, "against" if against else "for")


def percent(share: float) -> str:
    """0.123 -> '12 %'; a share that is neither nothing nor all never reads as if it were."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"
