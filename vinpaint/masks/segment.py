"""One frame: the object under clicks and in boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.clip import Clip
from vinpaint.masks.colour import histogram, log_odds, make_codebook
from vinpaint.masks.colour import to_lab
from vinpaint.masks.cut import cut, edge_axes
from vinpaint.masks.places import sure_parts
from vinpaint.masks.stage import Stage, stage_of
from vinpaint.masks.step import signed
from vinpaint.types import Bools, Box, Click, Span


def segment(
    clip: Clip, frame: int, clicks: Sequence[Click], boxes: Sequence[Box], before: Bools | None
) -> Bools:
    """(H, W) bool."""
    stage = stage_of(clip.box, clip.width, clip.height)
    rgb = stage.shrink(clip.read(Span(frame, frame + 1)).frames[0])
    lab = to_lab(rgb)
    height, width = lab.shape[:2]
    if boxes:
        start = np.zeros((height, width), np.bool_)
        for box in boxes:
            start[stage.box_in(box).slices] = True
        limit = ~start
    else:
        y, x = np.mgrid[0:height, 0:width]
        start = np.zeros((height, width), np.bool_)
        for click in clicks:
            if click.add:
                cx, cy = stage.point_in(click.x, click.y)
                start |= np.hypot(x - cx, y - cy) < 30
        limit = np.zeros_like(start)
    mask = start
    book = make_codebook(lab, mask)
    codes = book.codes(lab)
    axes = edge_axes(lab)
    for _ in range(4):
        front, back = sure_parts(mask)
        odds = log_odds(histogram(codes, front, book.count), histogram(codes, back, book.count), floor=0.004)[codes]
        odds = odds + np.clip(signed(start) * 0.1, -4, 3)
        odds[limit] = -6
        found = cut(odds.astype(np.float32), axes, outside=limit)
        if not found.any():
            break
        mask = found
    return stage.mask_out(mask, clip.width, clip.height)
