"""Progress callbacks, which also cancel long work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Progress = Callable[[float, str], None]
"""Called as `progress(fraction, message)` with a fraction from 0 to 1.

It may raise `Cancelled` to stop the work."""


def no_op(*_: Any) -> None:
    """Accept any arguments and do nothing; the default callback."""


def section(progress: Progress, start: float, stop: float) -> Progress:
    """Return a `Progress` whose range 0 to 1 is mapped to `[start, stop]` of `progress`."""
    return lambda fraction, message: progress(start + (stop - start) * fraction, message)
