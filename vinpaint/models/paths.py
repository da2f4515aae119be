"""Find weights on this machine."""

from __future__ import annotations

import json
import os
from pathlib import Path

from vinpaint.models.registry import WEIGHTS, weights_entry
from vinpaint.models.weights import WEIGHTS_FILES, Weights

MARKER = "vinpaint.json"
"""File that `fetch` writes last into a folder. It marks the download as complete and records the
commit."""


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def download_folder() -> Path:
    """Return the folder that `fetch` writes to, with one subfolder for each name."""
    return _cache_folder() / "vinpaint" / "models"


def configured_folder() -> Path | None:
    """Return the folder named by VINPAINT_MODELS, or None if it is not set."""
    value = os.environ.get("VINPAINT_MODELS")
    return Path(value) if value else None


def manual_folder(name: str) -> Path:
    """Return the folder into which a user can copy weights by hand, for messages.

    If VINPAINT_MODELS is not set, the path starts with that name. Such a folder needs no `MARKER`.
    """
    return (configured_folder() or Path("$VINPAINT_MODELS")) / name


def weights_folder(name: str) -> Path | None:
    """Return the folder that contains the weights, or None if they are not on this machine.

    Only the existence of files is checked, not their content.

    name: a name in the registry, or the path of a user's own folder. Raises SettingsError if it is
    neither.
    """
    if is_user_folder(name):
        return Path(name).expanduser()
    entry = weights_entry(name)
    configured = configured_folder()
    if configured is not None and _has_main_files(configured / name, entry):
        return configured / name
    fetched = download_folder() / name
    if (fetched / MARKER).is_file() and _has_main_files(fetched, entry):
        return fetched
    repository = _hub_cache() / f"models--{entry.repository.replace('/', '--')}"
    snapshot = repository / "snapshots" / _cached_commit(repository, entry)
    return snapshot if _is_complete(snapshot, entry) else None


def present(name: str) -> bool:
    """Return whether the weights are on this machine."""
    return weights_folder(name) is not None


def is_user_folder(name: str) -> bool:
    """Return whether `name` is the path of a user's own folder rather than a registry name."""
    return name not in WEIGHTS and Path(name).expanduser().is_dir()


def display_title(name: str) -> str:
    """Return the display name of weights: the registry's title, or the folder's name.

    Raises SettingsError if `name` is neither in the registry nor a folder.
    """
    return Path(name).name if is_user_folder(name) else weights_entry(name).title


def _has_main_files(folder: Path, entry: Weights) -> bool:
    """Return whether the folder contains the files that its loader opens first.

    Other files are not required, because users may assemble folders by hand.
    """
    if entry.layout == "pipeline":
        return (folder / "model_index.json").is_file()
    if entry.layout == "file":
        return len(state_files(folder)) == 1
    has_weights = any((folder / file).is_file() for file in WEIGHTS_FILES)
    return has_weights and (folder / "config.json").is_file()


def state_files(folder: Path) -> list[Path]:
    """Return the state-dict files (.pth, .pt, .safetensors) in a folder."""
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.suffix in {".pth", ".pt", ".safetensors"})


def _is_complete(folder: Path, entry: Weights) -> bool:
    """Return whether a folder of the Hugging Face cache, which may be incomplete, has all files."""
    if not entry.files or not all((folder / file.path).is_file() for file in entry.files):
        return False
    return entry.layout != "pipeline" or _is_complete_pipeline(folder)


def _is_complete_pipeline(folder: Path) -> bool:
    """Return whether all components in model_index.json and all their shards are present."""
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        components = [folder / key for key, value in index.items() if _is_component(value)]
        shards = [
            shard_index.parent / shard
            for shard_index in folder.glob("*/*.index.json")
            for shard in json.loads(shard_index.read_text(encoding="utf-8"))["weight_map"].values()
        ]
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    has_components = all(path.is_dir() and any(path.iterdir()) for path in components)
    return has_components and all(shard.is_file() for shard in shards)


def _is_component(value: object) -> bool:
    """Return whether a value of model_index.json is [library, class] rather than [null, null]."""
    return isinstance(value, list) and bool(value[0])


def _cached_commit(repository: Path, entry: Weights) -> str:
    """Return the commit to look for in the Hugging Face cache.

    It is the pinned one, or else the one that the cache records for the branch.
    """
    if entry.pinned:
        return entry.revision
    main = repository / "refs" / entry.revision
    return main.read_text(encoding="ascii").strip() if main.is_file() else entry.revision


def _hub_cache() -> Path:
    """Return the folder of the Hugging Face cache.

    huggingface_hub is not imported for this, because importing it is slow.
    """
    if cache := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(cache)
    return Path(os.environ.get("HF_HOME") or _cache_folder() / "huggingface") / "hub"


def offline() -> bool:
    """Return whether HF_HUB_OFFLINE or VINPAINT_OFFLINE forbids using the network."""
    values = (os.environ.get(name, "") for name in ("HF_HUB_OFFLINE", "VINPAINT_OFFLINE"))
    return any(value.lower() in {"1", "true", "yes", "on"} for value in values)
