"""What segments and follows an object: one file a tracker, one line in TRACKERS, best first.

The small SAM 2.1 stands before the large ones: 'auto' is to be quick, and whoever wants the surest
names it.
"""

from __future__ import annotations

from vinpaint import models
from vinpaint.core import SettingsError
from vinpaint.masks.base import Means, Tracker
from vinpaint.masks.sam2.tracker import Sam2Tracker
from vinpaint.masks.tracker.classical import FreeTracker

TRACKERS: dict[str, Tracker] = {
    "sam2-tiny": Sam2Tracker("sam2.1-hiera-tiny", "SAM 2.1 tiny"),
    "sam2-small": Sam2Tracker("sam2.1-hiera-small", "SAM 2.1 small"),
    "sam2-base-plus": Sam2Tracker("sam2.1-hiera-base-plus", "SAM 2.1 base plus"),
    "sam2-large": Sam2Tracker("sam2.1-hiera-large", "SAM 2.1 large"),
    "free": FreeTracker(),
}


def tracker_name(name: str = "auto", *, commercial_safe: bool = False) -> str:
    """'auto' is the first tracker that can work here, and may.

    Raises SettingsError for other names, and for a tracker whose licence is not allowed.
    """
    if name == "auto":
        return next(
            key
            for key, tracker in TRACKERS.items()
            if models.allowed(tracker.weights, commercial_safe=commercial_safe) and tracker.ready()
        )
    if name not in TRACKERS:
        names = ", ".join(TRACKERS)
        raise SettingsError(f"there is no tracker '{name}'; choose auto or one of: {names}")
    models.check_allowed(TRACKERS[name].weights, commercial_safe=commercial_safe)
    return name


def tracker_of(means: Means) -> Tracker:
    """The tracker that is meant; see `tracker_name`."""
    name = tracker_name(means.tracker, commercial_safe=means.commercial_safe)
    return TRACKERS[name].on(means.device)
