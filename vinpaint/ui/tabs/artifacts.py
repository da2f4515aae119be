"""Step 1, Clip: what is wrong in the clip, found by itself; one click takes it as the mask."""

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
from vinpaint.ui.page.controller import QUIET, WORKERS, Bench
from vinpaint.ui.page.footer import line_html
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.status import Line
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.marks import offered, prompted
from vinpaint.ui.session.session import Session, begin, in_use, inspection
from vinpaint.ui.session.state import Inspected, Loaded
from vinpaint.ui.session.uploads import adopt

_TAKE = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (button) trigger("take", { number: Number(button.dataset.take) });
});
"""


def build_faults(bench: Bench) -> None:
    """The button, and a card for each thing that was found. The work is told in the tab's line."""
    find = gr.Button(texts.FAULTS_FIND, elem_id="find-faults", visible=False)
    cards = markup(js_on_load=_TAKE, elem_id="faults")

    def draw(session: Session) -> dict[Any, Any]:
        todo = session.offered is not None and inspection(session) is None
        can = session.busy is None
        return {find: gr.Button(visible=todo, interactive=can), cards: faults_html(session)}

    def wire() -> None:
        bench.connect_button("clip", find, find_wrong, hindrance=_hindrance)
        cards.take(bench.drawn("clip", want), None, bench.outputs(), **QUIET).then(
            bench.work("clip", take, then="mask"),
            None,
            bench.outputs(),
            concurrency_id="work",
            concurrency_limit=WORKERS,
            **QUIET,
        )

    bench.parts.append(([find, cards], draw))
    bench.wire.append(wire)


def find_wrong(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Look for what stands out in the clip that is looked at."""
    loaded = _loaded(visit.session)
    with loaded.clip.reopen() as clip:
        found = find_artifacts(clip, progress=progress)
    return lambda now: replace(now, inspected=Inspected(loaded.key, found))


def want(visit: Visit, wish: Mapping[str, Any]) -> None:
    """One of the cards is to become the mask; the work on it begins."""
    seen, number = inspection(visit.session), int(wish.get("number", -1))
    if visit.session.busy is not None or seen is None:
        raise MediaError(_hindrance(visit.session) or texts.CLIP_TODO)
    if not 0 <= number < len(seen.faults):
        raise MediaError(texts.UNEXPECTED)
    asked = replace(seen, wanted=seen.faults[number])
    visit.cancel.clear()
    visit.change(lambda session: begin(replace(session, inspected=asked), "clip"))


def take(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """The wanted fault becomes the mask, on its own frames, of the clip that is looked at."""
    seen = inspection(visit.session)
    if seen is None or seen.wanted is None:
        raise MediaError(texts.CLIP_TODO)
    fault = seen.wanted
    if in_use(visit.session):
        return lambda now: taken(now, fault)
    use = adopt(visit, progress)
    return lambda now: taken(use(now), fault)


def taken(session: Session, fault: Artifact) -> Session:
    """A fixed region on the fault's frames, in place of all marks; undo brings those back."""
    session = prompted(session, (Region(fault.box, session.active),))
    offers = replace(session.offers, latest=((fault.span, fault.box),))
    return offered(replace(session, frames=fault.span), offers)


def faults_html(session: Session) -> str:
    """What was found: nothing yet, nothing at all, or a card for each."""
    seen, loaded = inspection(session), session.offered
    if loaded is None:
        return ""
    if seen is None:
        return help_html(texts.FAULTS_HELP)
    if not seen.faults:
        return line_html(Line("done", wording.NO_ARTIFACT)) + help_html(wording.NO_ARTIFACT_HINT)
    cards = "".join(_card(number, one, loaded) for number, one in enumerate(seen.faults))
    return f'<h3 class="vp-over-cards">{texts.FAULTS_FOUND}</h3><ul class="vp-faults">{cards}</ul>'


def _card(number: int, fault: Artifact, loaded: Loaded) -> str:
    clip = loaded.clip
    words = wording.describe_artifact(fault, width=clip.width, height=clip.height)
    show = (
        f'<button type="button" class="vp-link" data-go="{fault.span.start}">'
        f"{texts.FAULT_SHOW}</button>"
    )
    mask = (
        f'<button type="button" class="vp-link" data-take="{number}">{texts.FAULT_TAKE}</button>'
        if wording.can_be_masked(fault)
        else ""
    )
    return (
        f"<li><p><b>{escape(_title(fault))}</b> <span>{escape(_sureness(fault))}</span></p>"
        f"<p>{escape(words)}</p>"
        f'<p class="vp-help">{escape(wording.describe_artifact_fix(fault))}</p>'
        f"<p>{show}{mask}</p></li>"
    )


def _title(fault: Artifact) -> str:
    return texts.FAULT_TITLES[fault.kind]


def _sureness(fault: Artifact) -> str:
    level = sum(fault.score >= limit for limit in (0.4, 0.7))
    return texts.FAULT_SURE[level]


def _loaded(session: Session) -> Loaded:
    if session.offered is None:
        raise MediaError(texts.CLIP_TODO)
    return session.offered


def _hindrance(session: Session) -> str:
    if session.busy is not None:
        return texts.BUSY_ELSEWHERE.format(step=texts.PRIMARY[session.busy])
    return "" if session.offered else texts.CLIP_TODO
