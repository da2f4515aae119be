"""A walking figure, drawn from its joints: rounded limbs with light, cloth and soft outlines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from examples.synthetic.gait import Arm, Leg, Point, Pose
from examples.synthetic.made import noise
from vinpaint.core import Floats, Frames

_SKIN = (232, 178, 146)
_HAIR = (48, 34, 28)
_COAT = (22, 104, 112)
_COAT_FAR = (14, 70, 78)
_SCARF = (238, 178, 52)
_TROUSERS = (46, 52, 74)
_TROUSERS_FAR = (30, 35, 52)
_SHOE = (92, 54, 34)
_SHOE_FAR = (62, 38, 26)
_BAG = (140, 88, 48)

_LIGHT = (-0.42, -0.72, 0.55)
"""Where the light comes from: left, above, and before the figure."""
_AMBIENT, _DIFFUSE = 0.5, 0.62


@dataclass(frozen=True)
class _Part:
    """A limb: a cone with round ends, from `start` (radius `r1`) to `end` (radius `r2`)."""

    start: Point
    end: Point
    r1: float
    r2: float
    colour: tuple[int, int, int]
    weave: float = 0.05


def _leg_parts(leg: Leg, *, far: bool) -> list[_Part]:
    cloth, shoe = (_TROUSERS_FAR, _SHOE_FAR) if far else (_TROUSERS, _SHOE)
    ball = _between(leg.heel, leg.toe, 0.72)
    return [
        _Part(_between(leg.heel, leg.ankle, 0.45), ball, 0.021, 0.015, shoe, 0.03),
        _Part(ball, _between(leg.heel, leg.toe, 0.92), 0.016, 0.012, shoe, 0.03),
        _Part(leg.knee, _between(leg.knee, leg.ankle, 0.95), 0.036, 0.025, cloth),
        _Part(leg.hip, leg.knee, 0.056, 0.037, cloth),
    ]


def _arm_parts(arm: Arm, *, far: bool) -> list[_Part]:
    cloth = _COAT_FAR if far else _COAT
    fist = _between(arm.elbow, arm.hand, 1.12)
    return [
        _Part(arm.hand, fist, 0.017, 0.015, _SKIN, 0.02),
        _Part(arm.elbow, arm.hand, 0.029, 0.022, cloth),
        _Part(arm.shoulder, arm.elbow, 0.036, 0.029, cloth),
    ]


def _body_parts(pose: Pose) -> list[_Part]:
    hip, shoulder, head = pose.hip, pose.shoulder, pose.head
    chest = _between(hip, shoulder, 0.8)
    hem = (hip[0] - 0.004, hip[1] + 0.075)
    neck = _between(shoulder, head, 0.45)
    face = (head[0] + 0.012, head[1] + 0.012)
    return [
        _Part(_between(shoulder, neck, 0.4), neck, 0.027, 0.025, _SKIN, 0.02),
        _Part(hem, hip, 0.071, 0.069, _COAT),
        _Part(hip, chest, 0.069, 0.074, _COAT),
        _Part(chest, shoulder, 0.074, 0.042, _COAT),
        _Part((face[0] + 0.03, face[1] + 0.008), (face[0] + 0.04, face[1] + 0.014), 0.012, 0.008,
              _SKIN, 0.02),
        _Part(face, (face[0] + 0.012, face[1] + 0.034), 0.045, 0.030, _SKIN, 0.02),
        _Part((head[0] - 0.022, head[1] + 0.018), (head[0] - 0.008, head[1] - 0.018), 0.042, 0.046,
              _HAIR, 0.12),
        _Part((head[0] - 0.008, head[1] - 0.02), (head[0] + 0.03, head[1] - 0.022), 0.044, 0.026,
              _HAIR, 0.12),
        _Part((neck[0] - 0.014, neck[1] + 0.016), (neck[0] + 0.018, neck[1] + 0.022), 0.032, 0.032,
              _SCARF, 0.1),
    ]  # fmt: skip


def _bag_parts(pose: Pose) -> list[_Part]:
    """A bag at the hip, on a strap over the far shoulder."""
    x, y = pose.hip[0] - 0.05, pose.hip[1] + 0.01
    top = (pose.shoulder[0] + 0.02, pose.shoulder[1] + 0.03)
    return [
        _Part(top, (x + 0.02, y - 0.02), 0.008, 0.008, _BAG, 0.05),
        _Part((x - 0.034, y + 0.012), (x + 0.034, y + 0.012), 0.036, 0.036, _BAG, 0.05),
        _Part((x - 0.036, y - 0.008), (x + 0.036, y - 0.008), 0.022, 0.022, (116, 70, 36), 0.05),
    ]


def _parts(pose: Pose) -> list[_Part]:
    """From the back to the front."""
    return [
        *_arm_parts(pose.far_arm, far=True),
        *_leg_parts(pose.far_leg, far=True),
        *_leg_parts(pose.near_leg, far=False),
        *_body_parts(pose),
        *_bag_parts(pose),
        *_arm_parts(pose.near_arm, far=False),
    ]


def draw(
    pose: Pose, *, size: tuple[int, int], foot: Point, height_px: float
) -> tuple[Frames, Floats]:
    """(colours (H, W, 3) uint8, opacity (H, W) 0 to 1) of a figure.

    `size`: (width, height) of the picture; `foot`: the ground below the hip, in its pixels;
    `height_px`: how tall the figure stands. A soft patch of shade lies under its feet.
    """
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - foot[0]) / height_px, (y - foot[1]) / height_px
    weave = _cloth(height, width, foot)
    colours, opacity = _shade(pose, x, y)
    for part in _parts(pose):
        near = _near(part, size, foot, height_px)
        across, along, distance = _locate(part, x[near], y[near])
        share = np.clip(0.5 - distance * height_px, 0, 1)
        lit = (
            np.array(part.colour, np.float32) * _light(part, across, along, weave[near])[..., None]
        )
        colours[near] += share[..., None] * (lit - colours[near])
        opacity[near] += share * (1 - opacity[near])
    return np.asarray(np.clip(np.rint(colours), 0, 255), np.uint8), opacity


def _near(part: _Part, size: tuple[int, int], foot: Point, height_px: float) -> tuple[slice, slice]:
    """The rows and columns of the picture that the limb can touch (none where it is outside)."""
    reach = max(part.r1, part.r2) * height_px + 2
    cuts = []
    for axis in (1, 0):
        ends = [point[axis] * height_px + foot[axis] for point in (part.start, part.end)]
        low, high = int(min(ends) - reach), int(max(ends) + reach) + 1
        cuts.append(slice(min(max(low, 0), size[axis]), min(max(high, 0), size[axis])))
    return cuts[0], cuts[1]


def _shade(pose: Pose, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Black, and how dark it lies on the ground near each foot."""
    opacity = np.zeros_like(x)
    for leg in (pose.near_leg, pose.far_leg):
        middle, low = (leg.heel[0] + leg.toe[0]) / 2, max(leg.heel[1], leg.toe[1])
        near = np.clip(1 + low / 0.06, 0, 1)  # a raised foot casts less
        patch = 1 - ((x - middle) / 0.085) ** 2 - ((y - 0.014) / 0.02) ** 2
        opacity = np.maximum(opacity, 0.55 * near * np.clip(patch, 0, 1))
    return np.zeros((*x.shape, 3), np.float32), opacity.astype(np.float32)


@cache
def _pattern() -> Floats:
    fine, coarse = (
        noise(256, 256, sigma_px=sigma, seed=seed) for sigma, seed in ((0.7, 3), (3, 4))
    )
    return 0.6 * fine + 0.8 * coarse


def _cloth(height: int, width: int, foot: Point) -> Floats:
    """A weave that moves with the figure, to the pixel."""
    rows = (np.arange(height) - round(foot[1])) % 256
    columns = (np.arange(width) - round(foot[0])) % 256
    return np.asarray(_pattern()[rows[:, None], columns[None, :]], np.float32)


def _locate(part: _Part, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
    """(across, along, distance): each pixel in the limb's own terms.

    `across` and `along` are -1 to 1 from its axis and its ends, in radii; `distance` is signed, in
    body heights, below 0 inside.
    """
    dx, dy = part.end[0] - part.start[0], part.end[1] - part.start[1]
    length = max(1e-6, float(np.hypot(dx, dy)))
    dx, dy = dx / length, dy / length
    px, py = x - part.start[0], y - part.start[1]
    run, side = px * dx + py * dy, px * dy - py * dx
    # The nearest disk of the cone lies a little off the foot of the perpendicular, since the
    # radius changes along it (Quilez, "Round cone").
    slope = (part.r1 - part.r2) / length
    lean = slope / max(1e-6, np.sqrt(1 - min(0.99, slope * slope)))
    u = np.clip(run - np.abs(side) * lean, 0, length)
    radius = part.r1 - slope * u
    distance = np.hypot(run - u, side) - radius
    return side / radius, (run - u) / radius, distance


def _light(part: _Part, across: Floats, along: Floats, weave: Floats) -> Floats:
    """(H, W): brightness of a round limb, by the cosine of its surface to the light."""
    dx, dy = part.end[0] - part.start[0], part.end[1] - part.start[1]
    length = max(1e-6, float(np.hypot(dx, dy)))
    dx, dy = dx / length, dy / length
    outward_x, outward_y = along * dx + across * dy, along * dy - across * dx
    facing = np.sqrt(np.clip(1 - across**2 - along**2, 0, 1))
    cosine = outward_x * _LIGHT[0] + outward_y * _LIGHT[1] + facing * _LIGHT[2]
    bright = _AMBIENT + _DIFFUSE * np.clip(cosine, 0, 1) + part.weave * weave
    return np.asarray(np.clip(bright, 0.2, 1.4), np.float32)


def _between(start: Point, end: Point, share: float) -> Point:
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
