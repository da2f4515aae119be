"""Find parts of the object that the mask drops from one frame to the next, and takes up again.

The mask of a frame, moved by optical flow, should cover about what the mask of the next frame does.
What it covers beyond that was dropped. If the pixels there still have the object's colours and
motion, and are the same as before, then the object is still there. Taken up is the same, backwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.quality.leftover.attached import opened
from vinpaint.quality.leftover.object_cues import ObjectCues
from vinpaint.quality.leftover.scan_window import ScanWindow

_TOLERANCE_PX, _EDGE_PX = 2, 3
"""Tolerance of the mask's border; width of the picture's border, where objects come and go."""
_NEUTRAL_COLOUR, _BASE = 0.25, 0.3
"""Colours below the first look like the background. The other cues count from the second up."""
_MIN_FRAMES, _MAX_FRAMES = 5, 40
"""Number of frames between dropping a part and taking it up again."""
_SAME_PLACE = 0.8
"""Distance of both, in sizes of the object, at which they count 1 / e."""
_AROUND_FRAMES, _NOISE = 8, 0.002
"""Frames around a change with which it is compared; strength that is added to both."""

Doubles = NDArray[np.float64]


class PartChange(NamedTuple):
    """A part that the mask drops or takes up between two frames.

    strength: its area as a share of the object, weighted by how surely it is the object's; offset:
    (x, y) from the centre of the mask that has it, in sizes of the object.
    """

    strength: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)


class PartChanges(NamedTuple):
    """What the mask of a frame dropped since the frame before, and what it took up again."""

    dropped: PartChange = PartChange()
    taken_up: PartChange = PartChange()


def part_changes(
    window: ScanWindow, cues: Sequence[ObjectCues], continuing: Sequence[tuple[Bools, Bools]]
) -> list[PartChanges]:
    """Return the changes of every frame against the frame before.

    `continuing`: see `continuing_pixels`.
    """
    changes = [PartChanges()]
    for t in range(1, len(window)):
        to_here, to_last = continuing[t - 1]
        changes.append(
            PartChanges(
                _dropped(window, cues[t], t - 1, t, to_here),
                _dropped(window, cues[t - 1], t, t - 1, to_last),
            )
        )
    return changes[: len(window)]


def _dropped(
    window: ScanWindow, cues: ObjectCues, whole: int, part: int, continues: Bools
) -> PartChange:
    """Return what the mask of frame `whole` has and that of its neighbour `part` lacks."""
    hole, other = window.holes[whole], window.holes[part]
    if not hole.any():
        return PartChange()
    back = window.flows[min(whole, part)][1 if whole < part else 0]
    moved = flow.warp(hole.astype(np.float32), back) > 0.5
    lacking = opened(_inner(moved) & ~dilate_ellipse(np.ascontiguousarray(other), _TOLERANCE_PX))
    if not lacking.any():
        return PartChange()
    rows, columns = np.nonzero(lacking)
    colour, motion, difference = (
        float(cue[lacking].mean()) for cue in cues.enlarged(hole.shape[::-1])
    )
    sure = max(0.0, colour - _NEUTRAL_COLOUR) * (_BASE + motion) * (_BASE + difference)
    y, x = (float(axis.mean()) for axis in np.nonzero(hole))
    size = window.area_px**0.5
    return PartChange(
        len(rows) / window.area_px * sure * float(continues[lacking].mean()),
        ((float(columns.mean()) - x) / size, (float(rows.mean()) - y) / size),
    )


def _inner(mask: Bools) -> Bools:
    inner = np.zeros_like(mask)
    inside = (slice(_EDGE_PX, -_EDGE_PX),) * 2
    inner[inside] = mask[inside]
    return inner


class MissingParts(NamedTuple):
    """For every frame, the strongest part that was dropped before and is taken up later.

    strength: as in `PartChange`, the weaker of both; distinct: the logarithm of by how much both
    exceed the other changes around them. (frames,) each.
    """

    strength: Doubles
    distinct: Doubles


def missing_parts(changes: Sequence[PartChanges]) -> MissingParts:
    """Pair what a mask drops with what it takes up again, at the same place of the object."""
    dropped = np.array([change.dropped.strength for change in changes])
    taken_up = np.array([change.taken_up.strength for change in changes])
    dropped_distinct, taken_distinct = _distinct(dropped), _distinct(taken_up)
    strength, distinct = np.zeros(len(changes)), np.zeros(len(changes))
    for start in np.flatnonzero(dropped).tolist():
        for stop in range(start + _MIN_FRAMES, min(start + _MAX_FRAMES + 1, len(changes))):
            if not taken_up[stop]:
                continue
            distance = math.dist(changes[start].dropped.offset, changes[stop].taken_up.offset)
            close = math.exp(-((distance / _SAME_PLACE) ** 2))
            for found, before, after in (
                (strength, dropped[start], taken_up[stop]),
                (distinct, dropped_distinct[start], taken_distinct[stop]),
            ):
                found[start:stop] = np.maximum(found[start:stop], close * min(before, after))
    return MissingParts(strength, distinct)


def _distinct(values: Doubles) -> Doubles:
    """Return the logarithm of each value over the largest one around it, at least 0."""
    distinct = np.zeros(len(values))
    for t, value in enumerate(values):
        others = np.delete(values[max(0, t - _AROUND_FRAMES) : t + _AROUND_FRAMES + 1],
                           min(t, _AROUND_FRAMES))  # fmt: skip
        largest = float(others.max()) if len(others) else 0.0
        distinct[t] = max(0.0, np.log((value + _NOISE) / (largest + _NOISE)))
    return distinct
