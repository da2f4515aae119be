"""Nested candidates for the object at a click, and how likely each one is to be the whole object.

Three hierarchies of superpixels (by colour, by colour and motion, by motion) and the regions that
move otherwise than the background give candidates that contain the click. Each is described by a
few measurements of its outline, colours and motion, from which a linear model predicts its overlap
with the true object. The weights of the model are fitted to real clips.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging.morphology import components_touching
from vinpaint.masks.tracker.background import BackgroundEvidence
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS
from vinpaint.masks.tracker.frame_context import FrameContext
from vinpaint.masks.tracker.graph_cut import min_cut
from vinpaint.masks.tracker.motion_segmentation import background_layers
from vinpaint.masks.tracker.region_tree import MergeWeights, build_tree, nested_regions
from vinpaint.masks.tracker.superpixel_fit import FitTables, fit_tables, regions_around
from vinpaint.masks.tracker.superpixels import Labels, SuperpixelGraph, superpixel_graph

TREES = (MergeWeights(1.0, 0.0, 1.0), MergeWeights(1.0, 2.0, 1.0), MergeWeights(0.4, 8.0, 0.4))
_MIN_SHARE, _MAX_SHARE = 0.0006, 0.55
"""Share of the working crop that a candidate covers."""
_SAME_OVERLAP = 0.88
"""Candidates that overlap this much count as one."""
_CUT_BIASES = (-0.5, 0.5)
_RESIDUALS_PX = (0.25, 0.5, 1.0)
_RESIDUAL_SHARES = (0.3, 0.5, 0.7)
_ALIKE_SHARES = (0.2, 0.35, 0.5, 0.7)
_ALIKE_PX = (0.3, 0.6, 1.2, 2.5)
_OUT_LIMITS, _MATCH_LIMITS = (0.2, 0.5), (0.25, 0.5)
"""Limits of areas that differ from the background; of its match, as a share of the mean match."""
_NEAR_PX = 5
"""Radius around a click in which the motion of the object is measured."""
_MAX_RESIDUAL_PX = 3.0
_RING_HOPS = 2
"""Width of the surroundings of a candidate, in superpixels."""
_TIDY_HOPS, _TIDY_ROUNDS = 3, 3
_TIDY_PRIOR, _TIDY_VOTES = 0.3, 2.0
_FLOOR = 0.004
WEIGHTS = np.array(
    [
        -0.0525,
        -0.0083,
        -0.0034,
        -0.4230,
        0.1301,
        0.0483,
        0.0791,
        -0.0224,
        0.0270,
        -0.1872,
        -0.1403,
        0.8329,
        -0.1564,
        1.2639,
        -0.0073,
        0.0298,
        -0.0870,
        0.0709,
        0.1040,
        -0.1593,
        0.0373,
        0.0746,
        0.3106,
        0.0074,
        0.2141,
        -0.4174,
        -0.2650,
        -0.0466,
        -0.0516,
        -0.1977,
        -0.0326,
        0.0201,
        -0.0153,
        0.0031,
        0.0259,
        -0.0061,
        -0.0797,
        0.1695,
    ],
    np.float32,
)
"""Weights of the columns of `measurements`, fitted by `bench/click_weights.py`."""


@dataclass(frozen=True, repr=False)
class RegionScene:
    """What candidates are made from, on one frame.

    graph: its superpixels; trees: parents of the regions of each hierarchy; motion: (H, W, 2 k)
    flow to k frames; residuals: (2, H, W) distance of the flow from the dominant motion and from
    the nearest motion of the background, in pixels; moving: (k, H, W) bool, areas that move
    otherwise than the background; tables, fits: values of the superpixels.
    """

    graph: SuperpixelGraph
    trees: tuple[Labels, ...]
    motion: Floats
    residuals: Floats
    moving: Bools
    tables: _Tables
    fits: FitTables


@dataclass(frozen=True, repr=False)
class _Tables:
    """Values per superpixel: (n, 2) residuals in px, (n, 2) how far they stand out from the
    background and match it, (n, codes) colour counts, (n,) border pixels; (m,) flow differences
    between neighbours, and the usual edge and flow difference; (n, 2 k) flow in px, and (n,) the
    share of consistent flow."""

    residuals: Floats
    known: Floats
    colours: Floats
    border: Floats
    flow_edges: Floats
    usual_edge: float
    usual_flow_edge: float
    motion: Floats
    consistent: Floats


def read_scene(context: FrameContext) -> RegionScene:
    """Compute superpixels, hierarchies and motion maps of a frame."""
    graph = superpixel_graph(context.new.lab)
    shape = context.new.grey.shape
    fields = [pair.field for pair in context.neighbours]
    motion = np.concatenate([np.zeros((*shape, 0), np.float32), *fields], axis=-1)
    residuals = _residuals(context)
    odds = [np.asarray(context.drift + bias, np.float32) for bias in _CUT_BIASES]
    moving = [min_cut(o, context.new.axes) for o in odds] if fields else []
    moving += _foreign(context.background)
    colours = graph.mean(context.new.lab.astype(np.float32) * LAB_WEIGHTS)
    mean_motion = graph.mean(motion) if fields else np.zeros((graph.count, 0), np.float32)
    trees = [build_tree(graph, colours, mean_motion, weights) for weights in TREES]
    tables = _tables(context, graph, mean_motion, residuals)
    cuts = np.array(moving, np.bool_).reshape(-1, *shape)
    fits = fit_tables(context, graph, tables.colours)
    return RegionScene(graph, tuple(trees), motion, residuals, cuts, tables, fits)


def _residuals(context: FrameContext) -> Floats:
    shape = context.new.grey.shape
    each = []
    for pair in context.neighbours:
        layers = background_layers(pair.field, pair.consistent)
        errors = [np.sqrt(((pair.field - layer) ** 2).sum(axis=-1)) for layer in layers]
        each.append(np.stack([errors[0], np.minimum.reduce(errors)]))
    if not each:
        return np.zeros((2, *shape), np.float32)
    return np.asarray((np.mean(each, axis=0) + np.min(each, axis=0)) / 2, np.float32)


def _foreign(background: BackgroundEvidence) -> list[Bools]:
    """Return (H, W) bool areas that differ from the background; none if it is unknown."""
    if not background.matches.any():
        return []
    clear = cv2.blur(background.stands_out, (5, 5))
    match = cv2.blur(background.matches, (5, 5))
    return [
        *(_smooth(np.asarray(clear > limit)) for limit in _OUT_LIMITS),
        *(_smooth(np.asarray(match < limit * float(match.mean()))) for limit in _MATCH_LIMITS),
    ]


def _tables(
    context: FrameContext, graph: SuperpixelGraph, motion: Floats, residuals: Floats
) -> _Tables:
    limited = np.minimum(residuals, _MAX_RESIDUAL_PX).transpose(1, 2, 0)
    index = graph.labels.ravel() * context.codes + context.new.codes.ravel()
    counts = np.bincount(index, minlength=graph.count * context.codes)
    border = np.zeros(graph.labels.shape, np.bool_)
    border[[0, -1]], border[:, [0, -1]] = True, True
    difference = motion[graph.first] - motion[graph.second]
    flow_edges = np.sqrt((difference**2).sum(axis=-1)).astype(np.float32)
    consistent = np.ones(graph.labels.shape, np.float32)
    for pair in context.neighbours:
        consistent = np.minimum(consistent, pair.consistent.astype(np.float32))
    return _Tables(
        graph.mean(limited),
        graph.mean(np.dstack([context.background.stands_out, context.background.matches])),
        counts.reshape(graph.count, context.codes).astype(np.float32),
        np.bincount(graph.labels[border], minlength=graph.count).astype(np.float32),
        flow_edges,
        float(graph.edges.mean() + np.percentile(graph.edges, 90)) + 1e-3,
        float(flow_edges.mean() + np.percentile(flow_edges, 90)) + 1e-3,
        motion,
        graph.mean(consistent)[:, 0],
    )


def candidates_at(scene: RegionScene, x: int, y: int) -> Bools:
    """Return the candidates that contain a pixel, as (count, n) bool over the superpixels."""
    leaf = int(scene.graph.labels[y, x])
    found = [scene.graph.majority(mask) for mask in _moving_regions(scene, x, y)]
    found += regions_around(scene.fits, leaf)
    for parents in scene.trees:
        found += nested_regions(parents, scene.graph.count, leaf)
    every = np.array(found, np.bool_)
    every[:, leaf] = True
    regions = _distinct(every, scene.graph.sizes)
    tidied = _tidied(scene, regions)
    tidied[:, leaf] = True
    return _distinct(np.concatenate([tidied, regions]), scene.graph.sizes)


def _tidied(scene: RegionScene, regions: Bools) -> Bools:
    """Fit the outlines of (count, n) bool regions to the colours, within a few superpixels.

    Motion reaches over the outline of an object into smooth surroundings; colours tell them apart.
    """
    graph = scene.graph
    loose = graph.dilated(regions, _TIDY_HOPS) & graph.dilated(~regions, _TIDY_HOPS)
    around = graph.dilated(regions, 2 * _TIDY_HOPS)
    prior = np.where(regions, _TIDY_PRIOR, -_TIDY_PRIOR)
    shares = scene.tables.colours / np.maximum(scene.tables.colours.sum(axis=1)[:, None], 1)
    found = regions
    for _ in range(_TIDY_ROUNDS):
        odds = _colour_odds(scene, found, around & ~found) @ shares.T
        votes = graph.beside(2.0 * found - 1.0)
        found = np.where(loose, odds + _TIDY_VOTES * votes + prior > 0, regions)
    return np.asarray(found)


def _colour_odds(scene: RegionScene, inside: Bools, outside: Bools) -> Floats:
    """Return (count, codes) log-odds of each colour, from the superpixels of two sets."""
    front, back = (
        part.astype(np.float32) @ scene.tables.colours + _FLOOR * 100 for part in (inside, outside)
    )
    front /= front.sum(axis=1, keepdims=True)
    back /= back.sum(axis=1, keepdims=True)
    return np.asarray(np.log((front + _FLOOR) / (back + _FLOOR)), np.float32)


def _moving_regions(scene: RegionScene, x: int, y: int) -> list[Bools]:
    """Return (H, W) bool regions at a pixel that move alike, or otherwise than the background."""
    regions = [_component(mask, x, y) for mask in scene.moving]
    if not scene.motion.shape[-1]:
        return regions
    height, width = scene.graph.labels.shape
    rows = slice(max(0, y - _NEAR_PX), min(height, y + _NEAR_PX + 1))
    columns = slice(max(0, x - _NEAR_PX), min(width, x + _NEAR_PX + 1))
    for residual in scene.residuals:
        here = float(np.median(residual[rows, columns]))
        limits = [*_RESIDUALS_PX, *(share * here for share in _RESIDUAL_SHARES)]
        regions += [_component(_smooth(residual > limit), x, y) for limit in limits if limit > 0.12]
    there = scene.motion[rows, columns].reshape(-1, scene.motion.shape[-1])
    difference = scene.motion - np.median(there, axis=0)
    size = np.sqrt((difference.reshape(height, width, -1, 2) ** 2).sum(axis=-1)).mean(axis=-1)
    speed = max(0.3, float(scene.residuals[0, y, x]))
    limits = [*(share * speed for share in _ALIKE_SHARES), *_ALIKE_PX]
    return regions + [_component(_smooth(size < limit), x, y) for limit in limits]


def _smooth(mask: Bools) -> Bools:
    return np.asarray(cv2.medianBlur(mask.astype(np.uint8), 5) > 0)


def _component(mask: Bools, x: int, y: int) -> Bools:
    """Return the connected component of the mask and the 5 x 5 pixels at (x, y) that has them."""
    filled = mask.copy()
    filled[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3] = True
    seed = np.zeros_like(mask)
    seed[y, x] = True
    return components_touching(filled, seed)


def _distinct(regions: Bools, sizes: Floats) -> Bools:
    """Drop the regions that are too small or too large, and those that resemble an earlier one."""
    areas = regions @ sizes
    whole = float(sizes.sum())
    fits = (areas >= _MIN_SHARE * whole) & (areas <= _MAX_SHARE * whole)
    fits = fits if fits.any() else areas == areas.min()
    regions, areas = regions[fits], areas[fits]
    alike = overlaps(regions, sizes) > _SAME_OVERLAP
    kept: list[int] = []
    for i in range(len(regions)):
        if not alike[i, kept].any():
            kept.append(i)
    return regions[kept]


def overlaps(regions: Bools, sizes: Floats) -> Floats:
    """Return the (count, count) intersection over union of regions, (count, n) bool."""
    flat = regions.astype(np.float32)
    common, areas = (flat * sizes) @ flat.T, flat @ sizes
    return np.asarray(common / (areas[:, None] + areas[None] - common), np.float32)


def measurements(scene: RegionScene, regions: Bools) -> Floats:
    """Return (count, features) measurements of candidates, (count, n) bool over superpixels."""
    graph, tables = scene.graph, scene.tables
    flat = regions.astype(np.float32)
    wide = graph.dilated(regions, _RING_HOPS)
    ring = (wide & ~regions).astype(np.float32)
    area, ring_area = flat @ graph.sizes, np.maximum(ring @ graph.sizes, 1.0)
    cut = (regions[:, graph.first] != regions[:, graph.second]).astype(np.float32)
    outline = np.maximum(cut @ graph.lengths, 1.0)
    edge = (cut @ (graph.lengths * graph.edges)) / outline / tables.usual_edge
    flow_edge = (cut @ (graph.lengths * tables.flow_edges)) / outline / tables.usual_flow_edge
    inside = (flat * graph.sizes) @ tables.residuals / area[:, None]
    beside = (ring * graph.sizes) @ tables.residuals / ring_area[:, None]
    contrast = (inside - beside) / (inside + beside + 0.2)
    out_inside = (flat * graph.sizes) @ tables.known / area[:, None]
    out_beside = (ring * graph.sizes) @ tables.known / ring_area[:, None]
    usual_match = float(tables.known[:, 1] @ graph.sizes / graph.sizes.sum()) + 1e-3
    differs_inside, differs_beside = (
        np.stack([part[:, 0], np.minimum(part[:, 1] / usual_match, 2)])
        for part in (out_inside, out_beside)
    )
    covered = (
        area[:, None]
        * inside
        / np.maximum(area[:, None] * inside + ring_area[:, None] * beside, 1e-3)
        - (area / (area + ring_area))[:, None]
    )
    front, back = flat @ tables.colours, ring @ tables.colours
    front /= np.maximum(front.sum(axis=1, keepdims=True), 1)
    back /= np.maximum(back.sum(axis=1, keepdims=True), 1)
    colour = 1 - np.sqrt(front * back).sum(axis=1)
    shares = tables.colours / np.maximum(tables.colours.sum(axis=1)[:, None], 1)
    odds = np.clip(_colour_odds(scene, regions, wide & ~regions) @ shares.T, -2, 2) * graph.sizes
    wrong_inside = (np.minimum(odds, 0) * flat).sum(axis=1) / area
    wrong_beside = (np.maximum(odds, 0) * ring).sum(axis=1) / ring_area
    consistent = (flat * graph.sizes) @ tables.consistent / area
    size = np.log(area / graph.sizes.sum())
    agree = overlaps(regions, graph.sizes).mean(axis=1)
    columns = [
        np.ones_like(size), size, size**2, (flat @ tables.border) / outline,
        edge, np.minimum(flow_edge, 3), colour, *inside.T, *contrast.T, *covered.T, agree,
        outline / np.sqrt(area), edge * colour, *(contrast.T * np.minimum(flow_edge, 3)),
        *(contrast.T * colour), *(contrast.T * np.minimum(inside.T, 1)), *(contrast.T * edge),
        agree * size, wrong_inside, wrong_beside,
        *differs_inside, *differs_beside, *(differs_inside - differs_beside),
        differs_inside[1] ** 2, (differs_inside[1] - differs_beside[1]) * edge,
        _motion_spread(flat * graph.sizes, area, tables.motion),
        consistent, consistent - (ring * graph.sizes) @ tables.consistent / ring_area,
    ]  # fmt: skip
    return np.stack(columns, axis=-1).astype(np.float32)


def _motion_spread(weights: Floats, area: Floats, motion: Floats) -> Floats:
    """Return how much the flow varies inside each region, (count,), as the logarithm of 1 + px.

    weights: (count, n) pixels of each superpixel in a region; area: their sums.
    """
    if not motion.shape[1]:
        return np.zeros(len(area), np.float32)
    mean, square = (weights @ values / area[:, None] for values in (motion, motion**2))
    spread = np.sqrt(np.maximum(square - mean**2, 0).sum(axis=1))
    return np.asarray(np.log1p(spread), np.float32)


def likelihoods(scene: RegionScene, regions: Bools) -> Floats:
    """Predict the overlap of each candidate with the true object, roughly 0 to 1."""
    return np.asarray(measurements(scene, regions) @ WEIGHTS, np.float32)
