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
    """How well a strategy fits, 0 to 1. `because` completes the sentence 'Strategy x: ...'."""

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
    """The strategy that fits best, and the prompt that it ignores, if any."""

    strategy: str
    fit: StrategyFit
    unheard: IgnoredPrompt | None = None


@dataclass(frozen=True)
class AdviceReason:
    """The finding of one rule: the value, its limit, and whether it speaks for a repair.

    For a question, `value` is 1 for yes and 0 for no, and `limit` is None.
    """

    rule: AdviceRule
    value: float
    limit: float | None
    stand: Stance


@dataclass(frozen=True)
class Advice:
    """The verdict before a repair, its reasons, the strategy, and the facts and answers used."""

    facts: Facts
    verdict: AdviceVerdict
    reasons: tuple[AdviceReason, ...]
    choice: StrategyChoice
    answers: Answers = field(default_factory=Answers)

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return tuple(one for one in QUESTIONS if getattr(self.answers, one) is None)
