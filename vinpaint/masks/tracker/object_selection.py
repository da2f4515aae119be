"""Choose the region that clicks mark, among the candidates at each click.

The first click chooses the likeliest candidate. A further click adds the candidate with which the
whole is likeliest, and a 'not this' click removes the one without which it is. The level of a click
steps through the nested candidates: 0 is the likeliest, positive levels are larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.masks.tracker.object_candidates import RegionScene, candidates_at, likelihoods
from vinpaint.masks.tracker.region_tree import nested_regions

MAX_LEVEL = 12
"""Greatest number of levels in each direction."""
_STEP_AREA = 1.25
"""Minimum ratio of the areas of two levels."""
_NESTED_SHARE = 0.9
"""Minimum share of a smaller level that lies inside a larger one."""
_NOT_PENALTY, _ADD_BONUS = 0.2, 0.1
"""What each covered piece of a 'not this' click, and each included click, changes in the
likelihood."""
_MAX_PIECE_SHARE = 0.02
"""Greatest share of the crop that the piece of a 'not this' click covers."""
_KEPT_SHARE = 0.8
"""Minimum share of a region that a 'not this' click leaves, except for its own superpixel."""
_MAX_GAIN = 1.2
"""Greatest area that a further click adds, as a share of the region before."""


class Mark(NamedTuple):
    """A click in working pixels."""

    x: int
    y: int
    level: int = 0


def choose_region(scene: RegionScene, adds: Sequence[Mark], nots: Sequence[Mark]) -> Bools:
    """Return the region that the clicks mark, (n,) bool over superpixels.

    adds: at least one click on the object; nots: 'not this' clicks.
    """
    first, *further = adds
    regions = candidates_at(scene, first.x, first.y)
    scores = likelihoods(scene, regions)
    for mark in nots:
        scores = scores - _NOT_PENALTY * _covered(scene, regions, _piece(scene, mark, adds))
    scores = scores + _ADD_BONUS * regions[:, _leaves(scene, further)].sum(axis=1)
    region = _levels(scene, regions, scores)[first.level]
    return correct_region(scene, region, further, nots, adds, nots)


class _Levels:
    """The nested candidates around the likeliest one, by level; levels past the ends repeat."""

    def __init__(self, regions: list[Bools], likeliest: int) -> None:
        self.regions, self.likeliest = regions, likeliest

    def __getitem__(self, level: int) -> Bools:
        return self.regions[min(max(self.likeliest + level, 0), len(self.regions) - 1)]


def _levels(scene: RegionScene, regions: Bools, scores: Floats) -> _Levels:
    sizes = scene.graph.sizes
    areas = regions @ sizes
    best = regions[int(scores.argmax())]
    chain = [best]
    for i in np.argsort(areas, kind="stable"):
        last = float(chain[-1] @ sizes)
        inside = float((regions[i] & chain[-1]) @ sizes) >= _NESTED_SHARE * last
        union = regions[i] | chain[-1]
        if inside and areas[i] >= _STEP_AREA * last and len(chain) <= MAX_LEVEL:
            chain.append(union)
    smaller: list[Bools] = []
    for i in np.argsort(-areas, kind="stable"):
        last_region = smaller[-1] if smaller else best
        common = regions[i] & last_region
        fits = float(common @ sizes) >= _NESTED_SHARE * areas[i]
        shrinks = float(common @ sizes) * _STEP_AREA <= float(last_region @ sizes)
        if fits and shrinks and len(smaller) < MAX_LEVEL:
            smaller.append(common)
    return _Levels([*smaller[::-1], *chain], len(smaller))


def correct_region(
    scene: RegionScene,
    region: Bools,
    adds: Sequence[Mark],
    nots: Sequence[Mark],
    every_add: Sequence[Mark],
    every_not: Sequence[Mark],
) -> Bools:
    """Add and remove parts of a region so that it agrees with clicks; return (n,) bool.

    every_add, every_not: all clicks on the object, whose superpixels stay in it, and all 'not this'
    clicks, whose superpixels stay out.
    """
    barred, held = _leaves(scene, every_not), _leaves(scene, every_add)
    for mark in adds:
        leaf = scene.graph.labels[mark.y, mark.x]
        if region[leaf] and not mark.level:
            continue
        options = candidates_at(scene, mark.x, mark.y)
        gains = (options & ~region) @ scene.graph.sizes
        limit = max(_MAX_GAIN * float(region @ scene.graph.sizes), float(gains.min()))
        allowed = ~options[:, barred].any(axis=1) & ((gains <= limit) | (mark.level > 0))
        options = options[allowed] if allowed.any() else options[options.sum(axis=1).argmin()][None]
        wholes = options | region
        region = _levels(scene, wholes, likelihoods(scene, wholes))[mark.level]
    for mark in nots:
        leaf = scene.graph.labels[mark.y, mark.x]
        if region[leaf] and leaf not in held:
            region = _without(scene, region, mark, every_add)
    return region


def _without(scene: RegionScene, region: Bools, mark: Mark, held: Sequence[Mark]) -> Bools:
    """Remove the part at a 'not this' click without which the region is likeliest."""
    options = candidates_at(scene, mark.x, mark.y)
    allowed = ~options[:, _leaves(scene, held)].any(axis=1)
    one = np.zeros(len(region), np.bool_)
    one[scene.graph.labels[mark.y, mark.x]] = True
    piece = _piece(scene, mark, held)
    rests = region & ~np.array([one, piece, *options[allowed]])
    most = _KEPT_SHARE * float(region @ scene.graph.sizes)
    rests = np.array([rests[0], *(r for r in rests[1:] if r @ scene.graph.sizes >= most)])
    if not rests.any(axis=1).all():
        return np.asarray(region & ~one)
    scores = likelihoods(scene, rests) - _NOT_PENALTY * _covered(scene, rests, piece)
    return np.asarray(rests[int(scores.argmax())])


def _piece(scene: RegionScene, mark: Mark, against: Sequence[Mark]) -> Bools:
    """Return the largest region of one colour at a click that contains none of `against`."""
    leaf = int(scene.graph.labels[mark.y, mark.x])
    barred = _leaves(scene, against)
    piece = np.zeros(scene.graph.count, np.bool_)
    piece[leaf] = True
    most = _MAX_PIECE_SHARE * float(scene.graph.sizes.sum())
    for region in nested_regions(scene.trees[0], scene.graph.count, leaf):
        if region[barred].any() or float(region @ scene.graph.sizes) > most:
            break
        piece = region
    return piece


def _covered(scene: RegionScene, regions: Bools, piece: Bools) -> Floats:
    """Return the (count,) share of a piece that each region covers."""
    weight = piece * scene.graph.sizes
    return np.asarray(regions @ weight / max(float(weight.sum()), 1.0), np.float32)


def _leaves(scene: RegionScene, marks: Sequence[Mark]) -> list[int]:
    return [int(scene.graph.labels[mark.y, mark.x]) for mark in marks]
