"""Step 2, Mask: detect objects by text, captions, a fixed logo, or missing pixels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import gradio as gr

from vinpaint import masks, models
from vinpaint.advice.wording import format_span
from vinpaint.core import Captions, MaskError, Missing, Progress, Region, Span, TextPrompt
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import help_html, help_line, markup
from vinpaint.ui.page.status import no_clip_reason
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import add, drop_kind, with_detections
from vinpaint.ui.session.session import Session

Kind = TypeVar("Kind", Captions, TextPrompt, Missing)

SAM, DETECTOR = "sam2.1-hiera-tiny", "grounding-dino-tiny"
"""Names of the weights that the tab offers to download."""


def build_detectors(controller: PageController) -> None:
    """Lay out the controls for text search, captions and logo."""
    _build_words(controller)
    _build_captions(controller)


def build_tracker(controller: PageController) -> None:
    """Lay out the choice of the tracker, and the download of its weights."""
    choices = [(texts.TRACKER_AUTO, "auto")]
    choices += [(tracker.title, name) for name, tracker in masks.TRACKERS.items()]
    tracker = gr.Dropdown(choices, value="auto", label=texts.TRACKER, elem_id="tracker")
    _build_fetch(controller, SAM)

    def set_tracker(browser: BrowserSession, name: str) -> None:
        masks.check_tracker(name)
        browser.change(lambda session: session.new_version(tracker=name))

    controller.on(tracker.input, "mask", set_tracker, tracker)


def _build_fetch(controller: PageController, name: str) -> None:
    """Lay out the description of some weights and a download button.

    Both are hidden once the weights are installed.
    """
    entry = models.weights_entry(name)
    facts = {"facts": models.describe_weights(entry), "purpose": entry.purpose}
    line = help_line(texts.MODEL_ADDS.format(**facts))
    button = gr.Button(texts.FETCH.format(what=entry.title), elem_id=f"fetch-{name.split('.')[0]}")

    def draw(_session: Session) -> dict[Any, Any]:
        absent = not models.present(name)
        return {line: gr.update(visible=absent), button: gr.update(visible=absent)}

    def fetch(_browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
        models.fetch(name, progress=progress)
        return Session.new_version

    controller.add_view(draw)
    controller.on_task(button.click, "mask", fetch, blocked=no_clip_reason)


def _build_words(controller: PageController) -> None:
    with gr.Accordion(texts.WORDS_TITLE, open=False, elem_classes="vp-more"):
        words = gr.Textbox(
            label=texts.WORDS_LABEL,
            placeholder=texts.WORDS_EXAMPLE,
            lines=1,
            max_length=200,
            elem_id="words",
        )
        find = gr.Button(texts.WORDS_FIND, elem_id="find-words")
        chosen = gr.CheckboxGroup([], label=texts.WORDS_CHOOSE, visible=False, elem_id="candidates")
        default = TextPrompt("")
        limits = [
            gr.Slider(0.05, 0.95, default.box_threshold, step=0.05, label=texts.WORDS_BOX_SCORE),
            gr.Slider(0.05, 0.95, default.text_threshold, step=0.05, label=texts.WORDS_TEXT_SCORE),
        ]
        _build_fetch(controller, DETECTOR)

    def draw(session: Session) -> dict[Any, Any]:
        choices = [
            (f"{one.label}, {one.score:.2f}, from frame {one.frame}", one.number)
            for one in session.detections.candidates
        ]
        return {chosen: _choices(choices, _active_prompt(session, TextPrompt))}

    controller.add_view(draw)
    controller.add_controls(lambda session: {words: session.clip.words if session.clip else ""})
    controller.on_task(
        find.click,
        "mask",
        find_words,
        blocked=no_clip_reason,
        prepare=set_query,
        inputs=[words, *limits],
    )
    controller.on(chosen.input, "mask", choose_words, chosen)


def set_query(
    browser: BrowserSession, text: str, box_threshold: float, text_threshold: float
) -> None:
    """Store the text to search for and its thresholds. Raises MaskError for an empty text."""
    if not text.strip():
        raise MaskError(texts.WORDS_EMPTY)
    query = TextPrompt(text.strip(), float(box_threshold), float(text_threshold))
    browser.update(query=query)


def find_words(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Detect objects that match the text; all of them are selected at first."""
    session = browser.session
    query, options = session.query, session.tracker_options()
    with session.clip_in_use().reopen() as clip:
        candidates = masks.find_candidates(clip, query, options=options, progress=progress)
    latest = tuple((Span(one.frame, one.frame + 1), one.box) for one in candidates)
    detections = replace(session.detections, query=query, candidates=candidates, latest=latest)
    return lambda now: add(with_detections(now, detections), query)


def choose_words(browser: BrowserSession, numbers: Sequence[int]) -> None:
    """Use the selected candidates as the mask."""
    session = browser.session
    prompt = _active_prompt(session, TextPrompt) or session.query
    _mark_chosen(browser, prompt, numbers, len(session.detections.candidates))


def _build_captions(controller: PageController) -> None:
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
        prompt = _active_prompt(session, Captions)
        choices = [
            (texts.CAPTION.format(text=one.text, frames=format_span(one.span)), one.number)
            for one in session.detections.captions
        ]
        return {
            chosen: _choices(choices, prompt),
            shape: gr.update(value=prompt.shape if prompt else "letters", visible=bool(choices)),
        }

    controller.add_view(draw)
    controller.on_task(find.click, "mask", find_captions, blocked=no_clip_reason)
    controller.on_task(logo.click, "mask", find_logo, blocked=no_clip_reason)
    for control in (chosen, shape):
        controller.on(control.input, "mask", choose_captions, [chosen, shape])


def find_captions(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Detect burned-in text in the clip; all captions are selected at first."""
    session = browser.session
    with session.clip_in_use().reopen() as clip:
        captions = masks.find_captions(clip, progress=progress)
    if not captions:
        raise MaskError(texts.CAPTIONS_NONE)
    latest = tuple((one.span, one.box) for one in captions)
    detections = replace(session.detections, captions=captions, latest=latest)
    return lambda now: add(with_detections(now, detections), Captions())


def choose_captions(browser: BrowserSession, numbers: Sequence[int], shape: str) -> None:
    """Use the selected captions as the mask."""
    prompt = Captions("box" if shape == "box" else "letters")
    _mark_chosen(browser, prompt, numbers, len(browser.session.detections.captions))


def find_logo(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Detect a logo that does not move, and mark it as a fixed region."""
    with browser.session.clip_in_use().reopen() as clip:
        regions = masks.suggest_regions(clip, progress=progress)
    if not regions:
        raise MaskError(texts.LOGO_NONE)
    return lambda now: add(now, Region(regions[0].box))


def build_missing(controller: PageController) -> None:
    """Lay out the button that finds what the clip itself lacks, and what it found."""
    find = gr.Button(texts.MISSING_FIND, elem_id="find-missing")
    help_line(texts.MISSING_HELP)
    found = markup(elem_id="missing-found")
    controller.add_view(lambda session: {found: _found_html(session)})
    controller.on_task(find.click, "mask", find_missing, blocked=no_clip_reason)


def find_missing(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Detect transparent pixels, moving borders and lost blocks, and mark them."""
    session = browser.session
    with session.clip_in_use().reopen() as clip:
        missing = masks.find_missing(clip, progress=progress)
    detections = replace(session.detections, missing=missing, latest=())
    return lambda now: add(with_detections(now, detections), Missing())


def _found_html(session: Session) -> str:
    said = describe_missing(session)
    return help_html(said) if said else ""


def describe_missing(session: Session) -> str:
    """Return a sentence on the missing pixels that are marked; '' without any."""
    missing = session.detections.missing
    if missing is None or _active_prompt(session, Missing) is None:
        return ""
    count = missing.track.frames
    kinds = (
        texts.MISSING_KINDS[area.kind].format(frames=area.frames, all=count)
        for area in missing.areas
    )
    return texts.MISSING_FOUND.format(kinds=", ".join(kinds))


def _active_prompt(session: Session, kind: type[Kind]) -> Kind | None:
    """Return the active object's prompt of a kind, or None."""
    prompts = (one for one in session.prompts if isinstance(one, kind))
    return next((one for one in prompts if one.object_id == session.active), None)


def _choices(choices: list[tuple[str, int]], prompt: Captions | TextPrompt | None) -> Any:
    """Return the update of a list of detections, with those selected that the prompt uses.

    An empty list is hidden.
    """
    numbers = [number for _, number in choices]
    ticked = [] if prompt is None else numbers if prompt.chosen is None else list(prompt.chosen)
    return gr.update(choices=choices, value=ticked, visible=bool(choices))


def _mark_chosen(
    browser: BrowserSession, prompt: Captions | TextPrompt, numbers: Sequence[int], count: int
) -> None:
    """Store the selection from `count` detections in the prompt. If all are selected, use None."""
    chosen = None if len(numbers) == count else tuple(sorted(int(one) for one in numbers))
    marked = replace(prompt, chosen=chosen)
    browser.change(lambda now: add(now, marked) if numbers else drop_kind(now, prompt.kind))
