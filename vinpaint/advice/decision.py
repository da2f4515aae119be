"""From measured facts to advice: which strategy fits, and whether to repair at all.

Pure values and rules, nothing is measured here. The rule is the second seed's: repair where three
conditions hold together (the region is small, it moves slowly, the rest is worth keeping), and
make the clip anew where one breaks by far, where the shot itself is wrong, or where bodies touch.
A rule on measured facts is one function in `_RULES`, a question one line in `ANSWERS_AGAINST`; the
sentences stand in `wording`.
"""

from __future__ import annotations

from collections.abc import Iterator

from vinpaint.core import (
    NEARLY_ALL_SEEN,
    QUESTIONS,
    Advice,
    AdviceReason,
    AdviceVerdict,
    Answers,
    Facts,
    MeasuredRule,
    Question,
    Stance,
    StrategyChoice,
)

SIZE_LIMIT = 0.20
"""Share of the frame above which a fill tends to show (second seed: "under ~20% of frame")."""

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


def advise(facts: Facts, choice: StrategyChoice, *, answers: Answers | None = None) -> Advice:
    """Judge the facts. One reason against means to make the clip anew, one of care to look."""
    answers = answers or Answers()
    reasons = (*(rule(facts) for rule in _RULES), *_answered(answers))
    stands = {reason.stand for reason in reasons}
    verdict: AdviceVerdict = "inpaint"
    if "against" in stands:
        verdict = "regenerate"
    elif "care" in stands:
        verdict = "care"
    return Advice(facts, verdict, reasons, choice, answers)


def _size(facts: Facts) -> AdviceReason:
    """A large hole speaks against a repair, unless other frames show what is behind it."""
    stand: Stance = "for"
    if facts.share > SIZE_LIMIT:
        stand = "care" if facts.never_seen <= NEARLY_ALL_SEEN else "against"
    return AdviceReason("size", facts.share, SIZE_LIMIT, stand)


def _unseen(facts: Facts) -> AdviceReason:
    return _careful("unseen", facts.never_seen, UNSEEN_LIMIT)


def _motion(facts: Facts) -> AdviceReason:
    """What is invented and moves fast flickers: the second seed's dominant failure."""
    found = _careful("motion", facts.motion, MOTION_LIMIT)
    if found.stand == "care" and facts.never_seen > UNSEEN_LIMIT:
        return AdviceReason("motion", facts.motion, MOTION_LIMIT, "against")
    return found


def _speed(facts: Facts) -> AdviceReason:
    return _careful("speed", facts.inside_motion, SPEED_LIMIT)


def _contact(facts: Facts) -> AdviceReason:
    return _careful("contact", facts.contact, CONTACT_LIMIT)


def _length(facts: Facts) -> AdviceReason:
    return _careful("length", facts.seconds, LENGTH_LIMIT_SECONDS)


def _careful(rule: MeasuredRule, value: float, limit: float) -> AdviceReason:
    return AdviceReason(rule, value, limit, "care" if value > limit else "for")


_RULES = (_size, _unseen, _motion, _speed, _contact, _length)

ANSWERS_AGAINST: dict[Question, bool] = {"keeper": False, "framing": False, "bodies": True}
"""The answer to each question that speaks against a repair."""


def _answered(answers: Answers) -> Iterator[AdviceReason]:
    """No fill mends a shot that is wrong as a whole, nor what bodies do that touch."""
    for question in QUESTIONS:
        answer: bool | None = getattr(answers, question)
        if answer is not None:
            against = answer == ANSWERS_AGAINST[question]
            yield AdviceReason(question, float(answer), None, "against" if against else "for")
