"""The registry of weights, read from `catalog.toml`, and the check of their licences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vinpaint.core import MissingError, SettingsError
from vinpaint.models.weights import Weights, WeightsFile, describe_size, fetch_command
from vinpaint.runtime.toml import parse_toml


def _read_entry(table: dict[str, Any]) -> Weights:
    files = tuple(WeightsFile(**file) for file in table["files"])
    return Weights(**{**table, "files": files, "patterns": tuple(table.get("patterns", ()))})


def _read_catalog() -> dict[str, Weights]:
    text = Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")
    return {table["name"]: _read_entry(table) for table in parse_toml(text)["weights"]}


WEIGHTS: dict[str, Weights] = _read_catalog()
"""All known weights, by name."""


def weights_entry(name: str) -> Weights:
    """Return the registry entry of a name. Raises SettingsError for an unknown name."""
    if name not in WEIGHTS:
        names = ", ".join(WEIGHTS)
        raise SettingsError(f"there are no weights called '{name}'; choose one of: {names}")
    return WEIGHTS[name]


def licence_allows(name: str, *, commercial_safe: bool) -> bool:
    """Return whether the licence of the weights allows a job to use them.

    commercial_safe: whether the job allows only licences that permit commercial use. A user's own
    folder is always allowed, because its licence is unknown.
    """
    return not commercial_safe or name not in WEIGHTS or WEIGHTS[name].commercial


def check_licence(name: str, *, commercial_safe: bool) -> None:
    """Raise SettingsError, which names the licence, unless `licence_allows` the weights."""
    if not licence_allows(name, commercial_safe=commercial_safe):
        entry = WEIGHTS[name]
        raise SettingsError(
            f"{entry.title} is under the {entry.licence}, which does not allow commercial use, "
            "and --commercial-safe was given; choose another model, or leave out --commercial-safe"
        )


def missing_weights(name: str, *, instead: str) -> MissingError:
    """Return the error for absent weights.

    It says what is missing, how to download it, and the alternative `instead`. Raises SettingsError
    for an unknown name.
    """
    entry = weights_entry(name)
    return MissingError(
        f"{entry.title} is not on this machine; fetch it with '{fetch_command(entry)}' "
        f"({describe_size(entry)}, {entry.licence}), or {instead}"
    )
