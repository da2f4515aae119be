"""Weights into memory, once."""

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
from vinpaint.models.paths import is_folder, path_of, state_files
from vinpaint.models.registry import absent, weights_of
from vinpaint.models.weights import fetch_command
from vinpaint.runtime.devices import Device

T = TypeVar("T")

log = logging.getLogger(__name__)

LARGE_BYTES = 1_000_000_000
"""Of weights beyond this only one set stays in memory: loading another lets it go."""

_Key = tuple[str, str, str, str]


class _Loaded(NamedTuple):
    """`held`: it stays, whatever else is loaded."""

    model: Any
    large: bool
    held: bool


_LOADED: dict[_Key, _Loaded] = {}
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


def load_once(
    name: str,
    load: Callable[[Path, Device, str], T],
    *,
    device: Device = "cpu",
    dtype: str = "float32",
    instead: str,
    hold: bool = False,
) -> T:
    """The model of a name, by `load(folder, device, dtype)` at the first call, then kept.

    Of large ones the last is kept, and those that were loaded with `hold`. `name`: one of the
    register, or a folder of one's own. `device`: as `devices.resolve_device` gives it; `dtype`: the
    name of one of torch's. Raises MissingError where the weights are absent
    (`instead`: what else to do) or unreadable, SettingsError for a name that nobody knows.
    """
    folder = path_of(name)
    if folder is None:
        raise absent(name, instead=instead)
    key = (name, str(folder), device, dtype)
    found = _LOADED.get(key)  # without the lock: a process that was forked may find it taken
    if found is None:
        with _LOADING:
            found = _LOADED.get(key) or _first(key, load, device=device, hold=hold)
    model: T = found.model
    return model


def _first(
    key: _Key, load: Callable[[Path, Device, str], T], *, device: Device, hold: bool
) -> _Loaded:
    """Load it and keep it; whatever is large and not held goes before, to make room."""
    name, folder, _, dtype = key
    large = _bytes_of(Path(folder)) > LARGE_BYTES
    if large:
        _let_go()
    model = _loaded(name, Path(folder), lambda: load(Path(folder), device, dtype))
    _LOADED[key] = _Loaded(model, large, hold)
    return _LOADED[key]


def _let_go() -> None:
    """Forget the large models; the memory of a card is given back as well."""
    for key in [key for key, one in _LOADED.items() if one.large and not one.held]:
        del _LOADED[key]
        log.info("%s on %s is let go", key[0], key[2])
    gc.collect()  # pipelines hold parts of themselves in circles
    if "torch" in sys.modules:
        import torch

        torch.cuda.empty_cache()  # nothing where no card was used


def _bytes_of(folder: Path) -> int:
    """What the files of weights weigh on the disk."""
    kinds = {".safetensors", ".bin", ".pth", ".pt"}
    files = [path for path in folder.rglob("*") if path.suffix in kinds and path.is_file()]
    return sum(path.stat().st_size for path in files)


def _loaded(name: str, folder: Path, load: Callable[[], T]) -> T:
    try:
        return load()
    except VinpaintError:
        raise
    except Exception as error:  # whatever a damaged or foreign file makes the loaders raise
        reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
        mend = "mend or replace that folder"
        if not is_folder(name):
            mend = f"remove that folder and run '{fetch_command(weights_of(name))}'"
        raise MissingError(
            f"the weights in {folder} cannot be loaded ({reason}); {mend}"
        ) from error


def read_states(folder: Path) -> dict[str, Any]:
    """The tensors of a folder with one file of network states, on the CPU.

    Raises MissingError where there is not exactly one such file.
    """
    import torch
    from safetensors.torch import load_file

    files = state_files(folder)
    if len(files) != 1:
        raise MissingError(
            f"{folder} holds {len(files)} files of network states (.pth, .pt, .safetensors) in "
            "place of one; leave the one that is meant"
        )
    if files[0].suffix == ".safetensors":
        return dict(load_file(files[0]))
    return dict(torch.load(files[0], map_location="cpu", weights_only=True))


def put_states(net: Any, folder: Path) -> None:
    """Give a network the tensors of `read_states`. Raises MissingError where they do not fit."""
    states = {name.removeprefix("module."): value for name, value in read_states(folder).items()}
    own = net.state_dict()
    missing = sorted(set(own) - set(states))
    if missing:
        raise MissingError(
            f"the weights in {folder} lack {len(missing)} parts, '{missing[0]}' among them; "
            "they are of another network, so remove that folder and fetch it again"
        )
    net.load_state_dict({name: states[name] for name in own})


def variant_of(folder: Path) -> str | None:
    """What `from_pretrained` is to be told of a pipeline: 'fp16' where it lies there so."""
    return "fp16" if any(folder.glob("*/*.fp16.*")) else None


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
