"""Decide from measured facts whether to repair a clip or to regenerate it.

This module contains values and rules only; nothing is measured here. The decision rule is that of
docs/method.md: repair if the region is small, its motion is slow and the rest is worth keeping;
regenerate if one of these fails by far, if the shot itself is wrong, or if bodies touch. Each rule
on measured facts is one line in `_RULES`, and each question one line in `ANSWERS_AGAINST`. The
sentences are in `wording/before.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

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
    reasons = (*(rule.reason(facts) for rule in _RULES), *_answered(answers))
    stands = {reason.stand for reason in reasons}
    verdict: AdviceVerdict = "inpaint"
    if "against" in stands:
        verdict = "regenerate"
    elif "care" in stands:
        verdict = "care"
    return Advice(facts, verdict, reasons, choice, answers)


class _Rule(NamedTuple):
    """A limit on one fact.

    fact: a field of `Facts`. A value above `limit` asks for care, and speaks against a repair if
    more than the share `severe_unseen` of the hole is never seen.
    """

    rule: MeasuredRule
    fact: str
    limit: float
    severe_unseen: float = math.inf

    def reason(self, facts: Facts) -> AdviceReason:
        """Judge the fact."""
        value: float = getattr(facts, self.fact)
        if value <= self.limit:
            return AdviceReason(self.rule, value, self.limit, "for")
        severe = facts.never_seen > self.severe_unseen
        return AdviceReason(self.rule, value, self.limit, "against" if severe else "care")


_RULES = (
    # a large hole can be filled if other frames show what is behind it
    _Rule("size", "share", SIZE_LIMIT, severe_unseen=NEARLY_ALL_SEEN),
    _Rule("unseen", "never_seen", UNSEEN_LIMIT),
    # generated content that moves fast flickers, the most common failure
    _Rule("motion", "motion", MOTION_LIMIT, severe_unseen=UNSEEN_LIMIT),
    _Rule("speed", "inside_motion", SPEED_LIMIT),
    _Rule("contact", "contact", CONTACT_LIMIT),
    _Rule("length", "seconds", LENGTH_LIMIT_SECONDS),
)

ANSWERS_AGAINST: dict[Question, bool] = {"keeper": False, "framing": False, "bodies": True}
"""The answer to each question that speaks against a repair."""


def _answered(answers: Answers) -> Iterator[AdviceReason]:
    for question in QUESTIONS:
        answer: bool | None = getattr(answers, question)
        if answer is not None:
            against = answer == ANSWERS_AGAINST[question]
            yield AdviceReason(question, float(answer), None, "against" if against else "for")
