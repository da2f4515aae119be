"""What segments and follows an object: one file a tracker, one line in TRACKERS, best first."""

from __future__ import annotations

from vinpaint.errors import SettingsError
from vinpaint.masks.base import Tracker
from vinpaint.masks.free import FreeTracker

TRACKERS: dict[str, Tracker] = {
    "free": FreeTracker(),
}


def tracker_name(name: str = "auto") -> str:
    """'auto' is the first tracker that can work here. Raises SettingsError for other names."""
    if name == "auto":
        return next(key for key, tracker in TRACKERS.items() if tracker.ready())
    if name not in TRACKERS:
        names = ", ".join(TRACKERS)
        raise SettingsError(f"there is no tracker '{name}'; choose auto or one of: {names}")
    return name


def tracker_of(name: str) -> Tracker:
    """The tracker of a name; see `tracker_name`."""
    return TRACKERS[tracker_name(name)]
