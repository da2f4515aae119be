"""Data types of the advice that is given before a repair."""

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
    """How well a strategy suits a job.

    Args:
        score: 0 (unsuitable) to 1 (best).
        because: The reason, which completes the sentence 'Strategy x: ...'.
    """

    score: float
    because: str


@dataclass(frozen=True)
class IgnoredPrompt:
    """A prompt that no installed model can follow.

    Args:
        what: 'prompt', then the fields of `Generation` that are ignored with it.
        remedy: How to make a suitable model available.
    """

    what: tuple[str, ...]
    remedy: str


@dataclass(frozen=True)
class StrategyChoice:
    """The strategy that suits a job best.

    `unheard` is the prompt that the strategy ignores, or None.
    """

    strategy: str
    fit: StrategyFit
    unheard: IgnoredPrompt | None = None


@dataclass(frozen=True)
class AdviceReason:
    """The finding of one rule of the advice.

    Args:
        rule: The measured rule, or the question that the user answered.
        value: The measured value; for a question, 1 for yes and 0 for no.
        limit: The limit of the value; None for a question.
        stand: Whether the finding supports a repair ('for'), asks for care, or is 'against' it.
    """

    rule: AdviceRule
    value: float
    limit: float | None
    stand: Stance


@dataclass(frozen=True)
class Advice:
    """The advice before a repair: the verdict, its reasons and the strategy that suits the job.

    `facts` and `answers` are the measurements and the user's answers that it is based on.
    """

    facts: Facts
    verdict: AdviceVerdict
    reasons: tuple[AdviceReason, ...]
    choice: StrategyChoice
    answers: Answers = field(default_factory=Answers)

    @property
    def unanswered(self) -> tuple[Question, ...]:
        """The questions that the user has not answered."""
        return tuple(one for one in QUESTIONS if getattr(self.answers, one) is None)
