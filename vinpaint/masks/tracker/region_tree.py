"""A hierarchy of regions: neighbouring superpixels are merged by colour, edges and motion.

Pairs that are each other's most similar neighbour are merged in every round, until one region is
left (mutual nearest neighbours; Benzécri, 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.masks.tracker.superpixels import Labels, SuperpixelGraph, merge_pairs

_SIZE_POWER = 0.35
"""Exponent of the smaller region's size in the cost of a merge; small regions merge first."""
_FLOW_NOISE_PX = 0.5
_MAX_MOTION = 40.0
"""Limit of the difference in motion, in multiples of the noise."""


@dataclass(frozen=True)
class MergeWeights:
    """Weights of the difference in colour, in motion, and of the edge between two regions."""

    colour: float
    motion: float
    edge: float


def build_tree(
    graph: SuperpixelGraph, colours: Floats, motion: Floats, weights: MergeWeights
) -> Labels:
    """Merge superpixels to one region; return the parent of every region, -1 for the root.

    Regions 0 to n - 1 are the superpixels. colours: (n, 3) weighted Lab; motion: (n, 2 k), the flow
    to k frames in pixels.
    """
    count = graph.count
    parents = np.full(2 * count - 1, -1, np.int32)
    means = np.zeros((2 * count - 1, colours.shape[1] + motion.shape[1]), np.float32)
    sizes = np.zeros(2 * count - 1, np.float32)
    means[:count], sizes[:count] = np.concatenate([colours, motion], axis=1), graph.sizes
    first, second, lengths, edges = graph.first, graph.second, graph.lengths, graph.edges
    made = count
    while len(first):
        difference = means[first] - means[second]
        cost = weights.colour * np.sqrt((difference[:, :3] ** 2).sum(axis=-1))
        cost += weights.motion * _motion_difference(difference[:, 3:]) + weights.edge * edges
        cost *= np.minimum(sizes[first], sizes[second]) ** _SIZE_POWER
        one, other = _mutual(first, second, cost, made)
        new = np.arange(made, made + len(one), dtype=np.int32)
        parents[one], parents[other] = new, new
        sizes[new] = sizes[one] + sizes[other]
        total = means[one] * sizes[one, None] + means[other] * sizes[other, None]
        means[new] = total / sizes[new, None]
        made += len(one)
        moved = np.arange(made, dtype=np.int32)
        moved[one], moved[other] = new, new
        first, second = moved[first], moved[second]
        separate = first != second
        first, second, lengths, edges = merge_pairs(
            first[separate], second[separate], lengths[separate], edges[separate], made
        )
    return parents[:made]


def _motion_difference(difference: Floats) -> Floats:
    if not difference.shape[1]:
        return np.zeros(len(difference), np.float32)
    size = np.sqrt((difference.reshape(len(difference), -1, 2) ** 2).sum(axis=-1))
    return np.asarray(np.minimum(size / _FLOW_NOISE_PX, _MAX_MOTION).mean(axis=-1), np.float32)


def _mutual(first: Labels, second: Labels, cost: Floats, count: int) -> tuple[Labels, Labels]:
    """Return the pairs that are each other's cheapest neighbours; no region is in two of them."""
    order = np.lexsort((second, first, cost))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(count, len(order), np.int64)
    np.minimum.at(best, first, rank)
    np.minimum.at(best, second, rank)
    mutual = (rank == best[first]) & (rank == best[second])
    return first[mutual], second[mutual]


def nested_regions(parents: Labels, count: int, leaf: int) -> list[Bools]:
    """Return the regions that contain a superpixel, smallest first, as (count,) bool each."""
    chain = [leaf]
    while parents[chain[-1]] >= 0:
        chain.append(int(parents[chain[-1]]))
    joined = np.full(len(parents), len(chain), np.int32)
    joined[chain] = np.arange(len(chain))
    # Parents have higher numbers than their children, so one pass from the root is enough.
    for region in range(len(parents) - 1, -1, -1):
        if joined[region] == len(chain):
            joined[region] = joined[parents[region]]
    return [joined[:count] <= step for step in range(len(chain))]
