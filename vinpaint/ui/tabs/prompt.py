"""Step 4, Fill, where a strategy takes a prompt: which words to add, and what is left open."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from vinpaint.advice.surroundings import Surroundings, prompt_phrase, prompt_warnings
from vinpaint.advice.wording import describe_ignored_prompt
from vinpaint.strategies import AUTO, STRATEGIES, unheard
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.footer import line_html
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.status import Line
from vinpaint.ui.session.session import Session, fresh_outlook, job


def takes_prompt(name: str) -> bool:
    """Whether a prompt changes what a strategy does; of `auto`, whether it does for any."""
    meant = list(STRATEGIES.values()) if name == AUTO else [STRATEGIES[name]]
    return any(strategy.takes_prompt for strategy in meant)


def build_prompting(bench: Bench, prompt: gr.Textbox) -> None:
    """The helper under the prompt; it is there where the prompt is."""
    told = markup(elem_id="prompt-help")
    add = gr.Button(texts.PROMPT_ADD, visible=False, size="sm", elem_id="prompt-add")

    def draw(session: Session) -> dict[Any, Any]:
        left = to_add(session, session.fill.prompt)
        return {told: prompting_html(session), add: gr.Button(visible=bool(left))}

    def with_words(request: gr.Request, words: str) -> str:
        session = bench.visits.of(request.session_hash).session
        return ", ".join(one for one in (words.strip().rstrip(",."), to_add(session, words)) if one)

    def wire() -> None:
        add.click(with_words, prompt, prompt, **QUIET)

    bench.parts.append(([told, add], draw))
    bench.wire.append(wire)


def to_add(session: Session, words: str) -> str:
    """The phrase that the prompt lacks; empty where it has it, none is known, or none is shown."""
    around = None if _aside(session) else _around(session)
    measured = "" if around is None else prompt_phrase(around)
    return "" if measured in words else measured


def prompting_html(session: Session) -> str:
    """What the prompt leaves open, and the measured words; empty where none is taken.

    Where `auto` could not follow it as this machine is, that alone: before any words are written
    as a hint, then as a warning.
    """
    if not takes_prompt(session.fill.strategy):
        return ""
    if aside := _aside(session):
        return aside
    around, words = _around(session), session.fill.prompt
    open_ = (
        "".join(f"<li>{escape(one)}</li>" for one in prompt_warnings(words, around))
        if words
        else ""
    )
    hints = f'<ul class="vp-hints">{open_}</ul>' if open_ else ""
    if fresh_outlook(session) is None:
        return hints + help_html(texts.PROMPT_LOOK)
    if around is None:
        return hints
    return hints + help_html(texts.PROMPT_AROUND.format(prompt_phrase=prompt_phrase(around)))


def _aside(session: Session) -> str:
    """That `auto` would leave the words aside, and why; empty where it would not."""
    if session.fill.strategy != AUTO:
        return ""
    fill = job(session).fill
    words = fill.prompt
    missing = unheard(replace(fill, prompt=words or "words"))
    if missing is None:
        return ""
    if not words:
        return help_html(texts.PROMPT_NO_MODEL.format(remedy=missing.remedy))
    return line_html(Line("stale", describe_ignored_prompt(missing, words)))


def _around(session: Session) -> Surroundings | None:
    outlook = fresh_outlook(session)
    if outlook is None or not takes_prompt(session.fill.strategy):
        return None
    return outlook.around
