"""The fill put back over the source by the soft mask.

I_final = M I_filled + (1 - M) I_source (seed: compositing and blending). Where the mask is 0 the
source's own bytes stay.
"""

from __future__ import annotations

import numpy as np

from vinpaint.types import Mask, Video


def composite(video: Video, fill: Video, mask: Mask) -> Video:
    """Alpha blend of `fill` over `video`, all of one window: (T, H, W, 3)."""
    source = video.frames
    if source.shape != fill.frames.shape or source.shape[:3] != mask.values.shape:
        raise ValueError(
            f"composite: video {source.shape}, fill {fill.frames.shape}, "
            f"mask {mask.values.shape} are not of one window"
        )
    out = source.copy()
    for t, values in enumerate(mask.values):
        rows, columns = np.nonzero(values)
        weight = values[rows, columns, None]
        old = source[t, rows, columns].astype(np.float32)
        new = fill.frames[t, rows, columns].astype(np.float32)
        out[t, rows, columns] = np.rint(old + weight * (new - old)).astype(np.uint8)
    return Video(out)
