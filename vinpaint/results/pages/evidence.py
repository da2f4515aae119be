"""Render a report as HTML: the verdict, the proof of exactness, and the explained scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from vinpaint.advice.wording.scores import BETTER, describe_parts
from vinpaint.core import GateResult
from vinpaint.quality.gate import read_gate
from vinpaint.results.pages import texts

_FIRST = 4
"""Number of cards that are always visible; the others are collapsed under "All measures"."""

_CHART_WIDTH, _CHART_HEIGHT = 240, 36


def verdict_html(report: Mapping[str, Any]) -> str:
    """Return the verdict as a paragraph."""
    return f'<p class="vp-verdict">{escape(str(report.get("verdict", "")))}</p>'


def leftover_sentence(report: Mapping[str, Any]) -> str:
    """Return the gate's sentences on what is left over of the object; empty if nothing is."""
    gate = read_gate(report)
    reasons = gate.reasons if gate else ()
    return " ".join(one.sentence for one in reasons if one.kind == "leftover")


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
    return _evidence(_grid(first) + more, report)


def numbers_html(report: Mapping[str, Any]) -> str:
    """Return the same cards as `scores_html`, all of them visible."""
    return _evidence(_grid(_cards(report)), report)


def _evidence(cards: str, report: Mapping[str, Any]) -> str:
    """Return the panel with cards and the notes of a report."""
    return f'<div class="vp-evidence">{cards}{notes_html(report.get("notes", ()))}</div>'


def _cards(report: Mapping[str, Any]) -> list[str]:
    """Return all cards of a report: proof, quality, measured scores, missing scores."""
    scores = report.get("scores", ())
    measured = [_score(one) for one in scores if one.get("value") is not None]
    missing = [_score(one) for one in scores if one.get("missing")]
    proof, quality = _proof(report.get("outside")), _quality(read_gate(report))
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
    return facts_list({name: value for name, value in rows.items() if value not in (None, "")})


def source_html(report: Mapping[str, Any]) -> str:
    """Return the properties of the source clip as a list."""
    source = report.get("source", {})
    rows = {
        texts.SIZE: f"{source.get('width')} × {source.get('height')}",
        texts.LENGTH: f"{source.get('seconds', 0):.1f} s, {source.get('frames')} frames",
        texts.RATE: f"{source.get('fps', 0):.2f}".rstrip("0").rstrip(".") + " frames a second",
    }
    return facts_list(rows)


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


def _card(
    title: str, value: str, hint: str, meaning: str, *, options: str = "", chart: str = ""
) -> str:
    """Return a card. `value` is HTML, and `options` holds attributes for its element."""
    amount = f'<p class="vp-value">{value}</p>' if value else ""
    return (
        f"<div {options}><h4>{escape(title)}</h4>{amount}"
        f'<p class="vp-better">{escape(hint)}</p>'
        f'<p class="vp-meaning">{escape(meaning)}</p>{chart}</div>'
    )


def _score(score: Mapping[str, Any]) -> str:
    """Return the card of a score, with the reason if it could not be measured."""
    options = f'class="vp-score" data-score="{escape(str(score["name"]))}"'
    if score.get("value") is None:
        return _card(score["title"], "", texts.NOT_HERE, score["missing"], options=options)
    value = f"<b>{format_number(float(score['value']))}</b> {escape(str(score.get('unit') or ''))}"
    chart = sparkline(score.get("per_frame") or ())
    return _card(
        score["title"], value, _better(score), score["meaning"], options=options, chart=chart
    )


def _quality(gate: GateResult | None) -> list[str]:
    """Return the card of the quality with the verdict of the gate and the parts, in a list."""
    if gate is None or gate.quality is None:
        return []
    value = f"<b>{gate.quality:.2f}</b> {texts.OF_ONE}"
    meaning = texts.QUALITY_HELP.format(parts=describe_parts(gate))
    options = 'class="vp-score vp-quality"'
    return [_card(texts.QUALITY, value, texts.RULINGS[gate.verdict], meaning, options=options)]


def _better(score: Mapping[str, Any]) -> str:
    """Return the direction in which a score improves, and its baseline."""
    better = BETTER.get(str(score.get("better")), "")
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
    value, hint = f"<b>{largest}</b> {texts.LEVELS}", sentence.format(count=count, largest=largest)
    return [_card(texts.OUTSIDE, value, hint, how, options='class="vp-score vp-proof"')]


def notes_html(notes: Iterable[str]) -> str:
    """Return notes as a list; an empty string if there is none."""
    items = "".join(f"<li>{escape(str(note))}</li>" for note in notes)
    return f'<ul class="vp-notes">{items}</ul>' if items else ""


def facts_list(rows: Mapping[str, Any]) -> str:
    """Return names and values as a list."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>"
        for name, value in rows.items()
    )
    return f'<dl class="vp-facts">{cells}</dl>'


def _with_unit(value: float | None, unit: str) -> str | None:
    return None if value is None else f"{value:g} {unit}"


def _took(seconds: Mapping[str, float]) -> str | None:
    return f"{sum(seconds.values()):.1f} s" if seconds else None
