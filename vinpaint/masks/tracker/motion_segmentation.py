"""Motion segmentation: the background's motion by homographies, and pixels that deviate from it."""

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
_RANSAC_PX = 1.0
_MIN_SAMPLES = 24
_MAX_LAYERS = 3
_MIN_LAYER_SHARE = 0.08
_MIN_CORE_PX = 20
_FLOW_NOISE_PX = 0.6
_SMOOTH_SIGMA_PX = 10.0
_OUTLIERS_FRONT, _OUTLIERS_BACK = 0.03, 0.03
_UNKNOWN_DENSITY = 0.15
"""Density of any flow on an object whose motion is not known."""
_INCONSISTENT_WEIGHT, _MIN_CONSISTENCY = 0.2, 0.02
"""Weights of flow that fails the forward-backward test: in the odds, and in the object's motion."""
_MIN_DIFFERENCE = 0.002
_GATE_START, _GATE_WIDTH = 4.0, 12.0
"""Lab difference that is noise, and the further difference that makes moving pixels certain."""

Matrix = NDArray[np.float64]


def background_layers(field: Floats, background: Bools) -> list[Floats]:
    """Return one to three (H, W, 2) flows, each of one homography, that explain the background.

    field: (H, W, 2) flow; background: (H, W) bool, where it may be sampled. Each further layer is
    fitted to the samples that the earlier ones leave, if they are a large enough share. RANSAC with
    a fixed seed.
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
    """Fit one 3x3 homography to a flow; `consistent`: (H, W) bool, where the flow is reliable."""
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
    depth = a[2, 0] * x + a[2, 1] * y + a[2, 2]
    depth = np.where(np.abs(depth) < 1e-3, 1e-3, depth)
    moved_x = (a[0, 0] * x + a[0, 1] * y + a[0, 2]) / depth
    moved_y = (a[1, 0] * x + a[1, 1] * y + a[1, 2]) / depth
    return np.stack([moved_x - x, moved_y - y], axis=-1).astype(np.float32)


def smooth_flow(field: Floats, weight: Floats, sigma_px: float) -> Floats:
    """Smooth an (H, W, 2) flow under (H, W) weights, and extend it beyond them.

    Normalised convolution (Knutsson and Westin, 1993); far from all weight the overall mean.
    """
    total = cv2.GaussianBlur(weight, (0, 0), sigma_px)
    mean = cv2.GaussianBlur(field * weight[..., None], (0, 0), sigma_px)
    whole = float(weight.sum())
    share = float(weight.max()) + 1e-9
    if whole > 0:
        everywhere = (field * weight[..., None]).sum(axis=(0, 1)) / whole
        mean = mean + 1e-2 * share * everywhere
    return np.asarray(mean / (total + 1e-2 * share)[..., None], np.float32)


@dataclass(frozen=True, repr=False)
class MotionEvidence:
    """The motion of object and background, (H, W, 2) flows, and the (H, W) log-odds they give."""

    object: Floats
    background: Floats
    odds: Floats


def motion_evidence(new: FrameFeatures, pair: FlowPair, inside: Bools) -> MotionEvidence:
    """Separate object and background by motion. `inside`: (H, W) bool, the approximate object.

    A pixel's flow is weighed under both motions, each a Gaussian with a share of outliers. Flow
    bleeds over the object's outline into smooth surroundings, so a pixel counts for the object
    only if the background's motion fails to explain its colour as well.
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
    """Return (H, W) log-odds that a pixel does not move with the background; no object is known.

    `excluded`: (H, W) bool, pixels that the background's motion is not fitted to.
    """
    layers = background_layers(pair.field, pair.consistent & ~excluded)
    error = _background_error(pair.field, layers)
    density = _OUTLIERS_BACK + (1 - _OUTLIERS_BACK) * np.exp(-error / (2 * _FLOW_NOISE_PX**2))
    return _gated(np.log(_UNKNOWN_DENSITY / density), new, pair, layers)


def _background_error(field: Floats, layers: Sequence[Floats]) -> Floats:
    """(H, W) squared pixels to the nearest layer."""
    return np.asarray(np.minimum.reduce([_squared_distance(field, layer) for layer in layers]))


def _gated(odds: Floats, new: FrameFeatures, pair: FlowPair, layers: Sequence[Floats]) -> Floats:
    """Weaken odds of inconsistent flow, and positive odds where a layer explains the colour."""
    odds = odds * np.where(pair.consistent, 1.0, _INCONSISTENT_WEIGHT)
    unexplained = np.minimum.reduce([_colour_error(new, pair.other, layer) for layer in layers])
    gate = np.clip((unexplained - _GATE_START) / _GATE_WIDTH, 0, 1)
    return np.where(odds > 0, odds * gate, odds).astype(np.float32)


def _core(inside: Bools) -> Floats:
    """The object without its outline, where flow is mixed; all of it if too little is left."""
    core = erode_square(inside, 1)
    return (core if core.sum() >= _MIN_CORE_PX else inside).astype(np.float32)


def _squared_distance(first: Floats, second: Floats) -> Floats:
    """(H, W) squared pixels between two flows."""
    return np.asarray(((first - second) ** 2).sum(axis=-1), np.float32)


def _colour_error(new: FrameFeatures, other: FrameFeatures, field: Floats) -> Floats:
    """(H, W) difference of the colours at both ends of a flow."""
    error = cv2.absdiff(new.lab, np.asarray(flow.warp(other.lab, field))).astype(np.float32)
    return np.asarray(cv2.blur(error @ LAB_WEIGHTS, (3, 3)), np.float32)
