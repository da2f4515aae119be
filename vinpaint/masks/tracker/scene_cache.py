"""A cache of the regions of the latest frames, so that further clicks are answered quickly."""

from __future__ import annotations

import threading

import numpy as np

from vinpaint.masks.tracker.frame_context import read_context
from vinpaint.masks.tracker.object_candidates import RegionScene, read_scene
from vinpaint.masks.tracker.working_crop import WorkingCrop
from vinpaint.media import Clip

_KEPT = 4
"""Number of scenes that are kept, about 10 MB each."""

_lock = threading.Lock()
_recent: list[tuple[object, int, WorkingCrop, RegionScene]] = []


def scene_of(clip: Clip, frame: int, crop: WorkingCrop) -> RegionScene:
    """Return the regions of a crop of one frame, from the cache if it was used lately."""
    anchor = clip.found_cuts  # one list for all clips that `reopen` made from one
    with _lock:
        for entry in _recent:
            if entry[0] is anchor and entry[1:3] == (frame, crop):
                return entry[3]
    nowhere = np.zeros(crop.size[::-1], np.bool_)
    scene = read_scene(read_context(clip, frame, crop, nowhere))
    with _lock:
        _recent.append((anchor, frame, crop, scene))
        del _recent[:-_KEPT]
    return scene
