"""How a walking body moves: where its joints lie at each phase of a stride.

The feet come first: the one on the ground stays where it is, rolls from heel to toe and swings
forward again; knees follow from hips and ankles (two circles). Proportions and angles are those of
normal walking (Winter, "Biomechanics and Motor Control of Human Movement"). Phase 0 is the near
heel's strike; a whole stride is one phase. Coordinates are body heights, x forward, y down, the
ground at y = 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

Point = tuple[float, float]

STRIDE = 0.64
"""Body heights travelled in one stride of two steps."""
THIGH, SHIN, FOOT = 0.245, 0.246, 0.118
UPPER_ARM, FOREARM = 0.172, 0.148
HIP_TO_SHOULDER, SHOULDER_TO_HEAD = 0.29, 0.12
_ANKLE = (0.016, -0.034)
"""From the heel to the ankle, on a flat foot."""
_LEAN_DEG = 3.0
_HIP_HEIGHT, _HIP_BOB = 0.504, 0.013

_STRIKE_AT = 0.17
"""How far before the hip the heel comes down."""
_FLAT, _HEEL_OFF, _TOE_OFF = 0.1, 0.34, 0.6
"""Phases at which the sole lies down, the heel rises, the toe leaves the ground."""
_STRIKE_DEG, _PUSH_DEG = 22.0, -48.0
"""Toes up at the heel's strike; toes down as they leave."""
_LIFT = 0.03


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


def pose(phase: float) -> Pose:
    """The body at a phase of its stride, its hip above x = 0."""
    phase %= 1.0
    hip = (0.0, -_HIP_HEIGHT - _HIP_BOB * math.cos(4 * math.pi * (phase - 0.3)))
    shoulder = _along(hip, 180 - _LEAN_DEG, HIP_TO_SHOULDER)
    return Pose(
        near_leg=_leg(hip, phase),
        far_leg=_leg(hip, (phase + 0.5) % 1.0),
        near_arm=_arm((shoulder[0] - 0.006, shoulder[1] + 0.025), phase),
        far_arm=_arm((shoulder[0] + 0.012, shoulder[1] + 0.025), phase + 0.5),
        hip=hip,
        shoulder=shoulder,
        head=_along(shoulder, 180 - 1.5 * _LEAN_DEG, SHOULDER_TO_HEAD),
    )


def _along(start: Point, degrees: float, length: float) -> Point:
    """`length` from `start`, at an angle from straight down, forward positive."""
    angle = math.radians(degrees)
    return start[0] + length * math.sin(angle), start[1] + length * math.cos(angle)


def _turned(offset: Point, degrees: float) -> Point:
    """An offset of the flat foot, with the toes up by `degrees`."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return offset[0] * cos + offset[1] * sin, offset[1] * cos - offset[0] * sin


def _ease(start: float, stop: float, share: float, slope: float = 0.0) -> float:
    """A cubic from `start` to `stop`, of the same `slope` (a unit of share) at both ends."""
    u = min(max(share, 0.0), 1.0)
    step = u * u * (3 - 2 * u)
    return start + (stop - start) * step + slope * u * (1 - u) * (1 - 2 * u)


def _leg(hip: Point, phase: float) -> Leg:
    heel, tilt = _stance(phase) if phase < _TOE_OFF else _swing(phase)
    toe, ankle = _turned((FOOT, 0.0), tilt), _turned(_ANKLE, tilt)
    ankle = heel[0] + ankle[0], heel[1] + ankle[1]
    return Leg(hip, _knee(hip, ankle), ankle, heel, (heel[0] + toe[0], heel[1] + toe[1]))


def _stance(phase: float) -> tuple[Point, float]:
    """(heel, degrees of the toes) of a foot that stands: it rolls over its heel, then its toe."""
    x = _STRIKE_AT - STRIDE * phase
    if phase < _HEEL_OFF:
        return (x, 0.0), _ease(_STRIKE_DEG, 0.0, phase / _FLAT)
    tilt = _PUSH_DEG * ((phase - _HEEL_OFF) / (_TOE_OFF - _HEEL_OFF)) ** 1.6
    back = _turned((FOOT, 0.0), tilt)
    return (x + FOOT - back[0], -back[1]), tilt


def _swing(phase: float) -> tuple[Point, float]:
    """The same of a foot in the air, from where it left to where it comes down."""
    share = (phase - _TOE_OFF) / (1 - _TOE_OFF)
    (x, y), tilt = _stance(_TOE_OFF)
    drift = -0.4 * STRIDE * (1 - _TOE_OFF)  # it leaves and lands moving back
    lift = _LIFT * math.sin(math.pi * share) ** 2
    heel = _ease(x, _STRIKE_AT, share, drift), _ease(y, 0.0, share) - lift
    return heel, _ease(tilt, _STRIKE_DEG, share)


def _knee(hip: Point, ankle: Point) -> Point:
    """Where thigh and shin meet, in front of the line from hip to ankle."""
    dx, dy = ankle[0] - hip[0], ankle[1] - hip[1]
    reach = math.hypot(dx, dy)
    along = (THIGH**2 - SHIN**2 + reach**2) / (2 * reach)
    out = math.sqrt(THIGH**2 - along**2)
    return hip[0] + (along * dx + out * dy) / reach, hip[1] + (along * dy - out * dx) / reach


def _arm(shoulder: Point, phase: float) -> Arm:
    """Arms swing against the leg of their own side."""
    swing = -3 - 22 * math.cos(2 * math.pi * (phase - 0.02))
    elbow = _along(shoulder, swing, UPPER_ARM)
    bend = 22 - 12 * math.cos(2 * math.pi * (phase - 0.05))
    return Arm(shoulder, elbow, _along(elbow, swing + bend, FOREARM))
