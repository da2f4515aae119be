"""Our own HTML on a Gradio page."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr


def markup(value: str = "", **options: Any) -> gr.HTML:
    """`gr.HTML` without Gradio's own type and spacing: ours come from static/*.css."""
    return gr.HTML(value, apply_default_css=False, **options)


def help_line(words: str) -> gr.HTML:
    """A quiet line under a control."""
    return markup(help_html(words))


def help_html(words: str) -> str:
    """The same as a string; `words` are escaped."""
    return f'<p class="vp-help">{escape(words)}</p>'
