"""Superpixels of one frame: small regions of one colour, and the graph of neighbouring ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS

SPACING_PX = 6
"""Side of the grid cells that contain one superpixel seed each."""
_GRADIENT_SIGMA_PX, _COLOUR_SIGMA_PX = 1.0, 0.8
_FILL_ROUNDS = 4

Labels = NDArray[np.int32]
"""Indices of superpixels or of regions."""


@dataclass(frozen=True, repr=False)
class SuperpixelGraph:
    """Superpixels and their neighbourhood.

    grid: (rows, columns) of the seeds, one per superpixel, in row order; labels: (H, W) superpixel
    of every pixel; sizes: (n,) pixels; first, second: (m,) the two ends of each pair of neighbours;
    lengths: (m,) length of their common border in pixels; edges: (m,) mean colour gradient along
    it.
    """

    grid: tuple[int, int]
    labels: Labels
    sizes: Floats
    first: Labels
    second: Labels
    lengths: Floats
    edges: Floats

    @property
    def count(self) -> int:
        """Number of superpixels."""
        return len(self.sizes)

    def beside(self, values: Floats) -> Floats:
        """Return (k, n): for (k, n) values, their mean over the neighbours of each superpixel.

        The mean is weighted by the length of the common border, and less across strong edges.
        """
        into, start, out, weights = self._directed
        columns = np.ascontiguousarray(values.T, np.float32)  # reduced in one pass over the pairs
        sums = np.add.reduceat(columns[out] * weights[:, None], start, axis=0)
        total = np.zeros((self.count, len(values)), np.float32)
        total[into] = sums / np.maximum(np.add.reduceat(weights, start), 1e-6)[:, None]
        return np.ascontiguousarray(total.T)

    def dilated(self, regions: Bools, hops: int) -> Bools:
        """Add the neighbours of (k, n) bool regions, `hops` times."""
        into, start, out, _ = self._directed
        wider = np.ascontiguousarray(regions.T)
        for _ in range(hops):
            found = np.logical_or.reduceat(wider[out], start, axis=0)
            wider[into] |= found
        return np.ascontiguousarray(wider.T)

    @cached_property
    def _directed(self) -> tuple[Labels, Labels, Labels, Floats]:
        """Both directions of each pair, sorted by end: ends, their starts, origins, weights."""
        origin = np.concatenate([self.first, self.second])
        end = np.concatenate([self.second, self.first])
        strength = self.lengths * np.exp(-self.edges / max(float(self.edges.mean()), 1e-3))
        order = np.argsort(end, kind="stable")
        into, start = np.unique(end[order], return_index=True)
        weights = np.concatenate([strength, strength])[order].astype(np.float32)
        return into, start.astype(np.int32), origin[order], weights

    def mean(self, values: Floats) -> Floats:
        """Return the (n, channels) mean of (H, W, channels) values over each superpixel."""
        flat, index = values.reshape(self.labels.size, -1), self.labels.ravel()
        sums = [np.bincount(index, column, self.count) for column in flat.T]
        return (np.stack(sums, axis=-1) / self.sizes[:, None]).astype(np.float32)

    def majority(self, mask: Bools) -> Bools:
        """Return (n,) bool: the superpixels of which more than half lies in an (H, W) mask."""
        return np.asarray(self.mean(mask.astype(np.float32))[:, 0] > 0.5)


def superpixel_graph(lab: Frames) -> SuperpixelGraph:
    """Segment an (H, W, 3) uint8 Lab picture into superpixels by a watershed from regular seeds."""
    gradient = colour_gradient(lab)
    labels = _watershed(lab, gradient)
    height, width = gradient.shape
    grid = -(-height // SPACING_PX), -(-width // SPACING_PX)
    count = grid[0] * grid[1]
    pairs = ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:]))
    left, right = (np.concatenate([pair[k].ravel() for pair in pairs]) for k in (0, 1))
    strength = np.concatenate(
        [
            np.maximum(gradient[:, :-1], gradient[:, 1:]).ravel(),
            np.maximum(gradient[:-1], gradient[1:]).ravel(),
        ]
    )
    border = left != right
    first, second, lengths, edges = merge_pairs(
        left[border], right[border], np.ones(int(border.sum()), np.float32), strength[border], count
    )
    sizes = np.bincount(labels.ravel(), minlength=count).astype(np.float32)
    return SuperpixelGraph(grid, labels, np.maximum(sizes, 1), first, second, lengths, edges)


def colour_gradient(lab: Frames) -> Floats:
    """Return the (H, W) magnitude of the colour gradient, in weighted Lab per pixel."""
    smooth = cv2.GaussianBlur(lab.astype(np.float32) * LAB_WEIGHTS, (0, 0), _GRADIENT_SIGMA_PX)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, ksize=3) / 8 for dx in (1, 0))
    return np.asarray(np.sqrt((across**2 + down**2).sum(axis=-1)), np.float32)


def merge_pairs(
    first: Labels, second: Labels, lengths: Floats, edges: Floats, count: int
) -> tuple[Labels, Labels, Floats, Floats]:
    """Merge repeated pairs of indices below `count`: lengths are added, edges are averaged."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    keys, index = np.unique(low.astype(np.int64) * count + high, return_inverse=True)
    total = np.bincount(index, lengths).astype(np.float32)
    mean = np.bincount(index, edges * lengths) / np.maximum(total, 1e-6)
    pair = (keys // count).astype(np.int32), (keys % count).astype(np.int32)
    return *pair, total, mean.astype(np.float32)


def _watershed(lab: Frames, gradient: Floats) -> Labels:
    """Return (H, W) labels, the number of the grid cell of the seed: its flattest pixel."""
    height, width = gradient.shape
    rows, columns = -(-height // SPACING_PX), -(-width // SPACING_PX)
    padded = np.full((rows * SPACING_PX, columns * SPACING_PX), np.inf, np.float32)
    padded[:height, :width] = gradient
    cells = padded.reshape(rows, SPACING_PX, columns, SPACING_PX).transpose(0, 2, 1, 3)
    flattest = cells.reshape(rows, columns, -1).argmin(axis=-1)
    y = np.arange(rows)[:, None] * SPACING_PX + flattest // SPACING_PX
    x = np.arange(columns)[None] * SPACING_PX + flattest % SPACING_PX
    seeds = np.zeros((height, width), np.int32)
    seeds[y.ravel(), x.ravel()] = np.arange(1, rows * columns + 1)
    picture = np.ascontiguousarray(cv2.GaussianBlur(lab, (0, 0), _COLOUR_SIGMA_PX))
    cv2.watershed(picture, seeds)
    return (_fill_borders(seeds, picture) - 1).astype(np.int32)


def _fill_borders(labels: Labels, picture: Frames) -> Labels:
    """Give every border pixel (0 or less) the label of its most similar neighbour."""
    colours = picture.astype(np.int16)
    for _ in range(_FILL_ROUNDS):
        y, x = np.nonzero(labels <= 0)
        if not len(y):
            break
        best = np.full(len(y), np.iinfo(np.int32).max)
        found = np.zeros(len(y), np.int32)
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            ny = np.clip(y + dy, 0, labels.shape[0] - 1)
            nx = np.clip(x + dx, 0, labels.shape[1] - 1)
            distance = np.abs(colours[ny, nx] - colours[y, x]).sum(axis=-1)
            closer = (labels[ny, nx] > 0) & (distance < best)
            best[closer], found[closer] = distance[closer], labels[ny, nx][closer]
        labels[y, x] = found
    return np.maximum(labels, 1)
