"""Three small charts as one SVG that reads on a light page and on a dark one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 300, 220
"""Of one chart, in pixels of the SVG."""
LEFT, RIGHT, TOP, BOTTOM = 12, 12, 40, 44
STYLE = """
text { font: 11px system-ui, sans-serif; fill: #24292f; }
.title { font-weight: 600; font-size: 12px; }
.faint { fill: #57606a; }
.value { fill: #57606a; font-size: 9px; }
.axis { stroke: #8c959f; }
.goal { stroke: #bc4c00; stroke-dasharray: 4 3; }
.goal-words { fill: #bc4c00; }
.a { fill: #0969da; } .b { fill: #8250df; }
.path { fill: none; stroke: #0969da; stroke-width: 2; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .faint, .value { fill: #8d96a0; } .axis { stroke: #656c76; }
  .goal { stroke: #f0883e; } .goal-words { fill: #f0883e; }
  .a { fill: #4493f8; } .b { fill: #ab7df8; } .path { stroke: #4493f8; }
}
"""


@dataclass(frozen=True)
class Bars:
    """Groups of bars, one a series; `goal` is a line to stay below, with its words."""

    title: str
    names: Sequence[str]
    series: Mapping[str, Sequence[float | None]]
    form: str = ".1f"
    goal: tuple[float, str] | None = None


@dataclass(frozen=True)
class Curve:
    """Points joined by a line, from 0 up; the steps between them are even."""

    title: str
    names: Sequence[str]
    values: Sequence[float]
    form: str = ".0f"
    goal: tuple[float, str] | None = None


def svg(charts: Sequence[Bars | Curve]) -> str:
    """The charts side by side."""
    parts = []
    for number, chart in enumerate(charts):
        drawn = _bars(chart) if isinstance(chart, Bars) else _curve(chart)
        parts.append(f'<g transform="translate({number * WIDTH} 0)">')
        parts += [_text(LEFT, 16, chart.title, "title"), *drawn, "</g>"]
    size = f"{WIDTH * len(charts)} {HEIGHT}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" role="img">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>", ""])


def _text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}">{escape(words)}</text>'


def _rule(y: float, kind: str) -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="{kind}"/>'


def _height(value: float, top: float) -> float:
    """Where a value lies, in pixels from the upper edge."""
    floor = HEIGHT - BOTTOM
    return floor - (floor - TOP) * value / top


def _frame(names: Sequence[str], goal: tuple[float, str] | None, top: float) -> Iterator[str]:
    yield _rule(HEIGHT - BOTTOM, "axis")
    for number, name in enumerate(names):
        yield _text(_middle(number, len(names)), HEIGHT - BOTTOM + 15, name, anchor="middle")
    if goal is not None:
        yield _rule(_height(goal[0], top), "goal")
        y = _height(goal[0], top) - 4
        yield _text(WIDTH - RIGHT, y, goal[1], "goal-words", anchor="end")


def _middle(number: int, count: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (number + 0.5) / count


def _top(values: Sequence[float], goal: tuple[float, str] | None) -> float:
    return 1.12 * max([*values, goal[0] if goal else 0.0, 1e-9])


def _bars(chart: Bars) -> Iterator[str]:
    known = [v for values in chart.series.values() for v in values if v is not None]
    top = _top(known, chart.goal)
    yield from _frame(chart.names, chart.goal, top)
    room = (WIDTH - LEFT - RIGHT) / len(chart.names) * 0.8
    wide = min(34.0, room / len(chart.series))
    for order, (name, values) in enumerate(chart.series.items()):
        kind = "ab"[order % 2]
        if len(chart.series) > 1:
            yield f'<rect x="{LEFT + order * 110}" y="24" width="9" height="9" class="{kind}"/>'
            yield _text(LEFT + order * 110 + 13, 32, name, "faint")
        for number, value in enumerate(values):
            if value is None:
                continue
            x = _middle(number, len(values)) + (order - len(chart.series) / 2) * wide
            y = _height(value, top)
            size = f'width="{wide - 2:.1f}" height="{HEIGHT - BOTTOM - y:.1f}"'
            yield f'<rect x="{x + 1:.1f}" y="{y:.1f}" {size} class="{kind}"/>'
            yield _text(x + wide / 2, y - 3, format(value, chart.form), "value", anchor="middle")


def _curve(chart: Curve) -> Iterator[str]:
    top = _top(chart.values, chart.goal)
    yield from _frame(chart.names, chart.goal, top)
    count = len(chart.values)
    points = [(_middle(i, count), _height(v, top)) for i, v in enumerate(chart.values)]
    yield f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" class="path"/>'
    for (x, y), value in zip(points, chart.values, strict=True):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" class="a"/>'
        yield _text(x, y - 8, format(value, chart.form), "value", anchor="middle")
