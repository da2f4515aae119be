"""Motion segmentation: model the background's motion, and find pixels that deviate from it.

The background is modelled by up to three layers, each moving by one homography.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square, erode_square
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS
from vinpaint.masks.tracker.frame_features import FlowPair, FrameFeatures

_STEP_PX = 6
"""Spacing of the flow vectors to which homographies are fitted."""
_RANSAC_PX = 1.0
_MIN_SAMPLES = 24
_MAX_LAYERS = 3
_MIN_LAYER_SHARE = 0.08
"""Minimum share of all samples that a further layer explains."""
_MIN_CORE_PX = 20
_FLOW_NOISE_PX = 0.6
"""Standard deviation of the flow."""
_SMOOTH_SIGMA_PX = 10.0
"""Sigma of the Gaussian that smooths the object's motion."""
_SMOOTH_STEP = 4
"""The object's motion is smoothed at this fraction of the size."""
_OUTLIERS_FRONT, _OUTLIERS_BACK = 0.03, 0.03
"""Share of vectors on the object and on the background that its motion does not explain."""
_UNKNOWN_DENSITY = 0.15
"""Density of every flow vector on an object whose motion is unknown."""
_INCONSISTENT_WEIGHT, _MIN_CONSISTENCY = 0.2, 0.02
"""Weights of flow that fails the forward-backward test, in the odds and in the object's motion."""
_MIN_DIFFERENCE = 0.002
"""Minimum weight in the object's motion, for vectors that agree with the background."""
_GATE_START, _GATE_WIDTH = 4.0, 12.0
"""Difference in Lab up to which colours count as equal, and the range above it over which positive
odds grow to their full value."""

Matrix = NDArray[np.float64]


def background_layers(field: Floats, background: Bools) -> list[Floats]:
    """Fit the motion of the background in layers; return one to three (H, W, 2) flows.

    Each layer is the flow of a homography, fitted by RANSAC. A further layer is fitted to the
    samples that the earlier ones do not explain, if there are enough. With too few samples, the
    result is a single layer with the median flow.

    field: (H, W, 2) flow; background: (H, W) bool, the pixels that may be sampled. The result is
    deterministic.
    """
    x, y = flow.grid(*background.shape)
    start, move = _samples(field, background)
    enough = max(_MIN_SAMPLES, _MIN_LAYER_SHARE * len(start))
    if len(start) < _MIN_SAMPLES:
        centre = np.median(field[background], axis=0) if background.any() else np.zeros(2)
        return [np.broadcast_to(centre.astype(np.float32), field.shape)]
    layers: list[Floats] = []
    while len(layers) < _MAX_LAYERS and (not layers or len(start) > enough):
        matrix = _homography(start, start + move)
        layers.append(_homography_flow(matrix, x, y))
        residual = _homography_flow(matrix, start[:, 0], start[:, 1]) - move
        left = (residual**2).sum(axis=-1) > (2 * _RANSAC_PX) ** 2
        if len(layers) > 1 and (~left).sum() < enough:
            layers.pop()
            break
        start, move = start[left], move[left]
    return layers


def dominant_motion(field: Floats, consistent: Bools) -> Matrix:
    """Fit one homography to a flow; return (3, 3) float64, the identity if there are few samples.

    field: (H, W, 2) flow; consistent: (H, W) bool, the pixels that may be sampled.
    """
    start, move = _samples(field, consistent)
    return _homography(start, start + move) if len(start) >= _MIN_SAMPLES else np.eye(3)


def _samples(field: Floats, region: Bools) -> tuple[Floats, Floats]:
    """Return (positions, vectors), (n, 2) each, on a regular grid inside the region."""
    x, y = flow.grid(*region.shape)
    grid = np.zeros_like(region)
    grid[_STEP_PX // 2 :: _STEP_PX, _STEP_PX // 2 :: _STEP_PX] = True
    grid &= region
    return np.stack([x[grid], y[grid]], axis=-1), field[grid]


def _homography(start: Floats, stop: Floats) -> Matrix:
    cv2.setRNGSeed(7)
    matrix, _ = cv2.findHomography(start, stop, cv2.RANSAC, _RANSAC_PX, maxIters=500)
    if matrix is None:
        matrix = np.eye(3)
        matrix[:2, 2] = np.median(stop - start, axis=0)
    return np.asarray(matrix, np.float64)


def _homography_flow(matrix: Matrix, x: Floats, y: Floats) -> Floats:
    a = matrix.astype(np.float32)
    depth = a[2, 0] * x + (a[2, 1] * y + a[2, 2])
    depth[np.abs(depth) < 1e-3] = 1e-3
    moved = np.empty((*depth.shape, 2), np.float32)
    moved[..., 0] = (a[0, 0] * x + (a[0, 1] * y + a[0, 2])) / depth - x
    moved[..., 1] = (a[1, 0] * x + (a[1, 1] * y + a[1, 2])) / depth - y
    return moved


def smooth_flow(field: Floats, weight: Floats, sigma_px: float) -> Floats:
    """Smooth a flow under weights, and extrapolate it to pixels without weight.

    Normalised convolution (Knutsson and Westin, 1993), at a fraction of the size. Far from all
    pixels with weight, the result is the weighted mean of the whole flow.

    field: (H, W, 2) flow; weight: (H, W) float32; sigma_px: sigma of the Gaussian.
    """
    height, width = weight.shape
    size = -(-width // _SMOOTH_STEP), -(-height // _SMOOTH_STEP)
    moment = np.dstack([field[..., 0] * weight, field[..., 1] * weight, weight])
    whole = moment.sum(axis=(0, 1))
    small = cv2.resize(moment, size, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma_px / _SMOOTH_STEP)
    least = 1e-2 * (float(weight.max()) + 1e-9)
    mean, total = blurred[..., :2], blurred[..., 2:]
    if whole[2] > 0:
        mean = mean + np.float32(least) * whole[:2] / whole[2]
    smooth = (mean / (total + np.float32(least))).astype(np.float32)
    return np.asarray(cv2.resize(smooth, (width, height)), np.float32)


@dataclass(frozen=True, repr=False)
class MotionEvidence:
    """Motion of object and background.

    object, background: (H, W, 2) flows; odds: (H, W) log-odds that a pixel belongs to the object.
    """

    object: Floats
    background: Floats
    odds: Floats


def motion_evidence(new: FrameFeatures, pair: FlowPair, inside: Bools) -> MotionEvidence:
    """Separate object and background by their motion.

    The likelihood of each flow vector is computed under both motions, as a Gaussian with a share of
    outliers. Flow bleeds over the object's outline into smooth surroundings, so odds in favour of
    the object are weakened where the background's motion explains the colour of the pixel.

    new: features of the frame; pair: flow from it to another frame; inside: (H, W) bool, the
    approximate object.
    """
    layers = background_layers(pair.field, ~dilate_square(inside, 4) & pair.consistent)
    back_error = _background_error(pair.field, layers)
    differs = 1 - np.exp(-back_error / (2 * _FLOW_NOISE_PX**2))
    weight = _core(inside) * (_MIN_CONSISTENCY + pair.consistent) * (_MIN_DIFFERENCE + differs)
    front = smooth_flow(pair.field, weight.astype(np.float32), _SMOOTH_SIGMA_PX)
    noise = 2 * _FLOW_NOISE_PX**2 + 0.02 * _squared_distance(layers[0], front)
    front_error = _squared_distance(pair.field, front)
    front_density = _OUTLIERS_FRONT + (1 - _OUTLIERS_FRONT) * np.exp(-front_error / noise)
    back_density = _OUTLIERS_BACK + (1 - _OUTLIERS_BACK) * np.exp(-back_error / noise)
    odds = _gated(np.log(front_density / back_density), new, pair, layers)
    return MotionEvidence(front, layers[0], odds)


def independent_motion_odds(new: FrameFeatures, pair: FlowPair, excluded: Bools) -> Floats:
    """Return (H, W) log-odds that a pixel does not move with the background.

    Unlike `motion_evidence`, this needs no approximate object. `excluded`: (H, W) bool, pixels to
    which the background's motion is not fitted.
    """
    layers = background_layers(pair.field, pair.consistent & ~excluded)
    error = _background_error(pair.field, layers)
    density = _OUTLIERS_BACK + (1 - _OUTLIERS_BACK) * np.exp(-error / (2 * _FLOW_NOISE_PX**2))
    return _gated(np.log(_UNKNOWN_DENSITY / density), new, pair, layers)


def _background_error(field: Floats, layers: Sequence[Floats]) -> Floats:
    """Return the (H, W) squared distance of the flow to the nearest layer, in squared pixels."""
    return np.asarray(np.minimum.reduce([_squared_distance(field, layer) for layer in layers]))


def _gated(odds: Floats, new: FrameFeatures, pair: FlowPair, layers: Sequence[Floats]) -> Floats:
    """Weaken the odds of inconsistent flow, and positive odds where a layer explains the colour."""
    odds = odds * np.where(pair.consistent, 1.0, _INCONSISTENT_WEIGHT)
    unexplained = np.minimum.reduce([_colour_error(new, pair.other, layer) for layer in layers])
    gate = np.clip((unexplained - _GATE_START) / _GATE_WIDTH, 0, 1)
    return np.where(odds > 0, odds * gate, odds).astype(np.float32)


def _core(inside: Bools) -> Floats:
    """Return the object without its outline, where flow is mixed; all of it if little remains."""
    core = erode_square(inside, 1)
    return (core if core.sum() >= _MIN_CORE_PX else inside).astype(np.float32)


def _squared_distance(first: Floats, second: Floats) -> Floats:
    """Return the (H, W) squared distance between two flows, in squared pixels."""
    x, y = (first[..., i] - second[..., i] for i in (0, 1))
    return np.asarray(x * x + y * y, np.float32)


def _colour_error(new: FrameFeatures, other: FrameFeatures, field: Floats) -> Floats:
    """Return the (H, W) colour difference between both ends of a flow, in Lab."""
    error = cv2.absdiff(new.lab, flow.warp(other.lab, field)).astype(np.float32)
    return np.asarray(cv2.blur(error @ LAB_WEIGHTS, (3, 3)), np.float32)
