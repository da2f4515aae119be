"""Step 4, Fill: the help below the prompt, for strategies that take one."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from vinpaint.advice.surroundings import Surroundings, prompt_phrase, prompt_warnings
from vinpaint.advice.wording import describe_ignored_prompt
from vinpaint.strategies import AUTO, STRATEGIES, ignored_prompt
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import help_html, line_html, markup
from vinpaint.ui.session.session import Session


def takes_prompt(name: str) -> bool:
    """Return whether a strategy uses a prompt; for `auto`, whether any strategy does."""
    strategies = list(STRATEGIES.values()) if name == AUTO else [STRATEGIES[name]]
    return any(strategy.takes_prompt for strategy in strategies)


def build_prompt_help(controller: PageController, prompt: gr.Textbox) -> None:
    """Lay out the help below the prompt; it is visible if the strategy takes a prompt."""
    text = markup(elem_id="prompt-help")
    button = gr.Button(texts.PROMPT_ADD, visible=False, size="sm", elem_id="prompt-add")

    def draw(session: Session) -> dict[Any, Any]:
        missing = bool(missing_phrase(session, session.fill.prompt))
        return {text: prompt_help_html(session), button: gr.update(visible=missing)}

    def add(request: gr.Request, words: str) -> str:
        session = controller.browsers.get(request.session_hash).session
        parts = (words.strip().rstrip(",."), missing_phrase(session, words))
        return ", ".join(part for part in parts if part)

    controller.add_view(draw)
    button.click(add, prompt, prompt, show_progress="hidden", api_visibility="private")


def missing_phrase(session: Session, words: str) -> str:
    """Return the phrase about the surroundings that the prompt lacks; empty if there is none."""
    around = None if _ignored_prompt_notice(session) else _around(session)
    measured = "" if around is None else prompt_phrase(around)
    return "" if measured in words else measured


def prompt_help_html(session: Session) -> str:
    """Return warnings about the prompt and the phrase about the surroundings, as HTML.

    Return an empty string if the strategy takes no prompt. If `auto` would ignore the prompt, only
    a notice about that is returned.
    """
    if not takes_prompt(session.fill.strategy):
        return ""
    if notice := _ignored_prompt_notice(session):
        return notice
    around, words = _around(session), session.fill.prompt
    found = prompt_warnings(words, around) if words else ()
    items = "".join(f"<li>{escape(one)}</li>" for one in found)
    hints = f'<ul class="vp-hints">{items}</ul>' if items else ""
    if session.current_forecast() is None:
        return hints + help_html(texts.PROMPT_LOOK)
    if around is None:
        return hints
    return hints + help_html(texts.PROMPT_AROUND.format(phrase=prompt_phrase(around)))


def _ignored_prompt_notice(session: Session) -> str:
    """Return a notice that `auto` would ignore the prompt, as HTML; empty if it would not."""
    if session.fill.strategy != AUTO:
        return ""
    fill = session.job().fill
    missing = ignored_prompt(replace(fill, prompt=fill.prompt or "words"))
    if missing is None:
        return ""
    if not fill.prompt:
        return help_html(texts.PROMPT_NO_MODEL.format(remedy=missing.remedy))
    return line_html("stale", describe_ignored_prompt(missing, fill.prompt))


def _around(session: Session) -> Surroundings | None:
    made = session.current_forecast()
    if made is None or not takes_prompt(session.fill.strategy):
        return None
    return made.around
