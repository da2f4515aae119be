"""The regions of the latest frames, kept so that clicks are answered quickly."""

from __future__ import annotations

import numpy as np

from vinpaint.masks.tracker.frame_context import read_context
from vinpaint.masks.tracker.object_candidates import RegionScene, read_scene
from vinpaint.masks.tracker.per_frame_cache import PerFrameCache
from vinpaint.masks.tracker.working_crop import WorkingCrop, make_crop
from vinpaint.media import Clip

_scenes: PerFrameCache[RegionScene] = PerFrameCache(kept=4)  # about 10 MB each


def scene_of(clip: Clip, frame: int, crop: WorkingCrop) -> RegionScene:
    """Return the regions of a crop of one frame, from the cache if it was used lately."""

    def compute() -> RegionScene:
        nowhere = np.zeros(crop.size[::-1], np.bool_)
        return read_scene(read_context(clip, frame, crop, nowhere))

    return _scenes.get(clip, (frame, crop), compute)


def prepare_scene(clip: Clip, frame: int) -> None:
    """Compute the regions of a frame before it is clicked, so that the click finds them."""
    scene_of(clip, frame, make_crop(clip.box, clip.width, clip.height))
