"""Advice before a repair: verdict, reasons and the strategy that fits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from vinpaint.core.facts import QUESTIONS, Answers, Facts, Question

AdviceVerdict = Literal["inpaint", "care", "regenerate"]

Stance = Literal["for", "care", "against"]

MeasuredRule = Literal["size", "unseen", "motion", "speed", "contact", "length"]

AdviceRule = MeasuredRule | Question


@dataclass(frozen=True)
class StrategyFit:
    """How well a strategy fits, 0 to 1, and why: the end of a sentence."""

    score: float
    because: str


@dataclass(frozen=True)
class IgnoredPrompt:
    """A prompt that no model here could follow.

    what: 'prompt', then names of `types.Generation` that go with it; remedy: how to change that, a
    sentence.
    """

    what: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class StrategyChoice:
    """The strategy that fits best, and what of the given it leaves aside."""

    strategy: str
    fit: StrategyFit
    unheard: IgnoredPrompt | None = None


@dataclass(frozen=True)
class AdviceReason:
    """One rule's finding: the number, its limit, and what follows.

    Of a question, `value` is 1 for yes and 0 for no, and there is no limit.
    """

    rule: AdviceRule
    value: float
    limit: float | None
    stand: Stance


@dataclass(frozen=True)
class Advice:
    """What to do, why, and how; `facts` and `answers` are what it rests on."""

    facts: Facts
    verdict: AdviceVerdict
    reasons: tuple[AdviceReason, ...]
    choice: StrategyChoice
    answers: Answers = field(default_factory=Answers)

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """The questions that are open."""
        return tuple(one for one in QUESTIONS if getattr(self.answers, one) is None)
