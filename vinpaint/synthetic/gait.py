"""How a walking body moves: joint angles over one stride, and where the joints then lie.

The angles are the textbook curves of normal walking in the sagittal plane (Winter, "Biomechanics
and Motor Control of Human Movement"), by knots. Phase 0 is a heel strike; one stride is one phase.
Coordinates are body heights, x forward, y down, the ground at y = 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

Point = tuple[float, float]

# (phase, degrees): flexion forward of the hip, bending of the knee, toes up at the ankle.
_HIP = ((0.0, 27.0), (0.15, 21.0), (0.35, 3.0), (0.52, -10.0), (0.7, 12.0), (0.86, 30.0))
_KNEE = ((0.0, 4.0), (0.14, 17.0), (0.38, 5.0), (0.58, 36.0), (0.72, 60.0), (0.88, 25.0))
_ANKLE = ((0.0, 2.0), (0.08, -5.0), (0.42, 9.0), (0.62, -17.0), (0.8, 1.0))

THIGH, SHIN, HEEL, FOOT = 0.245, 0.246, 0.038, 0.118
UPPER_ARM, FOREARM, HAND = 0.172, 0.148, 0.03
HIP_TO_SHOULDER, SHOULDER_TO_HEAD = 0.29, 0.12
_LEAN_DEG = 3.0


@dataclass(frozen=True)
class Leg:
    """The joints of one leg."""

    hip: Point
    knee: Point
    ankle: Point
    heel: Point
    toe: Point


@dataclass(frozen=True)
class Arm:
    """The joints of one arm."""

    shoulder: Point
    elbow: Point
    hand: Point


@dataclass(frozen=True)
class Pose:
    """A whole body; `far` is the side away from the viewer."""

    near_leg: Leg
    far_leg: Leg
    near_arm: Arm
    far_arm: Arm
    hip: Point
    shoulder: Point
    head: Point


def _curve(knots: Sequence[tuple[float, float]], phase: float) -> float:
    """A smooth periodic curve through `knots` (Catmull-Rom)."""
    phase %= 1.0
    count = len(knots)
    after = next((i for i, knot in enumerate(knots) if knot[0] > phase), count)
    (x1, y1), (x2, y2) = _knot(knots, after - 1), _knot(knots, after)
    (x0, y0), (x3, y3) = _knot(knots, after - 2), _knot(knots, after + 1)
    gap = x2 - x1
    u = (phase - x1) / gap
    rise1, rise2 = gap * (y2 - y0) / (x2 - x0), gap * (y3 - y1) / (x3 - x1)
    return (
        (2 * u**3 - 3 * u**2 + 1) * y1
        + (u**3 - 2 * u**2 + u) * rise1
        + (3 * u**2 - 2 * u**3) * y2
        + (u**3 - u**2) * rise2
    )


def _knot(knots: Sequence[tuple[float, float]], index: int) -> tuple[float, float]:
    turn, place = divmod(index, len(knots))
    return knots[place][0] + turn, knots[place][1]


def _along(start: Point, degrees: float, length: float) -> Point:
    """`length` from `start`, at an angle from straight down, forward positive."""
    angle = math.radians(degrees)
    return start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)


def _leg(hip: Point, phase: float) -> Leg:
    thigh = _curve(_HIP, phase)
    shin = thigh - _curve(_KNEE, phase)
    sole = shin + 90 + _curve(_ANKLE, phase)
    knee = _along(hip, thigh, THIGH)
    ankle = _along(knee, shin, SHIN)
    heel = _along(ankle, sole - 115, HEEL)
    return Leg(hip, knee, ankle, heel, _along(heel, sole, FOOT))


def _arm(shoulder: Point, phase: float) -> Arm:
    """Arms swing against the leg of their own side."""
    swing = -3 - 22 * math.cos(2 * math.pi * (phase - 0.02))
    elbow = _along(shoulder, swing, UPPER_ARM)
    bend = 22 - 12 * math.cos(2 * math.pi * (phase - 0.05))
    return Arm(shoulder, elbow, _along(elbow, swing + bend, FOREARM))


def _lowest(phase: float) -> tuple[float, float]:
    """(x, y), below a hip at the origin, of the lowest point of the two feet."""
    legs = _leg((0.0, 0.0), phase), _leg((0.0, 0.0), phase + 0.5)
    x, y = max((end for leg in legs for end in (leg.heel, leg.toe)), key=lambda end: end[1])
    return x, y


@cache
def _rise() -> tuple[float, ...]:
    """How high the hip stands at each hundredth of a stride, smoothed as real weight does."""
    raw = np.array([_lowest(step / 100)[1] for step in range(100)])
    window = np.hanning(9)
    smooth = np.convolve(np.tile(raw, 3), window / window.sum(), mode="same")[100:200]
    return tuple(float(value) for value in smooth)


@cache
def stride() -> float:
    """Body heights travelled in one stride, such that the foot on the ground stays where it is."""
    steps = 200
    feet = [_lowest(step / steps)[0] for step in range(steps)]
    moves = [feet[step] - feet[(step + 1) % steps] for step in range(steps)]
    # A change of feet shows as one large jump; it is not travel.
    return sum(move for move in moves if abs(move) < 0.05)


def pose(phase: float) -> Pose:
    """The body at a phase of its stride, its hip above x = 0."""
    hip = (0.0, -float(np.interp((phase % 1.0) * 100, range(101), (*_rise(), _rise()[0]))))
    shoulder = _along(hip, 180 - _LEAN_DEG, HIP_TO_SHOULDER)
    return Pose(
        near_leg=_leg(hip, phase),
        far_leg=_leg((hip[0] + 0.008, hip[1]), phase + 0.5),
        near_arm=_arm((shoulder[0] - 0.006, shoulder[1] + 0.025), phase),
        far_arm=_arm((shoulder[0] + 0.012, shoulder[1] + 0.025), phase + 0.5),
        hip=hip,
        shoulder=shoulder,
        head=_along(shoulder, 180 - 1.5 * _LEAN_DEG, SHOULDER_TO_HEAD),
    )
