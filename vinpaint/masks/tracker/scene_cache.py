"""A cache of the regions of the latest frames, so that clicks are answered quickly."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import NamedTuple

import numpy as np

from vinpaint.masks.tracker.frame_context import read_context
from vinpaint.masks.tracker.object_candidates import RegionScene, read_scene
from vinpaint.masks.tracker.working_crop import WorkingCrop, make_crop
from vinpaint.media import Clip

_KEPT = 4
"""Number of scenes that are kept, about 10 MB each."""


class _Entry(NamedTuple):
    anchor: object
    frame: int
    crop: WorkingCrop
    scene: Future[RegionScene]


_lock = threading.Lock()
_recent: list[_Entry] = []


def scene_of(clip: Clip, frame: int, crop: WorkingCrop) -> RegionScene:
    """Return the regions of a crop of one frame, from the cache if it was used lately.

    While another thread computes the same regions, wait for them.
    """
    anchor = clip.found_cuts  # one list for all clips that `reopen` made from one
    with _lock:
        for entry in _recent:
            if entry.anchor is anchor and entry[1:3] == (frame, crop):
                known = entry.scene
                break
        else:
            known = None
            entry = _Entry(anchor, frame, crop, Future())
            _recent.append(entry)
            del _recent[:-_KEPT]
    if known is not None:
        return known.result()
    try:
        nowhere = np.zeros(crop.size[::-1], np.bool_)
        scene = read_scene(read_context(clip, frame, crop, nowhere))
    except BaseException as error:
        with _lock:
            _recent[:] = [other for other in _recent if other is not entry]
        entry.scene.set_exception(error)
        raise
    entry.scene.set_result(scene)
    return scene


def prepare_scene(clip: Clip, frame: int) -> None:
    """Compute the regions of a frame before it is clicked, so that the click finds them."""
    scene_of(clip, frame, make_crop(clip.box, clip.width, clip.height))
