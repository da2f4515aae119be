"""Our own HTML on a Gradio page."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr


def markup(value: str = "", **options: Any) -> gr.HTML:
    """Return a `gr.HTML` without Gradio's type and spacing: ours are in static/*.css."""
    return gr.HTML(value, apply_default_css=False, **options)


def help_line(text: str) -> gr.HTML:
    """Return a quiet line under a control."""
    return markup(help_html(text))


def help_html(text: str) -> str:
    """Return the same as a string; `text` is escaped."""
    return f'<p class="vp-help">{escape(text)}</p>'
