"""Render the findings of the gate by frame: a plot, and a list of the spans to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from vinpaint.advice.wording import describe_gate_reason
from vinpaint.core import GateResult, Span
from vinpaint.quality.gate import read_gate
from vinpaint.results.pages import texts

WIDTH, HEIGHT = 1000, 88
"""Size of the plot in SVG units. It is stretched to the width of the page."""

_MOST_STRENGTH = 3.0
"""Strength at the top of the plot. Larger values are clipped."""

_MOST_POINTS = 500
"""Maximum number of steps in the plot. In a long clip, each step shows its worst frame."""


def timeline_html(report: Mapping[str, Any], *, mends: bool = False) -> str:
    """Return the plot and the spans to look at, or an empty string if no frame was measured.

    The scripts of the page use these attributes: `data-go` is the frame to go to, and `data-frames`
    the number of frames in the plot, so that a click on it can go to a frame.

    Args:
        report: The contents of report.json.
        mends: Add a button to each span that repairs it, with `data-mend="start,stop"`.
    """
    gate = read_gate(report)
    if gate is None or not any(one is not None for one in gate.per_frame):
        return ""
    frames = len(gate.per_frame)
    measured = [t for t, one in enumerate(gate.per_frame) if one is not None]
    label = texts.TIMELINE_LABEL.format(first=measured[0], last=measured[-1], spans=len(gate.spans))
    marks = "".join(_mark(span, frames) for span in gate.spans)
    return (
        f'<div class="vp-timeline"><h3>{texts.TIMELINE}</h3>'
        f'<div class="vp-plot" data-frames="{frames}" title="{texts.TIMELINE_GO}">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{marks}{_limit()}<path d="{_curve(gate.per_frame)}"/></svg>'
        f'<i class="vp-now" hidden></i></div>'
        f'<p class="vp-help">{texts.TIMELINE_HELP}</p>{_spans(gate, mends=mends)}</div>'
    )


def _height(strength: float) -> float:
    return HEIGHT - 2 - min(strength, _MOST_STRENGTH) / _MOST_STRENGTH * (HEIGHT - 4)


def _limit() -> str:
    y = _height(1.0)
    return f'<line class="vp-limit" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _mark(span: Span, frames: int) -> str:
    x, width = span.start / frames * WIDTH, span.length / frames * WIDTH
    return f'<rect x="{x:.1f}" y="0" width="{max(width, 3):.1f}" height="{HEIGHT}"/>'


def _curve(strengths: Sequence[float | None]) -> str:
    """Return the path of a step plot with one step per frame, or per group of frames."""
    frames = len(strengths)
    count = min(frames, _MOST_POINTS)
    path, drawing = [], False
    for step in range(count):
        some = strengths[step * frames // count : (step + 1) * frames // count]
        worst = max((one for one in some if one is not None), default=None)
        if worst is None:
            drawing = False
            continue
        left, right, y = step / count * WIDTH, (step + 1) / count * WIDTH, _height(worst)
        path.append(f"{'L' if drawing else 'M'}{left:.1f} {y:.1f}H{right:.1f}")
        drawing = True
    return "".join(path)


def _spans(gate: GateResult, *, mends: bool) -> str:
    rows = "".join(_row(gate, span, mends=mends) for span in gate.spans)
    return f'<ul class="vp-spans">{rows}</ul>' if rows else ""


def _row(gate: GateResult, span: Span, *, mends: bool) -> str:
    here = [reason for reason in gate.reasons if span in reason.spans]
    flaws = " ".join(describe_gate_reason(reason, where=False) for reason in here)
    name = texts.FRAME.format(first=span.start)
    if span.length > 1:
        name = texts.FRAMES.format(first=span.start, last=span.stop - 1)
    button = ""
    if mends:
        button = (
            f'<button type="button" data-mend="{span.start},{span.stop}" '
            f'title="{texts.REPAIR_SPAN_HELP}">{texts.REPAIR_SPAN}</button>'
        )
    return (
        f'<li><button type="button" data-go="{span.start}">{name}</button>'
        f"<span>{escape(flaws)}</span>{button}</li>"
    )
