"""Weights into memory, once."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from vinpaint.errors import MissingError, VinpaintError
from vinpaint.models.places import path_of
from vinpaint.models.register import absent, fetch_command

T = TypeVar("T")

_LOADED: dict[tuple[str, str], Any] = {}
_LOADING = threading.Lock()


@contextlib.contextmanager
def inference() -> Iterator[None]:
    """No gradients, and numbers next to zero as 0: they take a CPU many times as long.

    The latter is a setting of the thread, so it is put back: other arithmetic shall stay exact.
    """
    import torch

    torch.set_flush_denormal(True)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_flush_denormal(False)


def load_once(name: str, load: Callable[[Path], T], *, instead: str) -> T:
    """The model of a name, by `load(folder)` at the first call and kept from then on.

    Raises MissingError where the weights are absent (`instead`: what else to do) or unreadable.
    """
    folder = path_of(name)
    if folder is None:
        raise absent(name, instead=instead)
    key = (name, str(folder))
    with _LOADING:
        if key not in _LOADED:
            _LOADED[key] = _loaded(name, folder, load)
        kept: T = _LOADED[key]
    return kept


def _loaded(name: str, folder: Path, load: Callable[[Path], T]) -> T:
    try:
        return load(folder)
    except VinpaintError:
        raise
    except Exception as error:  # whatever a damaged or foreign file makes the loaders raise
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        raise MissingError(
            f"the weights in {folder} cannot be loaded ({reason}); remove that folder and run "
            f"'{fetch_command(name)}'"
        ) from error


def check_whole(folder: Path, info: Any) -> None:
    """Raises MissingError where `from_pretrained(..., output_loading_info=True)` missed weights.

    Without this, what is missing would be random numbers.
    """
    missing = sorted(info["missing_keys"])
    if missing:
        raise MissingError(
            f"the weights in {folder} lack {len(missing)} parts, '{missing[0]}' among them; "
            "they are of another model, so remove that folder and fetch it again"
        )
