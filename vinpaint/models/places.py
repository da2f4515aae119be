"""Where weights lie on this machine."""

from __future__ import annotations

import os
from pathlib import Path

from vinpaint.models.register import WEIGHTS_FILE, weights_of

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
    """The folder that holds the weights; None where they are absent. A few looks at the disk."""
    entry = weights_of(name)
    given = given_folder()
    if given is not None and _holds(given / name, ("config.json", WEIGHTS_FILE)):
        return given / name
    if _holds(own_folder() / name, (MARKER, "config.json", WEIGHTS_FILE)):
        return own_folder() / name
    shared = _hub_cache() / f"models--{entry.repository.replace('/', '--')}"
    snapshot = shared / "snapshots" / entry.revision
    return snapshot if _holds(snapshot, entry.files) else None


def present(name: str) -> bool:
    """Whether the weights are on this machine."""
    return path_of(name) is not None


def _holds(folder: Path, files: tuple[str, ...]) -> bool:
    return all((folder / file).is_file() for file in files)


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
