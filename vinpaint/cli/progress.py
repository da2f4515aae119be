"""One line of progress on a terminal's standard error."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType

_EVERY_SECONDS = 0.2


class Bar:
    """Shows fraction, words and time left; silent where nobody looks, unless `always`."""

    def __init__(self, *, always: bool) -> None:
        self._on = always or sys.stderr.isatty()
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._shown = 0.0

    def __enter__(self) -> Bar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._on and self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)

    def update(self, fraction: float, words: str) -> None:
        """A `Progress`."""
        now = time.monotonic()
        if not self._on or now - self._shown < _EVERY_SECONDS:
            return
        self._shown = now
        line = f"{fraction:4.0%} {words}{self._left(fraction, now)}"
        width = shutil.get_terminal_size().columns - 1
        start, end = ("\r\033[K", "") if self._terminal else ("", "\n")
        print(start + line[:width], end=end, file=sys.stderr, flush=True)

    def _left(self, fraction: float, now: float) -> str:
        if fraction < 0.03 or now - self._start < 2:
            return ""
        left = (now - self._start) * (1 - fraction) / fraction
        return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"
