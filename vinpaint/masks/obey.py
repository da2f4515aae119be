"""Make a mask agree with the clicks on its frame, whatever tracker found it.

A click on the object is in the mask, with the piece of picture that it lies on; a 'not this' click
is out, with its piece. A piece is a region of one colour around the click.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Click, Floats, Frames, Span
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS, to_smooth_lab
from vinpaint.masks.tracker.region_tree import MergeWeights, build_tree, nested_regions
from vinpaint.masks.tracker.superpixels import superpixel_graph
from vinpaint.media import Clip

_NEAR_SHARE, _MIN_NEAR_PX = 0.08, 24
"""Half-width of the square that a piece lies in, as a share of the longer side of the frame."""
_WORKING_PX = 120
"""Side to which that square is reduced."""
_MAX_PIECE_SHARE = 0.2
"""Greatest share of the square that a piece covers."""
_MAX_COLOUR_DIFFERENCE = 16.0
"""Greatest difference in weighted Lab between the piece and the place of the click."""
_DOT_PX = 2
"""Radius around a click that always obeys, in source pixels."""
_BY_COLOUR = MergeWeights(1.0, 0.0, 1.0)


def obey(clip: Clip, mask: Bools, clicks: Sequence[Click]) -> Bools:
    """Return the mask with the pieces of the clicks added and removed, (H, W) bool.

    Clicks that the mask already agrees with change nothing. The nearer click decides on a pixel
    that two contradicting clicks claim.

    Args:
        clip: The clip.
        mask: (H, W) bool, the mask of the frame of the clicks.
        clicks: Clicks on one frame, each inside the picture.
    """
    changed = mask.copy()
    for click in clicks:
        if mask[click.y, click.x] != click.add:
            against = [other for other in clicks if other.add != click.add]
            changed[piece_at(clip, click, against)] = click.add
    for click in clicks:
        dot = Box(click.x, click.y, click.x + 1, click.y + 1).grow(_DOT_PX, clip.width, clip.height)
        changed[dot.slices] = click.add
    for click in clicks:
        changed[click.y, click.x] = click.add
    return changed


def piece_at(clip: Clip, click: Click, against: Sequence[Click]) -> Bools:
    """Return the piece of picture that a click lies on, (H, W) bool.

    It does not contain the clicks `against`.
    """
    half = max(_MIN_NEAR_PX, round(_NEAR_SHARE * max(clip.width, clip.height)))
    box = Box(click.x, click.y, click.x + 1, click.y + 1).grow(half, clip.width, clip.height)
    picture = next(iter(clip.pictures(Span(click.frame, click.frame + 1))))
    region = _piece(picture.rgb(box), box, click, against)
    whole = np.zeros((clip.height, clip.width), np.bool_)
    whole[box.slices] = region
    return whole


def _piece(rgb: Frames, box: Box, click: Click, against: Sequence[Click]) -> Bools:
    """Find the piece in the (h, w, 3) uint8 pixels of `box`; return (h, w) bool."""
    scale = min(1.0, _WORKING_PX / max(box.width, box.height))
    size = max(8, round(box.width * scale)), max(8, round(box.height * scale))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    lab = to_smooth_lab(small)
    graph = superpixel_graph(lab)
    colours = graph.mean(lab.astype(np.float32) * LAB_WEIGHTS)
    parents = build_tree(graph, colours, np.zeros((graph.count, 0), np.float32), _BY_COLOUR)

    def leaf_of(point: Click) -> int:
        x = min(int((point.x - box.x0 + 0.5) * size[0] / box.width), size[0] - 1)
        y = min(int((point.y - box.y0 + 0.5) * size[1] / box.height), size[1] - 1)
        return int(graph.labels[y, x])

    leaf = leaf_of(click)
    barred = [leaf_of(other) for other in against if box.contains(other.x, other.y)]
    chosen = np.zeros(graph.count, np.bool_)
    for region in nested_regions(parents, graph.count, leaf):
        if not _is_piece(region, graph.sizes, colours, leaf) or region[barred].any():
            break
        chosen = region
    soft = chosen[graph.labels].astype(np.float32)
    return np.asarray(cv2.resize(soft, (box.width, box.height)) >= 0.5)


def _is_piece(region: Bools, sizes: Floats, colours: Floats, leaf: int) -> bool:
    area = float(region @ sizes)
    mean = (region * sizes) @ colours / area
    alike = float(np.linalg.norm(mean - colours[leaf])) <= _MAX_COLOUR_DIFFERENCE
    return alike and area <= _MAX_PIECE_SHARE * float(sizes.sum())
