"""A progress line on standard error, for terminals and notebooks."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Iterator
from types import TracebackType

from vinpaint.core import Progress, no_op

_INTERVAL_SECONDS = 0.2


class ProgressBar:
    """A progress line with percentage, message and estimated time left; a context manager.

    Pass the method `update` as the `Progress` of a job. In a terminal or a notebook one line is
    rewritten in place. Elsewhere nothing is printed, unless `always` is set: then every update is
    printed on a new line, as suits a log.
    """

    def __init__(self, *, always: bool = False) -> None:
        self._rewrites = sys.stderr.isatty() or _in_notebook()
        self._enabled = always or self._rewrites
        self._start = time.monotonic()
        self._last_update = 0.0

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._enabled and self._rewrites:
            print("\r\033[K", end="", file=sys.stderr, flush=True)  # noqa: T201

    def update(self, fraction: float, message: str) -> None:
        """Show the progress, at most five times a second. `fraction`: 0 to 1."""
        now = time.monotonic()
        if not self._enabled or now - self._last_update < _INTERVAL_SECONDS:
            return
        self._last_update = now
        line = f"{fraction:4.0%} {message}{self._time_left(fraction, now)}"
        width = shutil.get_terminal_size().columns - 1
        start, end = ("\r\033[K", "") if self._rewrites else ("", "\n")
        print(start + line[:width], end=end, file=sys.stderr, flush=True)  # noqa: T201

    def _time_left(self, fraction: float, now: float) -> str:
        if fraction < 0.03 or now - self._start < 2:
            return ""
        left = (now - self._start) * (1 - fraction) / fraction
        return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"


@contextlib.contextmanager
def reporting(progress: Progress | bool | None) -> Iterator[Progress]:
    """Yield the progress callback: the caller's function, a progress bar, or a no-op."""
    if callable(progress):
        yield progress
    elif progress is False:
        yield no_op
    else:
        with ProgressBar(always=progress is True) as bar:
            yield bar.update


def _in_notebook() -> bool:
    """Return whether this code runs in a Jupyter kernel, not merely beside an imported one."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return hasattr(shell, "kernel")
