"""Load weights into memory on first use, and cache the models."""

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
"""Size of the weights above which a model is large. Only one large model stays in memory at a
time."""

_Key = tuple[str, str, str, str]


class _Loaded(NamedTuple):
    """A cached model.

    large: only one such model is kept; pinned: the model is never released.
    """

    model: Any
    large: bool
    pinned: bool


_LOADED: dict[_Key, _Loaded] = {}
_LOADING = threading.Lock()


@contextlib.contextmanager
def inference() -> Iterator[None]:
    """Disable gradients and flush denormal numbers to 0 inside the context.

    Denormal numbers make a CPU many times slower. Flushing is a setting of the thread. It is
    switched off at the end, because other computations must stay exact.
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
    """Return a model, loaded on the first call and cached.

    Small models stay in memory. Loading a large model releases the large models before it, except
    for those loaded with `hold`.

    Args:
        name: a name in the registry, or the path of a user's own folder.
        load: `load(folder, device, dtype)` builds the model.
        device: as returned by `devices.resolve_device`.
        dtype: the name of a torch dtype.
        instead: what the user can do without the weights, for the error.
        hold: keep the model in memory even if another large model is loaded.

    Raises MissingError if the weights are absent or cannot be loaded, SettingsError for an unknown
    name. VinpaintErrors of `load` are passed on.
    """
    folder = weights_folder(name)
    if folder is None:
        raise missing_weights(name, instead=instead)
    key = (name, str(folder), device, dtype)
    loaded = _LOADED.get(key)  # no lock: in a forked process it may never be released
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
    except Exception as error:  # loaders raise errors of many types for damaged files
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
    """Return the total size in bytes of the weights files in a folder and its subfolders."""
    kinds = {".safetensors", ".bin", ".pth", ".pt"}
    files = [path for path in folder.rglob("*") if path.suffix in kinds and path.is_file()]
    return sum(path.stat().st_size for path in files)


def _read_state_dict(folder: Path) -> dict[str, Any]:
    """Load the state-dict file of a folder into CPU memory.

    Raises MissingError unless the folder holds exactly one such file.
    """
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
    """Load the state-dict file of a folder into a network.

    Entries that the network does not have are ignored. Raises MissingError if the folder does not
    hold exactly one state-dict file, or the file lacks entries of the network.
    """
    states = {
        name.removeprefix("module."): value for name, value in _read_state_dict(folder).items()
    }
    wanted = net.state_dict().keys()
    check_no_missing_keys(folder, {"missing_keys": wanted - states.keys()}, kind="network")
    net.load_state_dict({name: states[name] for name in wanted})


def weights_variant(folder: Path) -> str | None:
    """Return the `variant` argument for `from_pretrained` of a pipeline: 'fp16' or None."""
    return "fp16" if any(folder.glob("*/*.fp16.*")) else None


def check_no_missing_keys(folder: Path, info: Any, *, kind: str = "model") -> None:
    """Raise MissingError if weights of a model are missing in its files.

    transformers and diffusers initialise such weights with random numbers without an error.

    info: the loading info of `from_pretrained(..., output_loading_info=True)`; kind: what the user
    calls the model, for the error.
    """
    missing = sorted(info["missing_keys"])
    if missing:
        raise MissingError(
            f"the weights in {folder} lack {len(missing)} parts, '{missing[0]}' among them; "
            f"they belong to another {kind}, so remove that folder and fetch it again"
        )
