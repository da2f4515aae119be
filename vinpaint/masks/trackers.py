"""The registry of trackers: one line each in `TRACKERS`, in the order that 'auto' tries them.

The small SAM 2.1 model comes before the larger ones because 'auto' prefers speed; a larger, more
accurate model is chosen by name.
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
    """Raise SettingsError, listing the valid names, unless `name` is a tracker or 'auto'.

    Needs no clip and loads no weights.
    """
    if name != "auto" and name not in TRACKERS:
        names = ", ".join(TRACKERS)
        raise SettingsError(f"there is no tracker '{name}'; choose auto or one of: {names}")


def resolve_tracker(name: str = "auto", *, commercial_safe: bool = False) -> str:
    """Return `name`; for 'auto', the first tracker whose weights are present and allowed.

    Raises SettingsError for an unknown name, and for a tracker whose licence is not allowed.
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
    """Return the tracker that `options` select, for their device; see `resolve_tracker`."""
    name = resolve_tracker(options.tracker, commercial_safe=options.commercial_safe)
    return TRACKERS[name].for_device(options.device)
