"""Find by how many frames a mask is late or early.

The mask of a frame should fit what looks like the object on that frame better than the masks of
the frames before and after do. If the mask of some frames later fits better, for several frames on
end, then the mask lags behind the object.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vinpaint.core import Floats
from vinpaint.imaging.morphology import dilate_ellipse, erode_ellipse
from vinpaint.quality.leftover.object_cues import ObjectCues, reduced
from vinpaint.quality.leftover.scan_window import ScanWindow

MAX_DELAY_FRAMES = 6
_SMOOTH_FRAMES = 5
"""Frames before and after over which the fit is averaged."""
_CORE_PX, _MARGIN_PX = 3, 3
"""Depth of the part of the hole that is compared, in small pixels; margin around the holes within
which it is compared, on the maps."""
_MIN_PX = 10
"""Smaller cores, on the maps, are not compared."""
_OFFSETS = range(-MAX_DELAY_FRAMES, MAX_DELAY_FRAMES + 1)


class MaskDelay(NamedTuple):
    """frames: how much later the mask is that fits best; gain: by how much its correlation is
    higher than that of the frame's own mask, 0 or more."""

    frames: int = 0
    gain: float = 0.0


def mask_delays(window: ScanWindow, cues: Sequence[ObjectCues]) -> list[MaskDelay]:
    """Return the delay of the mask on every frame."""
    fits = _fits(window, cues)
    gains = fits - fits[:, [MAX_DELAY_FRAMES]]
    delays = []
    for t in range(len(window)):
        near = gains[max(0, t - _SMOOTH_FRAMES) : t + _SMOOTH_FRAMES + 1]
        known = ~np.isnan(near)
        total = np.where(known, near, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        best = int(np.argmax(total))
        gain = max(0.0, float(total[best]))
        delays.append(MaskDelay(_OFFSETS[best] if gain else 0, gain))
    return delays


def _fits(window: ScanWindow, cues: Sequence[ObjectCues]) -> Floats:
    """Return the correlation of the cues of each frame with the masks of the frames around it.

    (frames, offsets), NaN where there is no mask.
    """
    holes = [reduced(hole) > 0 for hole in window.holes]
    cores = [reduced(erode_ellipse(hole, _CORE_PX)) for hole in window.holes]
    fits = np.full((len(window), len(_OFFSETS)), np.nan, np.float32)
    for t, cue in enumerate(cues):
        others = [(i, t + k) for i, k in enumerate(_OFFSETS) if 0 <= t + k < len(window)]
        region = np.any([holes[other] for _, other in others], axis=0)
        region = dilate_ellipse(region, _MARGIN_PX)
        if not region.any():
            continue
        shown = np.mean([_normalized(one[region], 1e-3) for one in cue], axis=0)
        for i, other in others:
            core = cores[other][region]
            if core.sum() >= _MIN_PX:
                fits[t, i] = float(shown @ _normalized(core, 1e-6))
    return fits


def _normalized(values: Floats, floor: float) -> Floats:
    """Return values with mean 0 and length 1; shorter ones for those that hardly vary."""
    centered = values - values.mean()
    return np.asarray(centered / (np.linalg.norm(centered) + floor), np.float32)
