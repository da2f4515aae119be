"""Measure the motion of the masked object and of the picture, and contact with other objects.

Two optical flows are estimated per pair of frames. The flow of the unchanged frames gives the speed
of the hole's content, on the screen and relative to the background. For the other one the hole is
covered by a membrane, so that its content has no influence. It shows other moving objects that
touch the hole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging import flow
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.motion.completion import PairMotion
from vinpaint.runtime.parallel import map_ahead

_RING_PX = 5
"""Width of the ring around the hole, in pixels at reduced size."""

_MIN_DIFFERENCE_PX = 1.0
"""Pixels whose motion differs from the background's by more than this belong to an object."""

_MIN_SHARE = 0.06
_MIN_PIXELS = 9
"""Minimum share of the ring, and minimum number of pixels, of a moving object."""

_CROSSING = math.radians(120)
"""A contact counts as a crossing if its direction turns around the hole by more than this."""


@dataclass(frozen=True)
class HoleMotion:
    """Motion in one pair of neighbouring frames. Speeds are in pixels per frame.

    Args:
        inside: median speed of the hole's content on the screen.
        own: median speed of the hole's content relative to the background behind it.
        rest: median speed of the picture around the hole.
        contact_angle: direction in radians from the centre of the hole to a moving object that
            touches it, or None.
    """

    inside: float
    own: float
    rest: float
    contact_angle: float | None = None

    def scaled(self, factor: float) -> HoleMotion:
        """Return the motion with all speeds multiplied by `factor`."""
        inside, own, rest = (factor * speed for speed in (self.inside, self.own, self.rest))
        return HoleMotion(inside, own, rest, self.contact_angle)


class Contact(NamedTuple):
    """Other moving objects that touch the hole.

    Args:
        share: share of the pairs with contact.
        times: number of contacts.
        crossings: number of contacts that cross the hole.
    """

    share: float = 0.0
    times: int = 0
    crossings: int = 0


def hole_motion(
    frames: Frames, hole: Bools, motion: Sequence[PairMotion | None]
) -> list[HoleMotion | None]:
    """Measure the motion of each pair of neighbouring frames.

    A pair has the value None if there is no hole or no background motion.

    Args:
        frames: (T, h, w, 3) uint8.
        hole: (T, h, w) bool.
        motion: motion of the background behind the hole for the T - 1 pairs.
    """

    def measure(t: int) -> HoleMotion | None:
        pair = motion[t]
        return None if pair is None else _measure_pair(frames, hole, pair, t)

    return list(map_ahead(measure, range(len(motion))))


def find_contact(motions: Sequence[HoleMotion | None]) -> Contact:
    """Summarise the contacts over all measured pairs. A gap of one pair does not end a contact."""
    angles = [motion.contact_angle for motion in motions if motion is not None]
    if not angles:
        return Contact()
    contacts: list[list[float]] = []
    gap = 2
    for angle in angles:
        if angle is None:
            gap += 1
            continue
        if gap > 1:
            contacts.append([])
        contacts[-1].append(angle)
        gap = 0
    share = sum(angle is not None for angle in angles) / len(angles)
    return Contact(
        share, len(contacts), sum(_largest_turn(angles) > _CROSSING for angles in contacts)
    )


def _largest_turn(angles: Sequence[float]) -> float:
    """Return the largest angle in radians between the first direction and a later one."""
    return max(abs(math.remainder(angle - angles[0], math.tau)) for angle in angles)


def _measure_pair(frames: Frames, hole: Bools, pair: PairMotion, t: int) -> HoleMotion | None:
    box = pair.box.slices
    first, second = hole[t][box], hole[t + 1][box]
    if not first.any() or not second.any() or first.all():
        return None  # a hole that begins or ends here has no motion
    greys = [flow.grey(frames[i][box]) for i in (t, t + 1)]
    field = flow.estimate(*greys)
    # cover the same pixels in both frames, so that the edges of the membrane do not move
    covered = [_cover_hole(grey, first | second) for grey in greys]
    return HoleMotion(
        inside=_median_speed(field, first),
        own=_median_speed(field - pair.forward, first),
        rest=_median_speed(field, ~first),
        contact_angle=_contact_angle(covered, first, second, pair.forward),
    )


def _median_speed(field: Floats, area: Bools) -> float:
    return float(np.median(np.hypot(field[..., 0], field[..., 1])[area]))


def _cover_hole(grey: Frames, hole: Bools) -> Frames:
    """Interpolate the hole and its border with a membrane."""
    covered = dilate_ellipse(hole, 1)
    if not covered.any() or covered.all():
        return grey
    filled = solve_membrane(grey.astype(np.float32), ~covered)
    return np.where(covered, np.clip(filled, 0, 255).astype(np.uint8), grey)


def _contact_angle(
    covered: Sequence[Frames], first: Bools, second: Bools, background: Floats
) -> float | None:
    """Return the direction in radians of a moving object that touches the hole, or None.

    covered: the two frames, grey, with the hole covered. background: (h, w, 2) flow behind it.
    """
    forward, backward = flow.estimate(*covered), flow.estimate(covered[1], covered[0])
    consistent = flow.forward_backward_error(forward, backward)[1]
    difference = np.hypot(*np.moveaxis(forward - background, -1, 0))
    ring = dilate_ellipse(first, _RING_PX + 1) & ~dilate_ellipse(first, 1) & ~second
    moving = ((difference > _MIN_DIFFERENCE_PX) & consistent & ring).view(np.uint8)
    moving = cv2.morphologyEx(moving, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    if moving.sum() < max(_MIN_PIXELS, _MIN_SHARE * ring.sum()):
        return None
    rows, columns = np.nonzero(moving)
    middle_y, middle_x = (float(positions.mean()) for positions in np.nonzero(first))
    return math.atan2(rows.mean() - middle_y, columns.mean() - middle_x)
