"""Render a repair for a notebook cell: a before/after slider, the verdict and the scores.

The fragment is self-contained: images and script are embedded.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from vinpaint.media import Clip
from vinpaint.results.pages.print_report import frame_to_show, image_data_url

_WIPE = """\
<div style="position:relative;max-width:640px;--x:50%">
<img alt="before, frame {frame}" src="{before}" style="width:100%;display:block">
<img alt="after, frame {frame}" src="{after}"
 style="width:100%;position:absolute;top:0;left:0;clip-path:inset(0 0 0 var(--x))">
<input type="range" value="50" aria-label="before and after" style="width:100%"
 oninput="this.parentNode.style.setProperty('--x', this.value + '%')">
</div>"""


def notebook_html(report: Mapping[str, Any], before: Clip, after: Clip) -> str:
    """Return the HTML fragment of a run.

    Args:
        report: The contents of report.json.
        before: The source clip.
        after: The repaired clip.

    Raises:
        MediaError: A frame cannot be read.
    """
    frame = frame_to_show(report, before.frames)
    wipe = _WIPE.format(
        frame=frame, before=image_data_url(before[frame]), after=image_data_url(after[frame])
    )
    rows = "".join(_row(score) for score in report["scores"])
    return (
        f"{wipe}<p><b>{escape(report['verdict'])}</b></p>"
        f"<table><tr><th>Measure</th><th>Repair</th><th>Source</th></tr>{rows}</table>"
    )


def _row(score: Mapping[str, Any]) -> str:
    cells = (_number(score["value"], score["unit"]), _number(score["yardstick"], score["unit"]))
    title = f'<td title="{escape(score["meaning"])}">{escape(score["title"])}</td>'
    return f"<tr>{title}<td>{cells[0]}</td><td>{cells[1]}</td></tr>"


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.3g} {escape(unit)}".strip()
