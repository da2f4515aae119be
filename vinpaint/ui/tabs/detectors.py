"""Things that the Mask tab finds by itself: captions, a fixed logo, and what words describe."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import gradio as gr

from vinpaint import masks, models
from vinpaint.core import Captions, MaskError, Progress, Region, Span, TextPrompt
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.markup import help_line
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.marks import add, drop_kind, offered, track_by
from vinpaint.ui.session.session import Session, tracker_options
from vinpaint.ui.session.uploads import visit_clip

Kind = TypeVar("Kind", Captions, TextPrompt)


def build_finders(bench: Bench) -> None:
    """Lay out the finders and wire them."""
    _build_words(bench)
    _build_captions(bench)


def build_tracker(bench: Bench) -> None:
    """What follows an object, and what learned weights would add to it."""
    choices = [(texts.TRACKER_AUTO, "auto")]
    choices += [(tracker.title, name) for name, tracker in masks.TRACKERS.items()]
    tracker = gr.Dropdown(choices, value="auto", label=texts.TRACKER, elem_id="tracker")
    _build_fetch(bench, SAM)

    def wire() -> None:
        tracker.input(bench.quick("mask", _set_tracker), tracker, bench.outputs(), **QUIET)

    bench.wire.append(wire)


SAM, READER = "sam2.1-hiera-tiny", "grounding-dino-tiny"
"""The weights that the tab offers to fetch, by their names in the register."""


def _build_fetch(bench: Bench, name: str) -> None:
    """One line on what the weights add, their size and licence, and a button; none once here."""
    entry = models.weights_entry(name)
    facts = {"facts": models.describe_weights(entry), "purpose": entry.purpose}
    line = help_line(texts.MODEL_ADDS.format(**facts))
    button = gr.Button(texts.FETCH.format(what=entry.title), elem_id=f"fetch-{name.split('.')[0]}")

    def draw(_session: Session) -> dict[Any, Any]:
        absent = not models.present(name)
        return {line: gr.HTML(visible=absent), button: gr.Button(visible=absent)}

    def fetch(_visit: Visit, progress: Progress) -> Callable[[Session], Session]:
        models.fetch(name, progress=progress)
        return lambda now: replace(now, failure=None, version=now.version + 1)

    bench.parts.append(([line, button], draw))
    bench.wire.append(lambda: bench.connect_button("mask", button, fetch, hindrance=_no_clip))


def _build_words(bench: Bench) -> None:
    with gr.Accordion(texts.WORDS_TITLE, open=False, elem_classes="vp-more"):
        wanted = gr.Textbox(
            label=texts.WORDS_LABEL,
            placeholder=texts.WORDS_EXAMPLE,
            lines=1,
            max_length=200,
            elem_id="words",
        )
        find = gr.Button(texts.WORDS_FIND, elem_id="find-words")
        chosen = gr.CheckboxGroup([], label=texts.WORDS_CHOOSE, visible=False, elem_id="candidates")
        plain = TextPrompt("")
        box = gr.Slider(0.05, 0.95, plain.box_threshold, step=0.05, label=texts.WORDS_BOX_SCORE)
        text = gr.Slider(0.05, 0.95, plain.text_threshold, step=0.05, label=texts.WORDS_TEXT_SCORE)
        _build_fetch(bench, READER)

    def draw(session: Session) -> dict[Any, Any]:
        found = session.offers.candidates
        choices = [(_candidate_in_words(one), one.number) for one in found]
        return {chosen: _choices(choices, _mine(session, TextPrompt))}

    def wire() -> None:
        asked = [wanted, box, text]
        bench.connect_button(
            "mask", find, find_words, hindrance=_no_clip, prepare=_ask, inputs=asked
        )
        chosen.input(bench.quick("mask", choose_words), chosen, bench.outputs(), **QUIET)

    def fresh(session: Session) -> dict[Any, Any]:
        return {wanted: session.clip.words if session.clip else ""}

    bench.parts.append(([chosen], draw))
    bench.fresh.append(([wanted], fresh))
    bench.wire.append(wire)


def _ask(visit: Visit, text: str, box_threshold: float, text_threshold: float) -> None:
    """What stands in the controls is what is looked for."""
    if not text.strip():
        raise MaskError(texts.WORDS_EMPTY)
    words = TextPrompt(text.strip(), float(box_threshold), float(text_threshold))
    visit.change(lambda session: replace(session, asked=words))


def find_words(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Look for what the words say; all of it is marked until some is unticked."""
    words = visit.session.asked
    with visit_clip(visit.session).reopen() as clip:
        found = masks.find_candidates(
            clip, words, options=tracker_options(visit.session), progress=progress
        )
    latest = tuple((Span(one.frame, one.frame + 1), one.box) for one in found)
    offers = replace(visit.session.offers, asked=words, candidates=found, latest=latest)
    return lambda now: add(offered(now, offers), words)


def choose_words(visit: Visit, numbers: Sequence[int]) -> None:
    """Some candidates were ticked or unticked."""
    mine = _mine(visit.session, TextPrompt) or visit.session.asked
    prompt = replace(mine, chosen=_chosen(numbers, len(visit.session.offers.candidates)))
    visit.change(
        lambda session: add(session, prompt) if numbers else drop_kind(session, prompt.kind)
    )


def _candidate_in_words(one: masks.Candidate) -> str:
    return texts.WORDS_CANDIDATE.format(label=one.label, score=one.score, frame=one.frame)


def _set_tracker(visit: Visit, name: str) -> None:
    masks.check_tracker(name)
    visit.change(lambda session: track_by(session, name))


def _build_captions(bench: Bench) -> None:
    with gr.Accordion(texts.CAPTIONS_TITLE, open=False, elem_classes="vp-more"):
        with gr.Row(elem_classes="vp-pair"):
            find = gr.Button(texts.CAPTIONS_FIND, elem_id="find-captions", min_width=120)
            logo = gr.Button(texts.LOGO_FIND, elem_id="find-logo", min_width=120)
        chosen = gr.CheckboxGroup(
            [], label=texts.CAPTIONS_CHOOSE, visible=False, elem_id="captions"
        )
        shape = gr.Radio(
            texts.CAPTIONS_SHAPES,
            value="letters",
            label=texts.CAPTIONS_SHAPE,
            visible=False,
            elem_id="caption-shape",
        )

    def draw(session: Session) -> dict[Any, Any]:
        mine = _mine(session, Captions)
        choices = [(_caption_in_words(one), one.number) for one in session.offers.captions]
        return {
            chosen: _choices(choices, mine),
            shape: gr.Radio(value=mine.shape if mine else "letters", visible=bool(choices)),
        }

    def wire() -> None:
        bench.connect_button("mask", find, find_captions, hindrance=_no_clip)
        bench.connect_button("mask", logo, find_logo, hindrance=_no_clip)
        for part in (chosen, shape):
            part.input(
                bench.quick("mask", choose_captions), [chosen, shape], bench.outputs(), **QUIET
            )

    bench.parts.append(([chosen, shape], draw))
    bench.wire.append(wire)


def find_captions(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Read the burned-in text of the clip; all of it is marked until some is unticked."""
    with visit_clip(visit.session).reopen() as clip:
        found = masks.find_captions(clip, progress=progress)
    if not found:
        raise MaskError(texts.CAPTIONS_NONE)
    latest = tuple((one.span, one.box) for one in found)
    offers = replace(visit.session.offers, captions=found, latest=latest)
    return lambda now: add(offered(now, offers), Captions())


def choose_captions(visit: Visit, numbers: Sequence[int], shape: str) -> None:
    """Some were ticked or unticked."""
    chosen = _chosen(numbers, len(visit.session.offers.captions))
    prompt = Captions("box" if shape == "box" else "letters", chosen)
    visit.change(
        lambda session: add(session, prompt) if numbers else drop_kind(session, prompt.kind)
    )


def find_logo(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """The one thing that does not move becomes a fixed region."""
    with visit_clip(visit.session).reopen() as clip:
        found = masks.suggest_regions(clip, progress=progress)
    if not found:
        raise MaskError(texts.LOGO_NONE)
    return lambda now: add(now, Region(found[0].box))


def _mine(session: Session, kind: type[Kind]) -> Kind | None:
    """The active object's prompt of a kind of which it has one at most."""
    mine = (one for one in session.prompts if isinstance(one, kind))
    return next((one for one in mine if one.object_id == session.active), None)


def _choices(choices: list[tuple[str, int]], mine: Captions | TextPrompt | None) -> Any:
    """What was found, with a tick at what is meant; nothing while nothing was found."""
    numbers = [number for _, number in choices]
    ticked = [] if mine is None else numbers if mine.chosen is None else list(mine.chosen)
    return gr.CheckboxGroup(choices=choices, value=ticked, visible=bool(choices))


def _chosen(numbers: Sequence[int], count: int) -> tuple[int, ...] | None:
    """None where all are ticked."""
    return None if len(numbers) == count else tuple(sorted(int(number) for number in numbers))


def _caption_in_words(one: masks.Caption) -> str:
    return texts.CAPTION.format(text=one.text, first=one.span.start, last=one.span.stop - 1)


def _no_clip(session: Session) -> str:
    if session.busy is not None:
        return texts.BUSY_ELSEWHERE.format(step=texts.PRIMARY[session.busy])
    return "" if session.clip else texts.MASK_NO_CLIP
