"""Masks with planted faults: what a repair with them leaves of the object is known.

The clips are those of VINPAINT_CLIPS with their true masks, and made scenes: a thing cut from one
clip by its true mask walks through another, and casts a shadow, a reflection or nothing. Everything
is seeded, so every run has the same cases.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames

SCENES = 30
_SIZE = (640, 360)
"""(width, height) in which scenes are made and faults are planted."""
_SMALL = (320, 180)
"""(width, height) at which a case is examined."""
_REAL_FRAMES, _MADE_FRAMES = 60, 40
_DILATE_PX = 8
_EFFECTS = (None, "shadow", "reflection")
_SHADOW_TINT = np.array([1.05, 1.0, 0.85], np.float32)
_PLAIN_LEVELS, _PLAIN_SHARE = 14, 0.12
"""An effect is plain if it changes an area of this share of the hole by so many levels."""


@dataclass(frozen=True)
class Case:
    """A clip with a mask. `faulty`: the frames on which something is left over; none if whole."""

    name: str
    kind: str
    frames: Frames
    holes: Bools
    faulty: frozenset[int]


@dataclass(frozen=True)
class Source:
    """frames: (H, W, 3) RGB; thing: (H, W) bool; cast: (H, W) float32, its effect, 0 to 1."""

    name: str
    frames: list[Frames]
    thing: list[Bools]
    cast: list[Floats]
    effect: str | None


@dataclass(frozen=True, order=True)
class _Path:
    """How a thing walks, and how it shades. `met`: how much it meets the clip's own object."""

    met: float
    foot: int
    speed: float
    start: float
    dark: float
    lean: float
    fall: float
    shine: float
    stretch: float


def cases(clips: Path) -> Iterator[Case]:
    """Yield all cases: each source with its whole mask, and with every kind of fault."""
    names = sorted(path.name for path in clips.iterdir() if (path / "masks").is_dir())
    for source in sources(clips, names):
        random = np.random.default_rng(zlib.crc32(source.name.encode()))
        count = len(source.frames)
        pairs = zip(source.thing, source.cast, strict=True)
        whole = [thing | (cast > 0.05) for thing, cast in pairs]
        yield _case(source, "whole", whole, range(0))
        yield _case(source, "limb", *_without_limb(whole, source.thing, random))
        start = int(random.integers(8, count - 18))
        lost = [mask & (not start <= t < start + 10) for t, mask in enumerate(whole)]
        yield _case(source, "lost", lost, range(start, start + 10))
        late = [whole[max(0, t - 4)] for t in range(count)]
        yield _case(source, "lag", late, range(4, count))
        if source.effect:
            left = [
                t
                for t in range(count)
                if ((source.cast[t] > 0.3) & ~_dilated(source.thing[t])).sum() > 200
            ]
            yield _case(source, source.effect, source.thing, left)


def _case(source: Source, kind: str, masks: Sequence[Bools], faulty: Sequence[int]) -> Case:
    small = [cv2.resize(f, _SMALL, interpolation=cv2.INTER_AREA) for f in source.frames]
    covers = (
        cv2.resize(_dilated(mask).astype(np.float32), _SMALL, interpolation=cv2.INTER_AREA)
        for mask in masks
    )
    holes = np.stack([np.asarray(cover) > 0.2 for cover in covers])
    return Case(source.name, kind, np.stack(small).astype(np.uint8), holes, frozenset(faulty))


def _dilated(mask: Bools) -> Bools:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _DILATE_PX + 1,) * 2)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel)) > 0


def _without_limb(
    masks: Sequence[Bools], thing: Sequence[Bools], random: np.random.Generator
) -> tuple[list[Bools], range]:
    """Leave out a third of the thing, and what lies beyond it, on a span of frames."""
    start = int(random.integers(4, max(5, len(masks) - 20)))
    stop = min(len(masks), start + int(random.integers(12, 18)))
    side = random.choice(["bottom", "bottom", "top", "left", "right"])
    cut = list(masks)
    for t in range(start, stop):
        axis = 0 if side in ("bottom", "top") else 1
        places = np.nonzero(thing[t])[axis]
        if not len(places):
            continue
        share = 0.66 if side in ("bottom", "right") else 0.34
        at = int(places.min() + share * (places.max() - places.min()))
        kept = masks[t].copy()
        gone = slice(at, None) if side in ("bottom", "right") else slice(None, at)
        kept[gone if axis == 0 else (slice(None), gone)] = False
        cut[t] = kept
    return cut, range(start, stop)


def sources(clips: Path, names: Sequence[str], scenes: int = SCENES) -> Iterator[Source]:
    """Yield the clips of `names` with their true masks, then made scenes."""
    for name in names:
        frames, masks = _load(clips / name, _REAL_FRAMES)
        none = [np.zeros(mask.shape, np.float32) for mask in masks]
        yield Source(name, frames, masks, none, None)
    for seed in range(scenes):
        yield _made(clips, names, seed)


def _images(folder: Path, count: int, flags: int) -> list[Frames]:
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))[:count]
    return [np.asarray(cv2.imread(str(path), flags)) for path in paths]


def _load(folder: Path, count: int) -> tuple[list[Frames], list[Bools]]:
    """Read frames, RGB, and true masks of a clip at the size of the scenes."""
    frames, masks = (
        [cv2.resize(image, _SIZE, interpolation=cv2.INTER_AREA) for image in images]
        for images in (
            _images(folder / "frames", count, cv2.IMREAD_COLOR_RGB),
            _images(folder / "masks", count, cv2.IMREAD_GRAYSCALE),
        )
    )
    return [np.asarray(f, np.uint8) for f in frames], [np.asarray(m) > 127 for m in masks]


def _cut_out(folder: Path, count: int, height: int) -> list[tuple[Frames, Floats]]:
    """Cut the largest part of a clip's object out of every frame, at one height."""
    found = []
    frames = _images(folder / "frames", count, cv2.IMREAD_COLOR_RGB)
    for frame, true in zip(
        frames, _images(folder / "masks", count, cv2.IMREAD_GRAYSCALE), strict=True
    ):
        mask = (cv2.resize(true, frame.shape[1::-1]) > 127).astype(np.uint8)
        parts, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
        if parts < 2:
            continue
        best = 1 + int(np.argmax(stats[1:, 4]))
        x, y, w, h = stats[best, :4]
        size = max(4, round(int(w) * height / int(h))), height
        shape = (labels[y : y + h, x : x + w] == best).astype(np.float32)
        images = (frame[y : y + h, x : x + w], shape)
        image, alpha = (cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in images)
        found.append((np.asarray(image, np.uint8), np.asarray(alpha, np.float32)))
    while len(found) < count:
        found += found[::-1]
    return found[:count]


def _made(clips: Path, names: Sequence[str], seed: int) -> Source:
    """Make a scene: a thing of one clip walks through another."""
    random = np.random.default_rng(1000 + seed)
    base = names[seed % len(names)]
    walker = names[(seed + 1 + int(random.integers(0, len(names) - 1))) % len(names)]
    if walker == base:
        walker = names[(names.index(base) + 3) % len(names)]
    truth, own = _load(clips / base, _MADE_FRAMES)
    tall = int(_SIZE[1] * random.uniform(0.34, 0.5))
    thing = _cut_out(clips / walker, len(truth), tall)
    effect = _EFFECTS[seed % len(_EFFECTS)]
    paths = sorted(_random_path(random, thing, own, tall) for _ in range(24))
    path = paths[0]
    if effect:
        plain: Callable[[_Path], float] = lambda one: _plainness(truth, thing, one, effect)  # noqa: E731
        path = next((one for one in paths[:12] if plain(one) > _PLAIN_SHARE), None) or max(
            paths[:12], key=plain
        )
    frames, masks, casts = [], [], []
    for t in range(len(truth)):
        full, _, shape, cast = _draw(truth[t], thing[t], path, effect, t)
        levels = _levels(full).astype(np.float32)
        touched = ((cast > 0.02) | (shape > 0.02))[..., None]
        levels = np.where(touched, levels + random.normal(0, 1.0, levels.shape), levels)
        frames.append(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
        masks.append(shape > 0.3)
        casts.append(np.where(shape > 0.3, 0, cast).astype(np.float32))
    return Source(f"made{seed:02d}:{base}<{walker}", frames, masks, casts, effect)


def _random_path(
    random: np.random.Generator,
    thing: Sequence[tuple[Frames, Floats]],
    own: Sequence[Bools],
    tall: int,
) -> _Path:
    wide = max(alpha.shape[1] for _, alpha in thing)
    foot = int(_SIZE[1] * random.uniform(0.6, 0.9))
    speed = random.uniform(0.006, 0.013) * _SIZE[0] * random.choice([-1, 1])
    start = (random.uniform(0.1, 0.3) if speed > 0 else random.uniform(0.7, 0.9)) * _SIZE[0]
    met = 0.0
    for t in range(0, len(own), 4):
        x = int(start + speed * t)
        near = own[t][max(0, foot - tall) : foot + tall // 2, max(0, x - wide) : max(0, x + wide)]
        met += near.mean() if near.size else 0.0
    dark, lean = random.uniform(0.5, 0.7), random.uniform(-0.9, 0.9)
    fall = random.uniform(0.3, 0.6) * random.choice([-1, 1], p=[0.3, 0.7])
    shine, stretch = random.uniform(0.25, 0.4), random.uniform(0.6, 1.0)
    return _Path(met, foot, speed, start, dark, lean, fall, shine, stretch)


def _draw(
    frame: Frames, thing: tuple[Frames, Floats], path: _Path, effect: str | None, t: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw the thing into a frame. Return linear light with and without it, its alpha, its cast."""
    image, alpha = thing
    height, width = alpha.shape
    x, y = round(path.start + path.speed * t - width / 2), path.foot - height
    shape = np.zeros(_SIZE[::-1], np.float32)
    colour = np.zeros((*_SIZE[::-1], 3), np.uint8)
    _put(shape, alpha, x, y)
    _put(colour, image, x, y)
    light, cast = _linear(frame), np.zeros_like(shape)
    foot, fall, lean, stretch = path.foot, path.fall, path.lean, path.stretch
    if effect == "shadow":
        move = np.array([[1, -lean, lean * foot], [0, -fall, foot * (1 + fall)]], np.float32)
        cast = cv2.GaussianBlur(cv2.warpAffine(shape, move, _SIZE), (0, 0), 2.0) * 0.9
        light = light * (1 - path.dark * cast[..., None] * _SHADOW_TINT)
    elif effect == "reflection":
        move = np.array([[1, 0, 0], [0, -stretch, foot * (1 + stretch)]], np.float32)
        cast = cv2.GaussianBlur(cv2.warpAffine(shape, move, _SIZE), (0, 0), 1.0)
        mirrored = cv2.GaussianBlur(cv2.warpAffine(colour, move, _SIZE), (0, 0), 1.2)
        weight = (path.shine * cast)[..., None]
        light = (1 - weight) * light + weight * _linear(mirrored)
    full = (1 - shape[..., None]) * light + shape[..., None] * _linear(colour)
    return full, light, shape, np.asarray(cast, np.float32)


def _plainness(
    truth: Sequence[Frames], thing: Sequence[tuple[Frames, Floats]], path: _Path, effect: str
) -> float:
    """Return the median area that the effect changes plainly, as a share of the hole's."""
    shares = []
    for t in range(2, len(truth), 9):
        _, light, shape, _ = _draw(truth[t], thing[t], path, effect, t)
        hole = _dilated(shape > 0.3)
        change = np.abs(_levels(light).astype(int) - truth[t]).max(axis=-1)
        shares.append(((change > _PLAIN_LEVELS) & ~hole).sum() / max(1, hole.sum()))
    return float(np.median(shares))


def _put(canvas: Floats | Frames, patch: Floats | Frames, x: int, y: int) -> None:
    height, width = patch.shape[:2]
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(canvas.shape[1], x + width), min(canvas.shape[0], y + height)
    if x1 > x0 and y1 > y0:
        canvas[y0:y1, x0:x1] = patch[y0 - y : y1 - y, x0 - x : x1 - x]


def _linear(levels: Frames) -> Floats:
    return np.asarray((levels.astype(np.float32) / 255) ** 2.2, np.float32)


def _levels(light: Floats) -> Frames:
    return np.clip(np.rint(255 * np.clip(light, 0, 1) ** (1 / 2.2)), 0, 255).astype(np.uint8)
