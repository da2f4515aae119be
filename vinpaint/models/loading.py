"""Load weights into memory once, and keep them."""

from __future__ import annotations

import contextlib
import gc
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from vinpaint.core import MissingError, VinpaintError
from vinpaint.models.paths import is_user_folder, state_files, weights_folder
from vinpaint.models.registry import missing_weights, weights_entry
from vinpaint.models.weights import fetch_command
from vinpaint.runtime.devices import Device

T = TypeVar("T")

log = logging.getLogger(__name__)

LARGE_BYTES = 1_000_000_000
"""Weights above this size are large: only one large model stays in memory at a time."""

_Key = tuple[str, str, str, str]


class _Loaded(NamedTuple):
    """A loaded model. `pinned`: it stays in memory whatever else is loaded."""

    model: Any
    large: bool
    pinned: bool


_LOADED: dict[_Key, _Loaded] = {}
_LOADING = threading.Lock()


@contextlib.contextmanager
def inference() -> Iterator[None]:
    """Disable gradients, and flush denormal numbers to 0: they slow a CPU down many times.

    Flushing is a setting of the thread. It is restored, since other arithmetic must stay exact.
    """
    import torch

    torch.set_flush_denormal(True)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_flush_denormal(False)


def load_cached(
    name: str,
    load: Callable[[Path, Device, str], T],
    *,
    device: Device = "cpu",
    dtype: str = "float32",
    instead: str,
    hold: bool = False,
) -> T:
    """Return the model of a name: `load(folder, device, dtype)` on the first call, then cached.

    Of large models the last one stays in memory, and those loaded with `hold`.

    Args:
        name: a name in the registry, or a user's own folder.
        load: builds the model.
        device: as returned by `devices.resolve_device`.
        dtype: the name of a torch dtype.
        instead: what the user can do without the weights, for the error.

    Raises MissingError if the weights are absent or unreadable, SettingsError for an unknown name.
    """
    folder = weights_folder(name)
    if folder is None:
        raise missing_weights(name, instead=instead)
    key = (name, str(folder), device, dtype)
    loaded = _LOADED.get(key)  # without the lock: a forked process may find it taken
    if loaded is None:
        with _LOADING:
            loaded = _LOADED.get(key) or _load(key, load, device=device, hold=hold)
    model: T = loaded.model
    return model


def _load(
    key: _Key, load: Callable[[Path, Device, str], T], *, device: Device, hold: bool
) -> _Loaded:
    """Load a model and cache it. A large one first releases the large models before it."""
    name, folder, dtype = key[0], Path(key[1]), key[3]
    large = _weights_bytes(folder) > LARGE_BYTES
    if large:
        _release_large()
    try:
        _LOADED[key] = _Loaded(load(folder, device, dtype), large, hold)
    except VinpaintError:
        raise
    except Exception as error:  # damaged or foreign files make loaders raise all kinds of errors
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        remedy = "repair or replace that folder"
        if not is_user_folder(name):
            remedy = f"remove that folder and run '{fetch_command(weights_entry(name))}'"
        raise MissingError(
            f"the weights in {folder} cannot be loaded ({reason}); {remedy}"
        ) from error
    return _LOADED[key]


def _release_large() -> None:
    """Drop the large models that are not pinned, and free their GPU memory."""
    for key in [key for key, loaded in _LOADED.items() if loaded.large and not loaded.pinned]:
        del _LOADED[key]
        log.info("released %s on %s", key[0], key[2])
    gc.collect()  # pipelines hold references to themselves
    if "torch" in sys.modules:
        import torch

        torch.cuda.empty_cache()  # does nothing if no GPU was used


def _weights_bytes(folder: Path) -> int:
    """Return the size on disk of all files of weights in a folder."""
    kinds = {".safetensors", ".bin", ".pth", ".pt"}
    files = [path for path in folder.rglob("*") if path.suffix in kinds and path.is_file()]
    return sum(path.stat().st_size for path in files)


def _read_state_dict(folder: Path) -> dict[str, Any]:
    """Read the only state-dict file of a folder to the CPU. Raises MissingError."""
    import torch
    from safetensors.torch import load_file

    files = state_files(folder)
    if len(files) != 1:
        raise MissingError(
            f"{folder} holds {len(files)} files of weights (.pth, .pt, .safetensors) in place of "
            "one; leave only the right one"
        )
    if files[0].suffix == ".safetensors":
        return dict(load_file(files[0]))
    return dict(torch.load(files[0], map_location="cpu", weights_only=True))


def load_state_dict_from(net: Any, folder: Path) -> None:
    """Load a folder's state-dict file into a network. Raises MissingError if it does not fit."""
    states = {
        name.removeprefix("module."): value for name, value in _read_state_dict(folder).items()
    }
    wanted = net.state_dict().keys()
    check_no_missing_keys(folder, {"missing_keys": wanted - states.keys()}, kind="network")
    net.load_state_dict({name: states[name] for name in wanted})


def weights_variant(folder: Path) -> str | None:
    """Return the `variant` for `from_pretrained` of a pipeline: 'fp16' or None."""
    return "fp16" if any(folder.glob("*/*.fp16.*")) else None


def check_no_missing_keys(folder: Path, info: Any, *, kind: str = "model") -> None:
    """Raise MissingError if `from_pretrained(..., output_loading_info=True)` found keys missing.

    The missing weights would otherwise be random numbers.
    """
    missing = sorted(info["missing_keys"])
    if missing:
        raise MissingError(
            f"the weights in {folder} lack {len(missing)} parts, '{missing[0]}' among them; "
            f"they belong to another {kind}, so remove that folder and fetch it again"
        )
