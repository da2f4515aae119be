"""Print the warnings about a mask."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vinpaint.core import MaskWarning

_MAX_WARNINGS = 5
_MIN_SEVERITY = 0.3
"""Milder warnings are in the JSON output only."""


def warning_lines(warnings: Sequence[MaskWarning]) -> Iterator[str]:
    """Yield the lines of the text output: the worst warnings, and how many were left out."""
    shown = [warning for warning in warnings if warning.severity >= _MIN_SEVERITY]
    if shown:
        yield "Check these frames of the mask:"
    yield from (f"  {warning.words}" for warning in shown[:_MAX_WARNINGS])
    if len(shown) > _MAX_WARNINGS:
        yield f"  and {len(shown) - _MAX_WARNINGS} more"
