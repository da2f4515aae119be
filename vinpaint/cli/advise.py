"""The command `vinpaint advise`: forecast a repair and advise whether to make it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from vinpaint.advice import wording
from vinpaint.advice.estimates import RegenerationCost, TimeEstimate
from vinpaint.cli import flags
from vinpaint.cli.flags import spread
from vinpaint.core import Advice, Answers, GateReason, IgnoredPrompt, Job, Progress, section
from vinpaint.runtime.progress_bar import ProgressBar

if TYPE_CHECKING:
    from vinpaint.advice.surroundings import Surroundings

_Keeper = Annotated[
    bool | None,
    typer.Option("--keeper/--not-keeper", help="State whether the rest of the shot is worth it."),
]
_Framing = Annotated[
    bool | None,
    typer.Option("--framing-right/--framing-wrong", help="State whether framing and light fit."),
]
_Bodies = Annotated[
    bool | None,
    typer.Option(
        "--bodies-touch/--no-bodies-touch", help="State whether bodies or props touch at the mask."
    ),
]
_Price = Annotated[
    float | None,
    typer.Option("--price-per-generation", help="Price of one generated take, in any currency."),
]
_Prompt = Annotated[
    str | None, typer.Option(help="Check this prompt, and suggest words on the surroundings.")
]


@dataclass(frozen=True)
class _Request:
    """The data that the command prints.

    Args:
        advice: The advice.
        estimate: The estimated time of the repair.
        cost: The cost of generating the shot anew, or None if no price was given.
        prompt: The prompt, or None if none was given.
        around: The surroundings of the mask, or None if they were not measured.
        ignored: The prompt that `auto` cannot follow on this machine, or None.
    """

    advice: Advice
    estimate: TimeEstimate
    cost: RegenerationCost | None
    prompt: str | None
    around: Surroundings | None
    leftover: list[GateReason]
    ignored: IgnoredPrompt | None


@spread
def advise(
    *,
    source: flags.Source,
    marked: flags.MaskFlags,
    keeper: _Keeper = None,
    framing_right: _Framing = None,
    bodies_touch: _Bodies = None,
    price_per_generation: _Price = None,
    prompt: _Prompt = None,
    as_json: flags.AsJson = False,
    progress: flags.ShowProgress = False,
) -> None:
    """Forecast a repair: how much must be generated, which strategy suits, whether to start."""
    answers = Answers(keeper, framing_right, bodies_touch)
    with ProgressBar(always=progress) as bar:
        request = _read_request(
            marked.job(source), answers, price_per_generation, prompt, bar.update
        )
    print(json.dumps(_plain(request), indent=1) if as_json else "\n".join(_lines(request)))


def _read_request(
    job: Job, answers: Answers, price: float | None, prompt: str | None, progress: Progress
) -> _Request:
    """Find the mask once, then compute the advice, the estimates and the help for the prompt."""
    from vinpaint import backend
    from vinpaint.advice.estimates import estimate_time, learn_pace, regeneration_cost
    from vinpaint.media import open_clip
    from vinpaint.results.past_runs import past_runs
    from vinpaint.results.store import Store
    from vinpaint.strategies import ignored_prompt

    money = None if price is None else regeneration_cost(price)
    if prompt:
        fill = dataclasses.replace(job.fill, strategy="auto", prompt=prompt)
        job = dataclasses.replace(job, fill=fill)
    with open_clip(job.source, fps=job.fps) as clip:
        found = backend.find_mask(job, clip, progress=section(progress, 0.0, 0.45))
    request = section(progress, 0.45, 0.75)
    advice = backend.advise(job, answers=answers, mask_track=found, progress=request)
    pace = learn_pace(past_runs(Store()), advice.choice.strategy)
    looking = section(progress, 0.75, 0.9)
    leftover = backend.foresee_leftover(job, found, progress=looking)
    facts = advice.facts
    time = estimate_time(pace, masked_mpx=facts.masked_mpx, picture_mpx=facts.picture_mpx)
    around, missing = None, None
    if prompt is not None:
        around = backend.describe_surroundings(job, found, progress=section(progress, 0.9, 1.0))
        missing = ignored_prompt(dataclasses.replace(job.fill, prompt=prompt or "words"))
    return _Request(advice, time, money, prompt, around, leftover, missing)


def _lines(request: _Request) -> Iterator[str]:
    """Yield the lines of the text output."""
    advice = request.advice
    yield wording.describe_advice(advice)
    yield from (f"  {words}" for words in wording.describe_reasons(advice))
    yield wording.describe_mask(advice.facts)
    yield from (f"Mask: {reason.sentence}" for reason in request.leftover)
    yield from wording.describe_forecast(advice.facts)
    yield wording.describe_choice(advice.choice)
    yield wording.describe_time(request.estimate)
    yield wording.describe_cost(request.cost)
    if request.prompt is not None:
        yield from _prompt_lines(request, request.prompt)


def _prompt_lines(request: _Request, prompt: str) -> Iterator[str]:
    from vinpaint.advice.surroundings import prompt_phrase, prompt_warnings

    yield from (f"Prompt: {words}" for words in prompt_warnings(prompt, request.around))
    if request.around is not None:
        yield f"Prompt: add what surrounds the mask: {prompt_phrase(request.around)}"
    if words := wording.describe_ignored_prompt(request.ignored, prompt):
        yield f"{words} You can still use the prompt to generate another take."


def _plain(request: _Request) -> dict[str, object]:
    """Return the JSON output: all values, with every reason in words too."""
    advice = request.advice
    reasons = [
        {**dataclasses.asdict(reason), "words": wording.describe_reason(reason, advice.facts)}
        for reason in advice.reasons
    ]
    return {
        "verdict": advice.verdict,
        "words": wording.describe_advice(advice),
        "reasons": reasons,
        "answers": dataclasses.asdict(advice.answers),
        "unanswered": advice.unanswered,
        "strategy": advice.choice.strategy,
        "fit": advice.choice.fit.score,
        "because": advice.choice.fit.because,
        "time": {
            **dataclasses.asdict(request.estimate),
            "words": wording.describe_time(request.estimate),
        },
        "cost": {
            **(dataclasses.asdict(request.cost) if request.cost else {}),
            "words": wording.describe_cost(request.cost),
        },
        "prompt": None if request.prompt is None else _plain_prompt(request, request.prompt),
        "facts": dataclasses.asdict(advice.facts),
        "leftover": [dataclasses.asdict(reason) for reason in request.leftover],
    }


def _plain_prompt(request: _Request, prompt: str) -> dict[str, object]:
    from vinpaint.advice.surroundings import prompt_phrase, prompt_warnings

    around = request.around

    return {
        "text": prompt,
        "warnings": prompt_warnings(prompt, around),
        "phrase": None if around is None else prompt_phrase(around),
        "around": None if around is None else _plain_around(around),
        "taken": request.ignored is None,
        "unheard": wording.describe_ignored_prompt(request.ignored, prompt) or None,
    }


def _plain_around(around: Surroundings) -> dict[str, object]:
    """Return the measurements by name.

    Lightness is L* from 0 to 100, temperature in kelvin, grain in levels of 255.
    """
    light, texture = around.light, around.texture
    return {
        "palette": around.palette,
        "temperature_k": around.temperature_k,
        "tone": around.tone,
        "side": around.side,
        "contrast": light.spread,
        "texture_deviation": texture.deviation,
        "texture_period_px": texture.period_px,
        "texture_coherence": texture.coherence,
        "stripes": texture.stripes,
        "grain": None if around.grain is None else dataclasses.asdict(around.grain),
    }
