"""Decide from measured facts whether to repair a clip or to regenerate it.

This module contains values and rules only; nothing is measured here. The decision rule is that of
docs/method.md: repair if the region is small, its motion is slow and the rest is worth keeping;
regenerate if one of these fails by far, if the shot itself is wrong, or if bodies touch. Each rule
on measured facts is one line in `_RULES`, and each question one line in `ANSWERS_AGAINST`. The
sentences are in `wording/before.py`.
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
    StrategyChoice,
)

SIZE_LIMIT = 0.20
"""Share of the frame above which a fill tends to be visible (docs/method.md, decision rule)."""

UNSEEN_LIMIT = 0.25
"""Share of the hole that is visible in no frame, above which generated texture dominates."""

MOTION_LIMIT = 0.03
"""Motion of the background behind the hole per frame, as a share of the picture's diagonal. Faster
motion is blurred and hard to track. Eight real clips lie between 0 and 0.03; the fastest was filmed
while running."""

SPEED_LIMIT = 0.03
"""Motion on the screen of the masked object per frame, as a share of the picture's diagonal. An
exposure of half a frame (a 180-degree shutter) blurs a quarter of that distance over each edge: at
this limit 7 pixels of 854x480, the default dilation of a mask. Eight real clips lie between 0.002
and 0.016."""

CONTACT_LIMIT = 0.15
"""Share of the frames on which another moving object touches the mask. Three of
eight real clips have 0 to 0.01. The other five have 0.24 to 0.82: posts or trees pass in front of
the object, or its shadow or reflection lies outside the mask."""

LENGTH_LIMIT_SECONDS = 15.0
"""Masked seconds above which a fill may drift. This is the length of a typical generated clip."""


def advise(facts: Facts, choice: StrategyChoice, *, answers: Answers | None = None) -> Advice:
    """Decide from measured facts, and the user's answers if any, whether to repair a clip.

    The verdict is 'regenerate' if any reason speaks against a repair, otherwise 'care' if any
    reason asks for care, otherwise 'inpaint'. `choice` is copied into the result.
    """
    answers = answers or Answers()
    reasons = (*(rule(facts) for rule in _RULES), *_answered(answers))
    stands = {reason.stand for reason in reasons}
    verdict: AdviceVerdict = "inpaint"
    if "against" in stands:
        verdict = "regenerate"
    elif "care" in stands:
        verdict = "care"
    return Advice(facts, verdict, reasons, choice, answers)


def _reason(
    rule: MeasuredRule, value: float, limit: float, *, severe: bool = False
) -> AdviceReason:
    """Return a reason of care above the limit, or against a repair if also `severe`."""
    if value <= limit:
        return AdviceReason(rule, value, limit, "for")
    return AdviceReason(rule, value, limit, "against" if severe else "care")


def _size(facts: Facts) -> AdviceReason:
    """A large hole speaks against a repair, unless other frames show what is behind it."""
    return _reason("size", facts.share, SIZE_LIMIT, severe=facts.never_seen > NEARLY_ALL_SEEN)


def _unseen(facts: Facts) -> AdviceReason:
    return _reason("unseen", facts.never_seen, UNSEEN_LIMIT)


def _motion(facts: Facts) -> AdviceReason:
    """Generated content that moves fast flickers, the most common failure."""
    return _reason("motion", facts.motion, MOTION_LIMIT, severe=facts.never_seen > UNSEEN_LIMIT)


def _speed(facts: Facts) -> AdviceReason:
    return _reason("speed", facts.inside_motion, SPEED_LIMIT)


def _contact(facts: Facts) -> AdviceReason:
    return _reason("contact", facts.contact, CONTACT_LIMIT)


def _length(facts: Facts) -> AdviceReason:
    return _reason("length", facts.seconds, LENGTH_LIMIT_SECONDS)


_RULES = (_size, _unseen, _motion, _speed, _contact, _length)

ANSWERS_AGAINST: dict[Question, bool] = {"keeper": False, "framing": False, "bodies": True}
"""The answer to each question that speaks against a repair."""


def _answered(answers: Answers) -> Iterator[AdviceReason]:
    for question in QUESTIONS:
        answer: bool | None = getattr(answers, question)
        if answer is not None:
            against = answer == ANSWERS_AGAINST[question]
            yield AdviceReason(question, float(answer), None, "against" if against else "for")
