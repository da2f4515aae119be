"""The register: names of weights, what is known of them, and what a job may use."""

from __future__ import annotations

from vinpaint.core import MissingError, SettingsError
from vinpaint.models.catalog import ENTRIES
from vinpaint.models.weights import Weights, fetch_command, size_in_words

WEIGHTS: dict[str, Weights] = {entry.name: entry for entry in ENTRIES}


def weights_of(name: str) -> Weights:
    """The entry of a name. Raises SettingsError for a name that is not registered."""
    if name not in WEIGHTS:
        names = ", ".join(WEIGHTS)
        raise SettingsError(f"there are no weights called '{name}'; choose one of: {names}")
    return WEIGHTS[name]


def allowed(name: str, *, commercial_safe: bool) -> bool:
    """Whether a job may use the weights; of a folder of one's own nothing is known, so it may."""
    return not commercial_safe or name not in WEIGHTS or WEIGHTS[name].commercial


def check_allowed(name: str, *, commercial_safe: bool) -> None:
    """Raises SettingsError, naming the licence, where `allowed` says no."""
    if not allowed(name, commercial_safe=commercial_safe):
        entry = WEIGHTS[name]
        raise SettingsError(
            f"{entry.title} is under the {entry.licence}, which does not allow commercial use, "
            "and only what is free for it was asked for; choose another, or leave out "
            "--commercial-safe"
        )


def absent(name: str, *, instead: str) -> MissingError:
    """The error that says what is missing, what fetching costs, and what to do instead."""
    entry = weights_of(name)
    return MissingError(
        f"{entry.title} is not on this machine; fetch it with '{fetch_command(entry)}' "
        f"({size_in_words(entry)}, {entry.licence}), or {instead}"
    )
