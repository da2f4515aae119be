"""Progress reports from long work, and how it is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Progress = Callable[[float, str], None]
"""Called as `progress(fraction, message)`, fraction 0 to 1; raises `Cancelled` to stop the work."""


def no_op(*_: Any) -> None:
    """Accept any arguments and do nothing: the default for progress and notes."""


def section(progress: Progress, start: float, stop: float) -> Progress:
    """Return a `Progress` that reports 0 to 1 as `[start, stop]` of `progress`."""
    return lambda fraction, message: progress(start + (stop - start) * fraction, message)
