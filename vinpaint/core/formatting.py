"""Format rates, shares and durations for display."""

from __future__ import annotations

from fractions import Fraction


def format_rate(fps: float | Fraction) -> str:
    """Format a frame rate: 25 -> '25', 30000/1001 -> '29.97'."""
    return f"{float(fps):.2f}".rstrip("0").rstrip(".")


def format_percent(share: float) -> str:
    """Format a share: 0.123 -> '12 %'. Only exactly 0 and 1 give '0 %' and '100 %'."""
    if 0 < share < 0.01:
        return "less than 1 %"
    if 0.99 < share < 1:
        return "more than 99 %"
    return f"{100 * share:.0f} %"


def format_duration(seconds: float) -> str:
    """Format an estimated time: '1 second', '40 seconds', '12 minutes', '30 hours'."""
    if seconds < 1.5:
        return "1 second"
    for limit, unit, size in ((90, "seconds", 1), (5400, "minutes", 60)):
        if seconds < limit:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds / 3600)} hours"


def format_short_duration(seconds: float) -> str:
    """Format a duration with short units: 'under 1 s', '40 s', '3 min', '1.5 h'."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def format_length(seconds: float) -> str:
    """Format the length of a clip: '4.0 s', '2 min 05 s'."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"
