"""Render a report as HTML: the verdict, the proof of exactness, and the explained scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from vinpaint.results.pages import texts

_FIRST = 4
"""Number of cards that are always visible; the others are collapsed under "All measures"."""

_CHART_WIDTH, _CHART_HEIGHT = 240, 36


def verdict_html(report: Mapping[str, Any]) -> str:
    """Return the verdict as a paragraph."""
    return f'<p class="vp-verdict">{escape(str(report.get("verdict", "")))}</p>'


def scores_html(report: Mapping[str, Any]) -> str:
    """Return cards with the proof of exactness, the quality and every score of a report.

    The first cards are visible, the others collapsed. Scores that could not be measured come last,
    with the reason.
    """
    cards = _cards(report)
    first, rest = cards[:_FIRST], cards[_FIRST:]
    more = ""
    if rest:
        more = (
            f'<details class="vp-details"><summary>{texts.ALL_MEASURES}</summary>'
            f"{_grid(rest)}</details>"
        )
    return f'<div class="vp-evidence">{_grid(first)}{more}{_notes(report)}</div>'


def numbers_html(report: Mapping[str, Any]) -> str:
    """Return the same cards as `scores_html`, all of them visible."""
    return f'<div class="vp-evidence">{_grid(_cards(report))}{_notes(report)}</div>'


def _cards(report: Mapping[str, Any]) -> list[str]:
    """Return all cards of a report: proof, quality, measured scores, missing scores."""
    scores = report.get("scores", ())
    measured = [_card(one) for one in scores if one.get("value") is not None]
    missing = [_absent(one) for one in scores if one.get("missing")]
    proof, quality = _proof(report.get("outside")), _quality(report.get("gate"))
    return [*proof, *quality, *measured, *missing]


def settings_html(report: Mapping[str, Any]) -> str:
    """Return the settings of a run as a list."""
    job = report.get("job", {})
    tuning, fill = job.get("tuning", {}), job.get("fill", {})
    rows = {
        texts.STRATEGY: fill.get("strategy"),
        texts.PROMPT: fill.get("prompt"),
        texts.SEED: fill.get("seed"),
        texts.DILATE: _with_unit(tuning.get("dilate_px"), "px"),
        texts.BLUR: _with_unit(tuning.get("blur_sigma_px"), texts.PIXEL_SIGMA_UNIT),
        texts.TEMPORAL: _with_unit(tuning.get("temporal_sigma_frames"), texts.SIGMA_UNIT),
        texts.MARKS: len(job.get("where", ())),
        texts.INVERTED: texts.YES if job.get("invert") else None,
        texts.TOOK: _took(report.get("seconds", {})),
    }
    return _table({name: value for name, value in rows.items() if value not in (None, "")})


def source_html(report: Mapping[str, Any]) -> str:
    """Return the properties of the source clip as a list."""
    source = report.get("source", {})
    rows = {
        texts.SIZE: f"{source.get('width')} × {source.get('height')}",
        texts.LENGTH: f"{source.get('seconds', 0):.1f} s, {source.get('frames')} frames",
        texts.RATE: f"{source.get('fps', 0):.2f}".rstrip("0").rstrip(".") + " frames a second",
    }
    return _table(rows)


def format_number(value: float) -> str:
    """Format a number to about three significant digits without an exponent.

    Examples: 0.00213, 31.4, 12,345.
    """
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1000:
        return f"{value:,.0f}"
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    while digits < 8 and size < 10 ** (2 - digits) and size < 1:
        digits += 1
    return f"{value:.{digits}f}"


def sparkline(values: Sequence[float | None]) -> str:
    """Return a small line chart (SVG) of one value per frame.

    The chart spans the first to the last measured frame, with gaps where a value is None. It is an
    empty string for fewer than two values.
    """
    measured = [index for index, value in enumerate(values) if value is not None]
    if len(measured) < 2:
        return ""
    values = values[measured[0] : measured[-1] + 1]
    known = [value for value in values if value is not None]
    low, high = min(known), max(known)
    reach = (high - low) or 1.0
    path, pen = [], "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        x = index / (len(values) - 1) * _CHART_WIDTH
        y = 2 + (1 - (value - low) / reach) * (_CHART_HEIGHT - 4)
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
    label = texts.CHART.format(low=format_number(low), high=format_number(high))
    return (
        f'<svg class="vp-spark" viewBox="0 0 {_CHART_WIDTH} {_CHART_HEIGHT}" role="img" '
        f'preserveAspectRatio="none" aria-label="{escape(label)}">'
        f'<path d="{" ".join(path)}"/></svg>'
    )


def _grid(cards: Sequence[str]) -> str:
    return f'<div class="vp-scores">{"".join(cards)}</div>' if cards else ""


def _card(score: Mapping[str, Any]) -> str:
    unit = escape(str(score.get("unit") or ""))
    value = format_number(float(score["value"]))
    return (
        f'<div class="vp-score" data-score="{escape(str(score["name"]))}">'
        f"<h4>{escape(str(score['title']))}</h4>"
        f'<p class="vp-value"><b>{value}</b> {unit}</p>'
        f'<p class="vp-better">{escape(_better(score))}</p>'
        f'<p class="vp-meaning">{escape(str(score["meaning"]))}</p>'
        f"{sparkline(score.get('per_frame') or ())}</div>"
    )


def _absent(score: Mapping[str, Any]) -> str:
    """Return the card of a score that could not be measured on this machine."""
    return (
        f'<div class="vp-score" data-score="{escape(str(score["name"]))}">'
        f"<h4>{escape(str(score['title']))}</h4>"
        f'<p class="vp-better">{texts.NOT_HERE}</p>'
        f'<p class="vp-meaning">{escape(str(score["missing"]))}</p></div>'
    )


def _quality(gate: Mapping[str, Any] | None) -> list[str]:
    """Return the card of the quality with the verdict of the gate and the parts, in a list."""
    if not gate or gate.get("quality") is None:
        return []
    parts = ", ".join(
        f"{texts.PARTS.get(str(part['score']), part['score'])} {1 - float(part['badness']):.2f}"
        for part in gate.get("parts", ())
    )
    ruling = texts.RULINGS.get(str(gate.get("verdict")), "")
    return [
        f'<div class="vp-score vp-quality"><h4>{texts.QUALITY}</h4>'
        f'<p class="vp-value"><b>{float(gate["quality"]):.2f}</b> {texts.OF_ONE}</p>'
        f'<p class="vp-better">{escape(ruling)}</p>'
        f'<p class="vp-meaning">{escape(texts.QUALITY_HELP.format(parts=parts))}</p></div>'
    ]


def _better(score: Mapping[str, Any]) -> str:
    """Return the direction in which a score improves, and its baseline."""
    better = texts.BETTER.get(str(score.get("better")), "")
    yardstick = score.get("yardstick")
    if yardstick is None:
        return better
    own = texts.BASELINE.format(value=format_number(float(yardstick)))
    return f"{better}; {own}" if better else own


def _proof(outside: Mapping[str, Any] | None) -> list[str]:
    """Return the card with the difference outside the mask, in a list."""
    if not outside:
        return []
    largest = outside["largest_difference_before_encoding"]
    count = f"{outside['pixels_compared']:,}"
    sentence = texts.EXACT if largest == 0 else texts.NOT_EXACT
    how = texts.LOSSLESS
    if not outside["lossless"]:
        how = texts.LOSSY.format(largest=outside["largest_difference"])
    return [
        f'<div class="vp-score vp-proof"><h4>{texts.OUTSIDE}</h4>'
        f'<p class="vp-value"><b>{largest}</b> {texts.LEVELS}</p>'
        f'<p class="vp-better">{escape(sentence.format(count=count, largest=largest))}</p>'
        f'<p class="vp-meaning">{escape(how)}</p></div>'
    ]


def _notes(report: Mapping[str, Any]) -> str:
    notes = "".join(f"<li>{escape(str(note))}</li>" for note in report.get("notes", ()))
    return f'<ul class="vp-notes">{notes}</ul>' if notes else ""


def _table(rows: Mapping[str, Any]) -> str:
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>"
        for name, value in rows.items()
    )
    return f'<dl class="vp-facts">{cells}</dl>'


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:g} {unit}"


def _took(seconds: Mapping[str, float]) -> str | None:
    return f"{sum(seconds.values()):.1f} s" if seconds else None
