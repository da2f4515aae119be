"""Where weights lie on this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

from vinpaint.models.registry import WEIGHTS, weights_of
from vinpaint.models.weights import WEIGHTS_FILES, Weights

MARKER = "vinpaint.json"
"""Written last into a fetched folder: which commit it is, and that it is whole."""


def own_folder() -> Path:
    """Where `fetch` puts weights: a folder for each name."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "vinpaint" / "models"


def given_folder() -> Path | None:
    """The folder that VINPAINT_MODELS names, if it is set."""
    named = os.environ.get("VINPAINT_MODELS")
    return Path(named) if named else None


def path_of(name: str) -> Path | None:
    """The folder that holds the weights; None where they are absent. A few looks at the disk.

    `name`: a name in the register, or a folder of one's own. Raises SettingsError for a name that
    is neither.
    """
    if is_folder(name):
        return Path(name).expanduser()
    entry = weights_of(name)
    given = given_folder()
    if given is not None and _looks_right(given / name, entry):
        return given / name
    own = own_folder() / name
    if (own / MARKER).is_file() and _looks_right(own, entry):
        return own
    shared = _hub_cache() / f"models--{entry.repository.replace('/', '--')}"
    snapshot = shared / "snapshots" / _snapshot(shared, entry)
    return snapshot if _is_whole(snapshot, entry) else None


def present(name: str) -> bool:
    """Whether the weights are on this machine."""
    return path_of(name) is not None


def is_folder(name: str) -> bool:
    """Whether a folder of one's own is meant, in place of a name in the register."""
    return name not in WEIGHTS and Path(name).expanduser().is_dir()


def title_of(name: str) -> str:
    """What to call the weights of a name, or of a folder. Raises SettingsError."""
    return Path(name).name if is_folder(name) else weights_of(name).title


def _looks_right(folder: Path, entry: Weights) -> bool:
    """Whether the folder holds what its loader begins with; only that: a person may have put it."""
    if entry.layout == "pipeline":
        return (folder / "model_index.json").is_file()
    if entry.layout == "file":
        return len(state_files(folder)) == 1
    named = any((folder / file).is_file() for file in WEIGHTS_FILES)
    return named and (folder / "config.json").is_file()


def state_files(folder: Path) -> list[Path]:
    """The files of network states in a folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix in {".pth", ".pt", ".safetensors"})


def _is_whole(folder: Path, entry: Weights) -> bool:
    """Whether a folder that another program filled, and perhaps not to the end, holds it all."""
    if not entry.files or not all((folder / file.path).is_file() for file in entry.files):
        return False
    return entry.layout != "pipeline" or _pipeline_is_whole(folder)


def _pipeline_is_whole(folder: Path) -> bool:
    """Whether all parts that model_index.json names are there, and all shards of large ones."""
    try:
        parts = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        named = [key for key, value in parts.items() if isinstance(value, list) and value[0]]
        shards = [
            index.parent / shard
            for index in folder.glob("*/*.index.json")
            for shard in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        ]
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    has_parts = all((folder / key).is_dir() and any((folder / key).iterdir()) for key in named)
    return has_parts and all(shard.is_file() for shard in shards)


def _snapshot(shared: Path, entry: Weights) -> str:
    """The commit to look for; where none is pinned, the one that the hub's own cache calls main."""
    if entry.pinned:
        return entry.revision
    main = shared / "refs" / entry.revision
    return main.read_text(encoding="ascii").strip() if main.is_file() else entry.revision


def _hub_cache() -> Path:
    """The Hugging Face cache, without importing its package: `ready` is asked often."""
    if named := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("HF_HOME") or Path(cache) / "huggingface") / "hub"


def offline() -> bool:
    """Whether HF_HUB_OFFLINE or VINPAINT_OFFLINE forbids the network."""
    values = (os.environ.get(name, "") for name in ("HF_HUB_OFFLINE", "VINPAINT_OFFLINE"))
    return any(value.lower() in {"1", "true", "yes", "on"} for value in values)


def by_hand(name: str) -> Path:
    """Where a person may put weights without fetching: needs no marker."""
    return (given_folder() or Path("$VINPAINT_MODELS")) / name
