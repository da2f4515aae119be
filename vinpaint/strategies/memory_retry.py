"""Work that shrinks until memory suffices."""

from __future__ import annotations

import gc
import importlib.util
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from vinpaint.core import LimitError

T = TypeVar("T")

log = logging.getLogger(__name__)

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")
"""How torch says it, by device and platform."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on the processor or on a card."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error).lower() for sign in _SIGNS)


def retry_with_shorter_windows(
    attempt: Callable[[int], T], sizes: Sequence[int], *, title: str, note: Callable[[str], None]
) -> T:
    """`attempt(size)` with the first of `sizes`, largest first, that memory suffices for.

    `note` hears of each step down, in frames. Raises LimitError where none suffices, and whatever
    else `attempt` raises.
    """
    for size, smaller in zip(sizes, (*sizes[1:], None), strict=True):
        try:
            return attempt(size)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            log.warning("%s ran out of memory with %d frames: %s", title, size, error)
        _let_go()  # outside of `except`: the error holds all that was in use
        if smaller is not None:
            note(
                f"{title} ran out of memory with windows of {size} frames; "
                f"it went on with windows of {smaller}."
            )
    raise LimitError(
        f"{title} ran out of memory even with windows of {sizes[-1]} frames; make the hole "
        "smaller, free some memory, or choose another strategy"
    )


def _let_go() -> None:
    gc.collect()
    if importlib.util.find_spec("torch") is None:
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
