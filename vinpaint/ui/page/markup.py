"""Custom HTML components on a Gradio page."""

from __future__ import annotations

from html import escape
from typing import Any, Literal

import gradio as gr

LineKind = Literal["hint", "done", "stale", "failed"]
"""Kind of a status text, which selects its style."""


def markup(value: str = "", **options: Any) -> gr.HTML:
    """Return a `gr.HTML` without Gradio's default styles; static/*.css styles it instead."""
    return gr.HTML(value, apply_default_css=False, **options)


def help_line(text: str) -> gr.HTML:
    """Return a component with a line of help text."""
    return markup(help_html(text))


def help_html(text: str) -> str:
    """Return a line of help text as HTML; `text` is escaped."""
    return f'<p class="vp-help">{escape(text)}</p>'


def line_html(kind: LineKind, text: str) -> str:
    """Return a status line as HTML, with a style and an ARIA role for its kind."""
    role = "alert" if kind == "failed" else "status"
    return f'<p class="vp-line vp-{kind}" role="{role}">{escape(text)}</p>'
