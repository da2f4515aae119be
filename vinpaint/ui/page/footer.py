"""The footer of every tab: the primary button, Cancel, and the status line."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import gradio as gr

from vinpaint.ui import texts
from vinpaint.ui.page.formatting import format_time_left
from vinpaint.ui.page.markup import markup
from vinpaint.ui.session.state import Step
from vinpaint.ui.session.tasks import TaskProgress

_BUTTON_IDS: dict[Step, str] = {
    "clip": "use-clip",
    "mask": "follow",
    "tune": "preview",
    "fill": "repair",
    "result": "share",
}


@dataclass(frozen=True)
class Panel:
    """The footer of a tab. Cancel is visible only while a long task runs."""

    step: Step
    primary: gr.Button
    cancel: gr.Button
    line: gr.HTML


def build_panel(step: Step) -> Panel:
    """Lay out the footer of a tab."""
    with gr.Row(elem_classes="vp-foot"):
        primary = gr.Button(
            texts.PRIMARY[step], variant="primary", interactive=False, elem_id=_BUTTON_IDS[step]
        )
        cancel = gr.Button(texts.CANCEL, visible=False, elem_id=f"cancel-{step}", min_width=96)
    line = markup(elem_id=f"line-{step}", elem_classes="vp-line-holder")
    return Panel(step, primary, cancel, line)


def busy_html(progress: TaskProgress) -> str:
    """Return a progress bar with the current stage and the time left, as HTML."""
    percent = round(100 * progress.fraction)
    left = format_time_left(progress.seconds_left)
    text = progress.text[:1].upper() + progress.text[1:]
    return (
        f'<div class="vp-busy" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-label="{escape(text)}">'
        f'<div class="vp-bar-line"><i style="width:{percent}%"></i></div>'
        f"<p><span>{escape(text)}</span><span>{escape(left)}</span></p></div>"
    )
