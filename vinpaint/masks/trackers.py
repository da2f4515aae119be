"""The registry of trackers.

`TRACKERS` is in the order of preference of 'auto', which uses the first tracker that is available.
Small models come first, because 'auto' prefers speed; a larger, more accurate model has to be
selected by name.
"""

from __future__ import annotations

from vinpaint import models
from vinpaint.core import SettingsError
from vinpaint.masks.base import Tracker, TrackerOptions
from vinpaint.masks.sam2.tracker import Sam2Tracker
from vinpaint.masks.tracker.classical import ClassicalTracker

TRACKERS: dict[str, Tracker] = {
    "sam2-tiny": Sam2Tracker("sam2.1-hiera-tiny", "SAM 2.1 tiny"),
    "sam2-small": Sam2Tracker("sam2.1-hiera-small", "SAM 2.1 small"),
    "sam2-base-plus": Sam2Tracker("sam2.1-hiera-base-plus", "SAM 2.1 base plus"),
    "sam2-large": Sam2Tracker("sam2.1-hiera-large", "SAM 2.1 large"),
    "free": ClassicalTracker(),
}


def check_tracker(name: str) -> None:
    """Raise SettingsError unless `name` is a tracker or 'auto'. No weights are loaded.

    The message lists the valid names.
    """
    if name != "auto" and name not in TRACKERS:
        names = ", ".join(TRACKERS)
        raise SettingsError(f"there is no tracker '{name}'; choose auto or one of: {names}")


def resolve_tracker(name: str = "auto", *, commercial_safe: bool = False) -> str:
    """Return the name of the tracker to use.

    For 'auto', this is the first one whose weights are on this machine and whose licence is
    allowed; any other name is returned unchanged.

    Raises SettingsError if the name is unknown, or if `commercial_safe` is set and the licence of
    its weights does not allow commercial use.
    """
    check_tracker(name)
    if name == "auto":
        return next(
            key
            for key, tracker in TRACKERS.items()
            if models.licence_allows(tracker.weights, commercial_safe=commercial_safe)
            and tracker.ready()
        )
    models.check_licence(TRACKERS[name].weights, commercial_safe=commercial_safe)
    return name


def load_tracker(options: TrackerOptions) -> Tracker:
    """Return the tracker that `options` select, on the device they name.

    Raises SettingsError as `resolve_tracker` does.
    """
    name = resolve_tracker(options.tracker, commercial_safe=options.commercial_safe)
    return TRACKERS[name].for_device(options.device)


def has_levels(options: TrackerOptions) -> bool:
    """Return whether the tracker that `options` select follows `Click.level`."""
    try:
        name = resolve_tracker(options.tracker, commercial_safe=options.commercial_safe)
    except SettingsError:
        return False
    return TRACKERS[name].has_levels
