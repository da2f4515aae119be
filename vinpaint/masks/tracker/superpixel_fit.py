"""Grow regions from a click on the grid of superpixels, by graph cuts.

This is the alternation of `segmentation.py` between colour models, motion and mask, on one value
per superpixel instead of one per pixel, which takes milliseconds. The superpixels are treated as
the pixels of a small picture, because their seeds lie on a regular grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.masks.tracker.colour_models import log_odds
from vinpaint.masks.tracker.frame_context import FrameContext, combine_odds
from vinpaint.masks.tracker.graph_cut import min_cut
from vinpaint.masks.tracker.motion_segmentation import background_layers, smooth_flow
from vinpaint.masks.tracker.superpixels import SPACING_PX, SuperpixelGraph

_RADII_PX = (12.0, 24.0, 45.0, 80.0)
_ROUNDS = 4
_GLOBAL_FLOOR, _LOCAL_FLOOR = 0.004, 0.02
_LOCAL_SIGMA, _MOTION_SIGMA = 1.6, 1.7
"""Sigma of the Gaussians that smooth local colours and the object's motion, in superpixels."""
_FLOW_NOISE_PX = 0.6
_OUTLIERS = 0.03


class GrowthWeights(NamedTuple):
    """Weights of position, overall colour, local colour, motion, independent motion, background.

    reach: greatest distance from the click as a multiple of the radius.
    """

    position: float
    colour: float
    local: float
    motion: float
    drift: float
    reach: float
    background: float


GROWTHS = (
    GrowthWeights(1.5, 0.7, 0.4, 0.0, 0.6, 3.5, 0.0),
    GrowthWeights(0.5, 0.4, 0.3, 1.5, 0.0, 12.0, 0.0),
    GrowthWeights(0.5, 0.4, 0.3, 0.8, 0.0, 12.0, 1.0),
)


@dataclass(frozen=True, repr=False)
class FitTables:
    """Values on the grid of superpixels.

    axes: (h, w, 2) colour axes; colours: (h, w, codes) share of each code; drift: (h, w) odds of
    independent motion; foreign: (h, w) odds of what is not the background; flows: for each
    neighbouring frame, its (h, w, 2) flow and the nearest background motion, and the (h, w)
    consistency.
    """

    axes: Frames
    colours: Floats
    drift: Floats
    foreign: Floats
    flows: tuple[tuple[Floats, Floats, Floats], ...]


def fit_tables(context: FrameContext, graph: SuperpixelGraph, counts: Floats) -> FitTables:
    """Average a context over superpixels. counts: (n, codes) pixels of each code."""
    flows = []
    for pair in context.neighbours:
        layers = background_layers(pair.field, pair.consistent)
        errors = np.stack([((pair.field - layer) ** 2).sum(axis=-1) for layer in layers])
        nearest = np.take_along_axis(np.stack(layers), errors.argmin(axis=0)[None, ..., None], 0)[0]
        consistent = pair.consistent.astype(np.float32)
        flow, background = _on_grid(graph, pair.field), _on_grid(graph, nearest)
        flows.append((flow, background, _on_grid(graph, consistent)))
    axes = np.rint(_on_grid(graph, context.new.axes.astype(np.float32))).astype(np.uint8)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    drift = _on_grid(graph, context.drift)[..., 0]
    foreign = _on_grid(graph, context.foreign)[..., 0]
    return FitTables(axes, shares.reshape(*graph.grid, -1), drift, foreign, tuple(flows))


def _on_grid(graph: SuperpixelGraph, values: Floats) -> Floats:
    return graph.mean(values).reshape(*graph.grid, -1)


def regions_around(tables: FitTables, leaf: int) -> list[Bools]:
    """Return regions that contain superpixel `leaf`, (n,) bool each, from several radii."""
    height, width = tables.drift.shape
    row, column = divmod(leaf, width)
    y, x = np.mgrid[:height, :width]
    distance = (np.hypot(y - row, x - column) * SPACING_PX).astype(np.float32)
    return [
        _grow(tables, distance, radius, weights).ravel()
        for weights in GROWTHS
        for radius in _RADII_PX
    ]


def _grow(tables: FitTables, distance: Floats, radius: float, weights: GrowthWeights) -> Bools:
    near = distance / radius
    hold = distance <= SPACING_PX / 2
    bar = near > weights.reach
    prior = weights.position * np.clip(1 - near, -2.5, 1)
    mask = near <= 1
    for _ in range(_ROUNDS):
        odds = prior + _colour_odds(tables, mask, weights) + weights.drift * tables.drift
        odds = odds + weights.background * tables.foreign
        if weights.motion and tables.flows:
            each = [_motion_odds(flow, mask) for flow in tables.flows]
            odds = odds + weights.motion * combine_odds(
                each, [flow[2][..., 0] > 0.5 for flow in tables.flows]
            )
        found = min_cut(odds.astype(np.float32), tables.axes, inside=hold, outside=bar)
        labels = cv2.connectedComponents(found.astype(np.uint8), None, 4)[1]
        found = labels == labels[hold][0]
        if (found == mask).all():
            break
        mask = found
    return np.asarray(mask)


def _colour_odds(tables: FitTables, mask: Bools, weights: GrowthWeights) -> Floats:
    front, back = (tables.colours * part[..., None] for part in (mask, ~mask))
    total = [part.sum(axis=(0, 1)) / max(float(part.sum()), 1e-6) for part in (front, back)]
    overall = tables.colours @ log_odds(*total, floor=_GLOBAL_FLOOR)
    near = [cv2.GaussianBlur(part, (0, 0), _LOCAL_SIGMA) for part in (front, back)]
    local = (tables.colours * log_odds(near[0], near[1], floor=_LOCAL_FLOOR)).sum(axis=-1)
    return np.asarray(weights.colour * overall + weights.local * local, np.float32)


def _motion_odds(flow: tuple[Floats, Floats, Floats], mask: Bools) -> Floats:
    """Return (h, w) log-odds of moving with the mask and not with the background."""
    field, background, consistent = flow
    back_error = ((field - background) ** 2).sum(axis=-1)
    differs = 1 - np.exp(-back_error / (2 * _FLOW_NOISE_PX**2))
    weight = mask * (0.02 + consistent[..., 0]) * (0.002 + differs)
    front = smooth_flow(field, weight.astype(np.float32), _MOTION_SIGMA)
    noise = 2 * _FLOW_NOISE_PX**2 + 0.02 * ((front - background) ** 2).sum(axis=-1)
    front_density = _OUTLIERS + (1 - _OUTLIERS) * np.exp(-((field - front) ** 2).sum(-1) / noise)
    back_density = _OUTLIERS + (1 - _OUTLIERS) * np.exp(-back_error / noise)
    odds = np.log(front_density / back_density)
    return np.asarray(odds * (0.2 + 0.8 * consistent[..., 0]), np.float32)
