"""How the background moves, and what moves otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.masks.tracker.frame_features import Look, Sight

_STEP_PX = 6
_RANSAC_PX = 1.0
_FEWEST_SAMPLES = 24
_MOST_LAYERS = 3
_LAYER_SHARE = 0.08
_FEWEST_CORE_PX = 20
_FLOW_NOISE_PX = 0.6
_SPREAD_PX = 10.0
_OUTLIERS_FRONT, _OUTLIERS_BACK = 0.03, 0.03
_DRIFTING = 0.15
"""How likely any flow at all is on an object of which nothing is known."""
_BAD_SHARE = 0.2
"""So much does flow count that does not lead back to where it began."""
_BAD_SHARE_CARRY = 0.02
_LEAST_AWAY = 0.002
_GATE_START, _GATE_WIDTH = 4.0, 12.0
"""Steps of colour that noise makes, and that make a pixel's motion certain."""
_LAB_WEIGHTS = np.array([0.6, 1.0, 1.0], np.float32)

Matrix = NDArray[np.float64]


def background_layers(field: Floats, background: Bools) -> list[Floats]:
    """One to three (H, W, 2) flows, each by one homography, that explain the background.

    field: (H, W, 2) flow; background: (H, W) bool, where it may be sampled. A second and a third
    layer are fitted to what is left over, where that is a good part of the whole. RANSAC, seeded.
    """
    height, width = background.shape
    x, y = flow.grid(height, width)
    at = np.zeros_like(background)
    at[_STEP_PX // 2 :: _STEP_PX, _STEP_PX // 2 :: _STEP_PX] = True
    at &= background
    start, move = np.stack([x[at], y[at]], axis=-1), field[at]
    fewest = max(_FEWEST_SAMPLES, _LAYER_SHARE * len(start))
    if len(start) < _FEWEST_SAMPLES:
        centre = np.median(field[background], axis=0) if background.any() else np.zeros(2)
        return [np.broadcast_to(centre.astype(np.float32), field.shape)]
    layers: list[Floats] = []
    while len(layers) < _MOST_LAYERS and (not layers or len(start) > fewest):
        matrix = _homography(start, start + move)
        layers.append(_moved(matrix, x, y))
        near = ((_moved(matrix, start[:, 0], start[:, 1]) - move) ** 2).sum(axis=-1)
        left = near > (2 * _RANSAC_PX) ** 2
        if len(layers) > 1 and (~left).sum() < fewest:
            layers.pop()
            break
        start, move = start[left], move[left]
    return layers


def dominant_motion(field: Floats, good: Bools) -> Matrix:
    """The 3x3 homography that most of a flow follows; `good`: (H, W) bool, where it is sure."""
    x, y = flow.grid(*good.shape)
    at = np.zeros_like(good)
    at[_STEP_PX // 2 :: _STEP_PX, _STEP_PX // 2 :: _STEP_PX] = True
    at &= good
    start = np.stack([x[at], y[at]], axis=-1)
    return _homography(start, start + field[at]) if len(start) >= _FEWEST_SAMPLES else np.eye(3)


def _homography(start: Floats, stop: Floats) -> Matrix:
    cv2.setRNGSeed(7)
    found, _ = cv2.findHomography(start, stop, cv2.RANSAC, _RANSAC_PX, maxIters=500)
    if found is None:
        found = np.eye(3)
        found[:2, 2] = np.median(stop - start, axis=0)
    return np.asarray(found, np.float64)


def _moved(matrix: Matrix, x: Floats, y: Floats) -> Floats:
    a = matrix.astype(np.float32)
    depth = a[2, 0] * x + a[2, 1] * y + a[2, 2]
    depth = np.where(np.abs(depth) < 1e-3, 1e-3, depth)
    moved_x = (a[0, 0] * x + a[0, 1] * y + a[0, 2]) / depth
    moved_y = (a[1, 0] * x + a[1, 1] * y + a[1, 2]) / depth
    return np.stack([moved_x - x, moved_y - y], axis=-1).astype(np.float32)


def spread(field: Floats, weight: Floats, sigma_px: float) -> Floats:
    """(H, W, 2): the field's local mean under `weight` (H, W), reaching past its edge."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma_px)
    mean = cv2.GaussianBlur(field * weight[..., None], (0, 0), sigma_px)
    whole = float(weight.sum())
    share = float(weight.max()) + 1e-9
    if whole > 0:  # far away the blur has nothing left: fall back on the mean of all
        everywhere = (field * weight[..., None]).sum(axis=(0, 1)) / whole
        mean = mean + 1e-2 * share * everywhere
    return np.asarray(mean / (total + 1e-2 * share)[..., None], np.float32)


@dataclass(frozen=True, repr=False)
class Motion:
    """How object and background move, (H, W, 2) each, and the (H, W) log-odds that this gives."""

    object: Floats
    background: Floats
    odds: Floats


def judge_motion(new: Look, seen: Sight, inside: Bools) -> Motion:
    """What moves with the object, and what with the background; `inside`: (H, W), about where.

    A pixel's flow is weighed under both motions, each a Gaussian with a share of outliers; more of
    them for the object, whose limbs go their own ways. Flow bleeds over the object's outline into
    smooth surroundings, so a pixel speaks for the object only where the background's motion fails
    to explain its *colour* as well.
    """
    behind = ~grown(inside, 4) & seen.good
    layers = background_layers(seen.field, behind)
    error_back = np.minimum.reduce([_gap(seen.field, layer) for layer in layers])
    away = 1 - np.exp(-error_back / (2 * _FLOW_NOISE_PX**2))
    weight = _core(inside) * (_BAD_SHARE_CARRY + seen.good) * (_LEAST_AWAY + away)
    front = spread(seen.field, weight.astype(np.float32), _SPREAD_PX)
    noise = 2 * _FLOW_NOISE_PX**2 + 0.02 * _gap(layers[0], front)
    like_front = _OUTLIERS_FRONT + (1 - _OUTLIERS_FRONT) * np.exp(-_gap(seen.field, front) / noise)
    like_back = _OUTLIERS_BACK + (1 - _OUTLIERS_BACK) * np.exp(-error_back / noise)
    odds = np.log(like_front / like_back) * np.where(seen.good, 1.0, _BAD_SHARE)
    unexplained = np.minimum.reduce([_colour_gap(new, seen.other, layer) for layer in layers])
    gate = np.clip((unexplained - _GATE_START) / _GATE_WIDTH, 0, 1)
    odds = np.where(odds > 0, odds * gate, odds)
    return Motion(front, layers[0], odds.astype(np.float32))


def judge_drift(new: Look, seen: Sight, about: Bools) -> Floats:
    """(H, W) log-odds that a pixel moves otherwise than the background, with no object known yet.

    `about`: (H, W) bool, pixels from which the background's motion is not learnt.
    """
    layers = background_layers(seen.field, seen.good & ~about)
    error = np.minimum.reduce([_gap(seen.field, layer) for layer in layers])
    like = _OUTLIERS_BACK + (1 - _OUTLIERS_BACK) * np.exp(-error / (2 * _FLOW_NOISE_PX**2))
    odds = np.log(_DRIFTING / like) * np.where(seen.good, 1.0, _BAD_SHARE)
    unexplained = np.minimum.reduce([_colour_gap(new, seen.other, layer) for layer in layers])
    gate = np.clip((unexplained - _GATE_START) / _GATE_WIDTH, 0, 1)
    return np.asarray(np.where(odds > 0, odds * gate, odds), np.float32)


def _core(inside: Bools) -> Floats:
    """The object without its rim, where flow is mixed; all of it where nothing else is left."""
    core = np.asarray(cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)))
    kept = core if core.sum() >= _FEWEST_CORE_PX else inside
    return kept.astype(np.float32)


def _gap(first: Floats, second: Floats) -> Floats:
    """(H, W) squared pixels between two flows."""
    return np.asarray(((first - second) ** 2).sum(axis=-1), np.float32)


def _colour_gap(new: Look, other: Look, field: Floats) -> Floats:
    """(H, W) how far the colours at both ends of a flow are apart."""
    gap = cv2.absdiff(new.lab, np.asarray(flow.warp(other.lab, field))).astype(np.float32)
    return np.asarray(cv2.blur(gap @ _LAB_WEIGHTS, (3, 3)), np.float32)


def grown(mask: Bools, radius_px: int) -> Bools:
    """The mask dilated by a square, which is quick."""
    kernel = np.ones((2 * radius_px + 1, 2 * radius_px + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel)) > 0
