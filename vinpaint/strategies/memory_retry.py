"""Retry work with shorter windows when memory runs out."""

from __future__ import annotations

import gc
import importlib.util
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from vinpaint.core import LimitError

T = TypeVar("T")

log = logging.getLogger(__name__)

_MESSAGES = ("out of memory", "can't allocate memory", "not enough memory")
"""Substrings of torch's out-of-memory messages on different devices and platforms, lower case."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that memory ran out, on the CPU or on a graphics card."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in _MESSAGES)


def retry_with_shorter_windows(
    attempt: Callable[[int], T], sizes: Sequence[int], *, title: str, note: Callable[[str], None]
) -> T:
    """Return `attempt(size)` for the first of `sizes` that fits in memory.

    Args:
        attempt: does the work with windows of the given number of frames.
        sizes: window lengths in frames, longest first.
        title: name of the strategy, for messages.
        note: receives a sentence each time the windows are shortened.

    Raises LimitError if memory runs out with every size. Any other error of `attempt` is passed on.
    """
    for size, smaller in zip(sizes, (*sizes[1:], None), strict=True):
        try:
            return attempt(size)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            log.warning("%s ran out of memory with %d frames: %s", title, size, error)
        _free_memory()  # outside `except`: until then the traceback keeps the tensors alive
        if smaller is not None:
            note(
                f"{title} ran out of memory with windows of {size} frames; "
                f"it went on with windows of {smaller}."
            )
    raise LimitError(
        f"{title} ran out of memory even with windows of {sizes[-1]} frames; make the hole "
        "smaller, free some memory, or choose another strategy"
    )


def _free_memory() -> None:
    gc.collect()
    if importlib.util.find_spec("torch") is None:
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
