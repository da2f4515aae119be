"""Render the printable report: a before/after image, the timeline, the scores and the settings.

The page is self-contained: styles and image are embedded, and it contains no script.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vinpaint.core import Frames
from vinpaint.media import Clip
from vinpaint.quality.gate import read_gate
from vinpaint.results.pages import texts
from vinpaint.results.pages.evidence import numbers_html, settings_html, source_html, verdict_html
from vinpaint.results.pages.timeline import timeline_html

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Content security policy: no scripts and no external resources."""

STATIC = Path(__file__).parents[2] / "ui" / "static"
_WIDEST_PX = 1200
_CHANGED_LEVELS = 16
_LINE_PX = 2


def printed_html(report: Mapping[str, Any], before: Clip, after: Clip) -> str:
    """Return the report of a run as an HTML page.

    Args:
        report: The contents of report.json.
        before: The source clip.
        after: The repaired clip.

    Raises:
        MediaError: A frame cannot be read.
    """
    frame = frame_to_show(report, before.frames)
    picture = wipe_still(before[frame], after[frame])
    name = escape(str(report.get("source", {}).get("name", "")))
    sheet = styles("print")
    caption = texts.STILL.format(frame=frame)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{texts.PRINTED}: {name}</title><style>{sheet}</style></head>"
        f'<body class="vp-print"><header><h1>{texts.PRINTED}</h1><p>{name}</p></header>'
        f'{verdict_html(report)}<figure><img alt="{caption}" src="{image_data_url(picture)}">'
        f"<figcaption><span>{texts.BEFORE}</span><span>{caption}</span>"
        f"<span>{texts.AFTER}</span></figcaption></figure>"
        f"{timeline_html(report)}{numbers_html(report)}"
        f'<div class="two">{source_html(report)}{settings_html(report)}</div></body></html>'
    )


def styles(page: str) -> str:
    """Return the style sheet of a self-contained page: the shared sheets, then its own."""
    return "".join((STATIC / f"{name}.css").read_text() for name in ("tokens", "pieces", page))


def wipe_still(before: Frames, after: Frames) -> Frames:
    """Return an image (H, W, 3) that is split at the middle of the change: before, then after."""
    height, width = (min(a, b) for a, b in zip(before.shape[:2], after.shape[:2], strict=True))
    before, after = before[:height, :width], after[:height, :width]
    changed = cv2.absdiff(before, after).max(axis=2) > _CHANGED_LEVELS
    columns = np.flatnonzero(changed.any(axis=0))
    middle = int(np.median(columns)) if len(columns) else width // 2
    still = np.concatenate([before[:, :middle], after[:, middle:]], axis=1)
    still[:, max(0, middle - _LINE_PX // 2) : middle + _LINE_PX // 2] = 255
    return still


def frame_to_show(report: Mapping[str, Any], frames: int) -> int:
    """Return the number of the worst frame, or the middle repaired frame if none stands out."""
    gate = read_gate(report)
    if gate is not None and gate.spans:
        return min(gate.spans[0].start, frames - 1)
    repaired = [t for t, one in enumerate(gate.per_frame) if one is not None] if gate else []
    return min(repaired[len(repaired) // 2], frames - 1) if repaired else frames // 2


def image_data_url(image: Frames) -> str:
    """Return an (H, W, 3) RGB image as a JPEG data URL, at most 1200 pixels wide."""
    scale = min(1.0, _WIDEST_PX / image.shape[1])
    if scale < 1:
        image = np.asarray(
            cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
    bgr = np.ascontiguousarray(image[..., ::-1])
    _, packed = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return "data:image/jpeg;base64," + base64.b64encode(packed.tobytes()).decode("ascii")
