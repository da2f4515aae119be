"""How one frame compares with the background, which frames before and after it show.

Unlike `background.py`, which follows an object, this needs neither flow nor the object: distant
frames are aligned by the camera's motion, and the background is their median. It finds an object
that covers a place on less than half of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import cv2
import numpy as np

from vinpaint.core import Bools, Frames, Span
from vinpaint.imaging.motion.camera import Homography, estimate_camera
from vinpaint.masks.tracker.background import BackgroundEvidence, compare_with_plate
from vinpaint.masks.tracker.colour_models import to_smooth_lab
from vinpaint.masks.tracker.per_frame_cache import PerFrameCache
from vinpaint.masks.tracker.plate import estimate_plate
from vinpaint.masks.tracker.working_crop import WorkingCrop, make_crop
from vinpaint.media import Clip, Picture

_VIEW_FRAMES, _VIEWS = 6, 5
"""Distance of the frames that show the background, and their maximum number on either side."""
_TRACKED_FRAMES = 2
"""Distance of the frames through which the camera is tracked to them."""
_MIN_VIEWS = 3
_NOISE_LEVELS, _MAX_DIFFERENCE, _MAX_OUTSIDE_SHARE = 4.0, 0.6, 0.7
"""Two aligned frames show the same scene if their median difference is below a noise, in grey
levels, or below a share of the contrast, and if no more of the picture is without a counterpart."""


_known: PerFrameCache[BackgroundEvidence] = PerFrameCache(kept=4)  # about 1 MB each


def background_in(clip: Clip, frame: int, crop: WorkingCrop) -> BackgroundEvidence:
    """Compare the part of a frame in a working crop with the background.

    The comparison is made on the whole frame, at the working size of the whole frame.
    """
    whole = make_crop(clip.box, clip.width, clip.height)
    evidence = _known.get(clip, frame, lambda: _compare_frame(clip, frame, whole))
    across, down = whole.size[0] / clip.width, whole.size[1] / clip.height
    x0, y0 = int(crop.box.x0 * across), int(crop.box.y0 * down)
    part = (
        slice(y0, max(y0 + 1, round(crop.box.y1 * down))),
        slice(x0, max(x0 + 1, round(crop.box.x1 * across))),
    )
    return BackgroundEvidence(
        *(np.asarray(cv2.resize(values[part], crop.size), np.float32) for values in evidence)
    )


def _compare_frame(clip: Clip, frame: int, crop: WorkingCrop) -> BackgroundEvidence:
    reach = _VIEWS * _VIEW_FRAMES
    first = max(frame - reach, frame % _TRACKED_FRAMES)
    numbers = range(first, min(frame + reach + 1, clip.frames), _TRACKED_FRAMES)
    greys: dict[int, Frames] = {}
    labs: dict[int, Frames] = {}
    for t in numbers:
        picture = next(iter(clip.pictures(Span(t, t + 1))))
        greys[t] = _small_grey(picture, crop)
        if (t - frame) % _VIEW_FRAMES == 0:
            labs[t] = to_smooth_lab(crop.shrink(picture.rgb(crop.box)))
    views, hidden = [], []
    for order in (
        range(frame, numbers.stop, _TRACKED_FRAMES),
        numbers[: numbers.index(frame) + 1][::-1],
    ):
        for t, motion in _camera_path(greys, order):
            if t in labs:
                view, outside = _aligned(labs[t], motion)
                views.append(view)
                hidden.append(outside)
    if len(views) < _MIN_VIEWS:
        return BackgroundEvidence(*(np.zeros(crop.size[::-1], np.float32) for _ in range(3)))
    plate = estimate_plate(views, hidden)
    known = plate.views >= _MIN_VIEWS
    parts = compare_with_plate(labs[frame], plate)
    return BackgroundEvidence(*(np.where(known, part, np.float32(0)) for part in parts))


def _small_grey(picture: Picture, crop: WorkingCrop) -> Frames:
    """Return the (h, w) uint8 luma, green or grey of a whole picture at working size.

    It is good enough to track the camera, and costs less than a conversion to RGB.
    """
    plane = picture.planes[1 if picture.layout.family == "rgb" else 0]
    small = cv2.resize(plane, crop.size, interpolation=cv2.INTER_AREA)
    return np.asarray(small >> (picture.layout.depth - 8), np.uint8)


def _camera_path(greys: dict[int, Frames], order: range) -> Iterator[tuple[int, Homography]]:
    """Yield (frame, homography from the first frame of `order`) of the later ones.

    It ends where the camera cannot be tracked, or where another shot begins.
    """
    motion: Homography = np.eye(3)
    for before, after in pairwise(order):
        nothing = np.zeros(greys[after].shape, np.bool_)
        step = estimate_camera(greys[before], greys[after], nothing, nothing)
        if step is None or not _shows_the_same(greys[before], greys[after], step):
            return
        motion = step @ motion
        yield after, motion


def _shows_the_same(first: Frames, second: Frames, motion: Homography) -> bool:
    """Return whether two (H, W) grey pictures are alike after alignment."""
    aligned, outside = _aligned(second, motion)
    if outside.mean() > _MAX_OUTSIDE_SHARE:
        return False
    difference = float(np.median(cv2.absdiff(first, aligned)[~outside]))
    contrast = float(np.median(cv2.absdiff(first, np.full_like(first, np.median(first)))))
    return difference <= max(_NOISE_LEVELS, _MAX_DIFFERENCE * contrast)


def _aligned(image: Frames, motion: Homography) -> tuple[Frames, Bools]:
    """Warp an (H, W) or (H, W, 3) picture back by a motion.

    Returns it and its (H, W) bool pixels without a source.
    """
    height, width = image.shape[:2]
    view = cv2.warpPerspective(
        image,
        motion,
        (width, height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = cv2.warpPerspective(
        np.ones((height, width), np.uint8),
        motion,
        (width, height),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
    )
    return np.asarray(view, np.uint8), np.asarray(inside == 0)
