"""Step 1, Clip: find artifacts in the clip, and use one as the mask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from vinpaint.advice import wording
from vinpaint.core import Artifact, MediaError, Progress, Region
from vinpaint.quality.artifacts import find_artifacts
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import help_html, line_html, markup
from vinpaint.ui.page.status import busy_reason
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import with_detections, with_prompts
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import Inspection, OpenedClip
from vinpaint.ui.session.uploads import use_opened

_CONFIDENCE_LIMITS = (0.4, 0.7)
_CHOOSE = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-use]");
  if (button) trigger("use", { number: Number(button.dataset.use) });
});
"""


def build_artifacts(controller: PageController) -> None:
    """Lay out the button and a card for each artifact. The tab's status line shows the progress."""
    find = gr.Button(texts.FAULTS_FIND, elem_id="find-faults", visible=False)
    cards = markup(js_on_load=_CHOOSE, elem_id="faults")

    def draw(session: Session) -> dict[Any, Any]:
        todo = session.opened is not None and session.current_inspection() is None
        button = gr.update(visible=todo, interactive=session.busy is None)
        return {find: button, cards: artifacts_html(session)}

    controller.add_view(draw)
    controller.on_task(find.click, "clip", find_clip_artifacts, blocked=blocked)
    controller.on_data(cards.use, "clip", choose, task=mask_chosen, then="mask")


def find_clip_artifacts(
    browser: BrowserSession, progress: Progress
) -> Callable[[Session], Session]:
    """Find artifacts in the opened clip; return a change that stores them in the session."""
    opened = browser.session.opened
    if opened is None:
        raise MediaError(texts.CLIP_TODO)
    with opened.clip.reopen() as clip:
        artifacts = find_artifacts(clip, progress=progress)
    return lambda now: replace(now, inspection=Inspection(opened.key, artifacts))


def choose(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Choose the artifact to use as the mask, and mark the step as busy."""
    inspection, number = browser.session.current_inspection(), int(data.get("number", -1))
    if browser.session.busy is not None or inspection is None:
        raise MediaError(blocked(browser.session) or texts.CLIP_TODO)
    if not 0 <= number < len(inspection.artifacts):
        raise MediaError(texts.UNEXPECTED)
    chosen = replace(inspection, chosen=inspection.artifacts[number])
    browser.cancel.clear()
    browser.change(lambda session: replace(session, inspection=chosen).begin("clip"))


def mask_chosen(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Take the opened clip into use if necessary, and use the chosen artifact as the mask."""
    inspection = browser.session.current_inspection()
    if inspection is None or inspection.chosen is None:
        raise MediaError(texts.CLIP_TODO)
    artifact = inspection.chosen
    if browser.session.in_use():
        return lambda now: use_artifact_as_mask(now, artifact)
    use = use_opened(browser, progress)
    return lambda now: use_artifact_as_mask(use(now), artifact)


def use_artifact_as_mask(session: Session, artifact: Artifact) -> Session:
    """Replace all prompts by a fixed region on the artifact's frames. Undo restores the prompts."""
    session = with_prompts(session, (Region(artifact.box, session.active),))
    detections = replace(session.detections, latest=((artifact.span, artifact.box),))
    return with_detections(replace(session, frames=artifact.span), detections)


def artifacts_html(session: Session) -> str:
    """Return a card for each artifact, or a line of text if there is none, as HTML."""
    inspection, opened = session.current_inspection(), session.opened
    if opened is None:
        return ""
    if inspection is None:
        return help_html(texts.FAULTS_HELP)
    if not inspection.artifacts:
        return line_html("done", wording.NO_ARTIFACT) + help_html(wording.NO_ARTIFACT_HINT)
    cards = "".join(_card(number, one, opened) for number, one in enumerate(inspection.artifacts))
    return f'<h3 class="vp-over-cards">{texts.FAULTS_FOUND}</h3><ul class="vp-faults">{cards}</ul>'


def _card(number: int, artifact: Artifact, opened: OpenedClip) -> str:
    clip = opened.clip
    title = texts.FAULT_TITLES[artifact.kind]
    level = sum(artifact.score >= limit for limit in _CONFIDENCE_LIMITS)
    text = wording.describe_artifact(artifact, width=clip.width, height=clip.height)
    show = f'data-go="{artifact.span.start}">{texts.FAULT_SHOW}'
    use = f'data-use="{number}">{texts.FAULT_USE}' if wording.can_be_masked(artifact) else ""
    buttons = "".join(
        f'<button type="button" class="vp-link" {one}</button>' for one in (show, use) if one
    )
    return (
        f"<li><p><b>{escape(title)}</b> <span>{escape(texts.FAULT_CONFIDENCE[level])}</span></p>"
        f"<p>{escape(text)}</p>"
        f'<p class="vp-help">{escape(wording.describe_artifact_fix(artifact))}</p>'
        f"<p>{buttons}</p></li>"
    )


def blocked(session: Session) -> str:
    """Return why the clip cannot be inspected now; empty if it can."""
    return busy_reason(session) or ("" if session.opened else texts.CLIP_TODO)
