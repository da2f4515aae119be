"""Estimate the background behind moving objects from other frames: a clean plate per frame.

Other frames are aligned to a frame by the camera's motion, and the plate is their median at each
pixel. What moves covers a pixel on a minority of the frames, and does not enter the median (Wexler,
Shechtman and Irani, "Space-Time Completion of Video", 2007, use the same assumption; Massey and
Bender, "Salient stills", 1996, the same median).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames
from vinpaint.imaging.layers import at_rank, sort_layers
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.motion.camera import Homography, estimate_camera

MIN_VIEWS = 3
"""Minimum number of frames that must show a pixel of the plate."""
_MAX_VIEWS = 9
_NEAREST_FRAMES, _FARTHEST_FRAMES = 5, 30
"""Distances in time of the frames that make up a plate. Nearer frames show what moves at almost the
same place; farther ones are aligned less well."""
_LOW, _HIGH = 0.2, 0.8
"""Quantiles that define the spread of a plate."""
_EXCLUDED_GROWTH_PX = 4
"""Growth of the excluded pixels for the estimate of the camera's motion."""


@dataclass(frozen=True, repr=False)
class BackgroundPlate:
    """The background of a part of a frame.

    median: (H, W, 3) uint8, in the colours of the given images; spread: (H, W, 3) float32, the
    distance of the median from the 20th or the 80th percentile, whichever is nearer, so that a
    shadow on some of the frames does not widen it; seen: (H, W) bool, where at least MIN_VIEWS
    frames show the pixel. Elsewhere, the median and the spread are not defined.
    """

    median: Frames
    spread: Floats
    seen: Bools


def camera_path(greys: Sequence[Frames], excluded: Sequence[Bools]) -> list[Homography]:
    """Return the homography from every frame to the first, in pixels.

    greys: (H, W) uint8 frames of one shot, in order; excluded: (H, W) bool, pixels to ignore. Where
    the camera's motion cannot be estimated, the camera counts as still.
    """
    path = [np.eye(3)]
    dilated = [dilate_ellipse(np.ascontiguousarray(mask), _EXCLUDED_GROWTH_PX) for mask in excluded]
    for t in range(len(greys) - 1):
        step = estimate_camera(greys[t], greys[t + 1], dilated[t], dilated[t + 1])
        path.append(path[-1] @ np.linalg.inv(step) if step is not None else path[-1])
    return path


def background_plate(
    images: Sequence[Frames],
    excluded: Sequence[Bools],
    path: Sequence[Homography],
    frame: int,
    box: Box,
) -> BackgroundPlate:
    """Return the plate of one frame within `box`.

    Args:
        images: (H, W, 3) uint8 frames of one shot, in any colour space.
        excluded: (H, W) bool, the pixels of every frame that must not enter the plate.
        path: The homography from every frame to the first; see `camera_path`.
        frame: Index of the frame.
        box: The part of the frame to estimate, in pixels.
    """
    distances = range(_NEAREST_FRAMES, _FARTHEST_FRAMES + 1)
    others = sorted(t for d in distances for t in (frame - d, frame + d) if 0 <= t < len(images))
    if len(others) > _MAX_VIEWS:
        others = [others[round(i)] for i in np.linspace(0, len(others) - 1, _MAX_VIEWS)]
    views, counts = [], np.zeros((box.height, box.width), np.intp)
    corner = np.array([[1.0, 0.0, box.x0], [0.0, 1.0, box.y0], [0.0, 0.0, 1.0]])
    size = box.width, box.height
    for t in others:
        to_other = np.linalg.inv(path[t]) @ path[frame] @ corner
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        view = cv2.warpPerspective(
            images[t], to_other, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        hidden = cv2.warpPerspective(
            excluded[t].view(np.uint8),
            to_other,
            size,
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=1,
        )
        view = np.asarray(view, np.uint8)
        view[hidden > 0] = 255  # sorted last, beyond the visible ones
        views.append(view)
        counts += hidden == 0
    if not views:
        empty = np.zeros((box.height, box.width, 3), np.uint8)
        return BackgroundPlate(empty, empty.astype(np.float32), counts > 0)
    ordered = sort_layers(views)
    median, low, high = (
        at_rank(ordered, np.maximum(np.rint((counts - 1) * share), 0).astype(np.intp))
        for share in (0.5, _LOW, _HIGH)
    )
    return BackgroundPlate(
        median,
        np.minimum(high - median, median - low).astype(np.float32),
        np.asarray(counts >= MIN_VIEWS),
    )
