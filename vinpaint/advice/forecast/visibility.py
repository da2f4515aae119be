"""Before any fill: which pixels of the hole some frame shows, and which none does.

The motion behind the hole is estimated at reduced size, as strategy `propagate` does in its first
round (seed: approach 3), and every hole pixel follows it both ways in time to the first real pixel.
No colours are sampled and nothing is filled, so it costs a small part of a fill.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.advice.forecast.motion import Contact, Move, contact, movement
from vinpaint.core import (
    HOLE_LEVEL,
    Bools,
    Box,
    Floats,
    Frames,
    MaskTrack,
    Piece,
    Progress,
    no_op,
    section,
    windows,
)
from vinpaint.imaging.motion.chains import Chain, PixelSet, extend_chain
from vinpaint.imaging.motion.completion import PairMotion, estimate_motion
from vinpaint.media import Clip

_MOST_PIXELS = 12_000
"""Pixels of a window's frame as it is looked at. On eight real clips the share that is never seen
comes out within 3 points of what `propagate` misses, on average; 40 000 bring half a point."""

_READ_FRAMES = 12
"""So many frames are held at full size."""

_COVERED = 1e-3
"""A reduced pixel is hole where more than this share of it is: a thin hole must not vanish."""

_FARTHEST_FRAMES = 1024
"""Distances are counted up to here."""

Ints = NDArray[np.int32]


@dataclass(frozen=True, repr=False)
class UnseenMask:
    """Where on one frame nothing is ever seen: (h, w) bool at reduced size, packed; over `box`."""

    box: Box
    shape: tuple[int, int]
    packed: bytes

    @classmethod
    def of(cls, unseen: Bools, box: Box) -> UnseenMask:
        """Pack an (h, w) array that lies over `box`."""
        height, width = unseen.shape
        return cls(box, (height, width), zlib.compress(np.packbits(unseen).tobytes()))

    def read(self) -> Bools:
        """(box.height, box.width) bool, at the source's size."""
        bits = np.frombuffer(zlib.decompress(self.packed), np.uint8)
        small = np.unpackbits(bits, count=math.prod(self.shape)).reshape(self.shape)
        size = self.box.width, self.box.height
        smooth = cv2.resize(small.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(smooth) > 0.5


@dataclass(frozen=True, repr=False)
class Forecast:
    """What a fill will find, and what it must invent.

    A hole pixel is *never seen* where the motion behind the hole leads it, forwards and backwards
    within its shot and its window (`plan`), to no pixel that the camera recorded. What an earlier
    window repaired counts as seen only where it had itself come from a real pixel: texture made
    once and led on through the clip remains invented. It is an estimate: where motion cannot be
    followed, what is shown somewhere counts as never seen, for a fill would not find it either.

    `hole_px`: by frame of the clip, pixels to fill. `unseen_px`: those of them never seen.
    `distance_frames`: from a hole pixel to the frame that shows it, the median; None where none
    is seen. `motion_px`: how far what lies behind the hole moves from frame to frame, the median;
    `inside_px`, `own_px`, `rest_px`: the same of what is in the hole, on the screen and against
    what is behind it, and of the picture around. `touch`: what else moves there. `fps`: frames a
    second of the clip, 0 where unknown.
    `place`: (x, y) pixels, the middle of all that is never seen; None where nothing is.
    """

    size: tuple[int, int]
    hole_px: tuple[int, ...]
    unseen_px: tuple[float, ...]
    distance_frames: int | None = None
    motion_px: float = 0.0
    inside_px: float = 0.0
    own_px: float = 0.0
    rest_px: float = 0.0
    touch: Contact = field(default_factory=Contact)
    fps: float = 0.0
    place: tuple[float, float] | None = None
    patches: Mapping[int, UnseenMask] = field(default_factory=dict)

    @property
    def never_seen(self) -> float:
        """Share of all hole pixels that no frame shows, 0 to 1."""
        return sum(self.unseen_px) / max(1, sum(self.hole_px))

    @property
    def per_frame(self) -> tuple[float | None, ...]:
        """The same by frame of the clip; None where a frame has no hole."""
        pairs = zip(self.unseen_px, self.hole_px, strict=True)
        return tuple(lost / hole if hole else None for lost, hole in pairs)

    def unseen(self, frame: int) -> Bools:
        """(H, W) bool: where on a frame nothing is ever seen. It may reach over the hole's edge."""
        width, height = self.size
        area = np.zeros((height, width), np.bool_)
        if patch := self.patches.get(frame):
            area[patch.box.slices] = patch.read()
        return area


def forecast_visibility(
    clip: Clip, track: MaskTrack, pieces: Sequence[Piece], *, progress: Progress = no_op
) -> Forecast:
    """Look for every hole pixel of a plan in the other frames.

    Holds one window at reduced size, and a few hundred bytes for each frame. Raises MediaError, or
    what `progress` raises to stop.
    """
    tally = _Tally(clip.frames)
    total = max(1, sum(piece.span.length for piece in pieces))
    done, last = 0, None
    with clip.reopen() as source:
        for piece in pieces:
            told = section(progress, done / total, (done + piece.span.length) / total)
            window = _read(source, track, piece, section(told, 0.0, 0.3))
            found = _looked_for(window, last, section(told, 0.3, 1.0))
            last = _Looked(piece, window.box, found.reach)
            tally.add(window, found)
            done += piece.span.length
    return tally.forecast((clip.width, clip.height), float(clip.fps))


@dataclass(frozen=True, repr=False)
class _Window:
    """One piece at reduced size, over `box`. frames: (T, h, w, 3); cover: (T, h, w), hole's share;
    hole_px: (T,) pixels of the hole at full size."""

    piece: Piece
    frames: Frames
    cover: Floats
    hole_px: Ints

    @property
    def box(self) -> Box:
        return self.piece.box

    @property
    def fill(self) -> range:
        """The frames to repair, counted from the window's first."""
        return range(self.piece.before_frames, self.piece.before_frames + self.piece.fill.length)


@dataclass(frozen=True, repr=False)
class _Looked:
    """What was found for the window before. reach: (T, h, w), see `_reach`."""

    piece: Piece
    box: Box
    reach: Ints


class _Findings(NamedTuple):
    """Of one window. reach: (T, h, w) int32, how many frames away each hole pixel is shown.

    0 outside the hole, -1 where it is never seen; looked for in the frames to fill only. speeds:
    how far what is behind the hole moves, and moves: what else does, both in source pixels.
    """

    reach: Ints
    speeds: list[float]
    moves: list[Move | None]


def _read(clip: Clip, track: MaskTrack, piece: Piece, progress: Progress) -> _Window:
    box, count = piece.box, piece.span.length
    scale = min(1.0, math.sqrt(_MOST_PIXELS / (box.width * box.height)))
    size = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    frames = np.empty((count, size[1], size[0], 3), np.uint8)
    cover = np.empty((count, size[1], size[0]), np.float32)
    hole_px = np.zeros(count, np.int32)
    for span in windows(piece.span, _READ_FRAMES):
        start = span.start - piece.span.start
        progress(start / count, f"looking at frame {span.start}")
        video, mask = clip.read(span, box=box), track.read(span, box=box)
        for i, (frame, values) in enumerate(zip(video.frames, mask.values, strict=True), start):
            hole = values >= HOLE_LEVEL
            hole_px[i] = hole.sum()
            frames[i] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            cover[i] = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return _Window(piece, frames, cover, hole_px)


def _looked_for(window: _Window, last: _Looked | None, progress: Progress) -> _Findings:
    """What a window shows: where its hole's pixels are seen, and what moves."""
    hole = window.cover > _COVERED
    motion = estimate_motion(window.frames, hole, progress=section(progress, 0.0, 0.7))
    scale = window.box.width / hole.shape[2]
    speeds = [_speed(pair, hole[t]) * scale for t, pair in enumerate(motion) if pair is not None]
    moves = movement(
        window.frames, hole, [one if t in window.fill else None for t, one in enumerate(motion)]
    )
    return _Findings(
        _reach(window, last, hole, motion),
        [speed for speed in speeds if not math.isnan(speed)],
        [move and move.scaled(scale) for move in moves],
    )


def _reach(
    window: _Window, last: _Looked | None, hole: Bools, motion: Sequence[PairMotion | None]
) -> Ints:
    """See `_Findings`."""
    reach = _known(window, last, hole)
    shut = np.stack([_grown(known < 0) for known in reach])
    fill = window.fill
    nowhere = np.zeros(hole.shape[1:], np.bool_)
    pixels = [PixelSet.of(hole[t] if t in fill else nowhere) for t in range(len(hole))]
    for ahead in (False, True):
        chain = Chain.empty(pixels)
        extend_chain(chain, pixels, motion, shut, ahead=ahead)
        _note(reach, chain, pixels, fill)
    return reach


def _known(window: _Window, last: _Looked | None, hole: Bools) -> Ints:
    """(T, h, w): `_reach` before anything is looked for; what the window before found is kept."""
    reach = np.where(hole, -1, 0).astype(np.int32)
    if last is None:
        return reach
    rows, columns = _places(window, last)
    inside = (rows >= 0)[:, None] & (columns >= 0)[None]
    for frame in window.piece.span.intersection(last.piece.fill).frames:
        t = frame - window.piece.span.start
        found = last.reach[frame - last.piece.span.start][rows[:, None], columns[None]]
        reach[t] = np.where(hole[t] & inside, found, reach[t])
    return reach


def _places(window: _Window, last: _Looked) -> tuple[Ints, Ints]:
    """Rows and columns of the window before that lie under those of this one; -1 outside it."""
    ends = (window.box.y0, window.box.y1), (window.box.x0, window.box.x1)
    old_ends = (last.box.y0, last.box.y1), (last.box.x0, last.box.x1)
    found = []
    sizes = zip(window.cover.shape[1:], last.reach.shape[1:], strict=True)
    for (start, stop), (old_start, old_stop), (size, old_size) in zip(
        ends, old_ends, sizes, strict=True
    ):
        middle = start + (np.arange(size) + 0.5) * (stop - start) / size
        place = np.floor((middle - old_start) * old_size / (old_stop - old_start))
        found.append(np.where((place >= 0) & (place < old_size), place, -1).astype(np.int32))
    return found[0], found[1]


def _grown(unseen: Bools) -> Bools:
    """With one pixel around: between pixels, sampling would touch them."""
    square = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.dilate(unseen.view(np.uint8), square)).view(np.bool_)


def _note(reach: Ints, chain: Chain, pixels: Sequence[PixelSet], fill: range) -> None:
    """Write into `reach` how far away the chain found each pixel, where that is nearer."""
    height, width = reach.shape[1:]
    for t in fill:
        rows = np.flatnonzero(chain.frame[t] >= 0)
        source = chain.frame[t][rows]
        y = np.clip(np.rint(chain.y[t][rows]), 0, height - 1).astype(np.int32)
        x = np.clip(np.rint(chain.x[t][rows]), 0, width - 1).astype(np.int32)
        away = np.abs(source - t) + reach[source, y, x]
        own = pixels[t].y[rows], pixels[t].x[rows]
        known = reach[t][own]
        reach[t][own] = np.where(known < 0, away, np.minimum(known, away))


def _speed(pair: PairMotion, hole: Bools) -> float:
    """How far the content of the hole moves, reduced pixels: the mean; NaN where there is none."""
    inside = hole[pair.box.slices]
    if not inside.any():
        return float("nan")
    return float(np.hypot(pair.forward[..., 0], pair.forward[..., 1])[inside].mean())


class _Tally:
    """What all windows found, added up."""

    def __init__(self, frames: int) -> None:
        self.hole_px = [0] * frames
        self.unseen_px = [0.0] * frames
        self.patches: dict[int, UnseenMask] = {}
        self.away = np.zeros(_FARTHEST_FRAMES + 1)
        self.motion: list[float] = []
        self.moves: list[Move | None] = []
        self.place = np.zeros(3)  # pixels never seen, and the sums of their x and y

    def add(self, window: _Window, found: _Findings) -> None:
        """One window's frames to fill."""
        self.motion += found.speeds
        self.moves += found.moves
        reach = found.reach
        for t in window.fill:
            frame = window.piece.span.start + t
            cover = window.cover[t]
            unseen = (reach[t] < 0) & (cover > _COVERED)
            share = float(cover[unseen].sum()) / max(float(cover.sum()), 1e-6)
            self.hole_px[frame] = int(window.hole_px[t])
            self.unseen_px[frame] = min(1.0, share) * int(window.hole_px[t])
            if unseen.any():
                self.place += _moments(unseen, window.box)
                self.patches[frame] = UnseenMask.of(unseen, window.box)
            away = np.minimum(reach[t], _FARTHEST_FRAMES)
            seen = (away >= 0) & (cover > _COVERED)
            self.away += np.bincount(away[seen], cover[seen], minlength=len(self.away))

    def forecast(self, size: tuple[int, int], fps: float) -> Forecast:
        """The sum."""
        measured = [move for move in self.moves if move is not None]
        far = np.cumsum(self.away)
        middle = int(np.searchsorted(far, far[-1] / 2)) if far[-1] > 0 else None
        area, x, y = self.place
        return Forecast(
            size=size,
            hole_px=tuple(self.hole_px),
            unseen_px=tuple(self.unseen_px),
            distance_frames=middle,
            motion_px=_median(self.motion),
            inside_px=_median([move.inside for move in measured]),
            own_px=_median([move.own for move in measured]),
            rest_px=_median([move.rest for move in measured]),
            touch=contact(self.moves),
            fps=fps,
            place=(x / area, y / area) if area else None,
            patches=self.patches,
        )


def _median(values: Sequence[float]) -> float:
    return float(np.median(values)) if values else 0.0


def _moments(unseen: Bools, box: Box) -> NDArray[np.float64]:
    """(area, sum of x, sum of y) of the true pixels over `box`, in source pixels."""
    rows, columns = np.nonzero(unseen)
    across, down = box.width / unseen.shape[1], box.height / unseen.shape[0]
    x, y = box.x0 + (columns + 0.5) * across, box.y0 + (rows + 0.5) * down
    return np.asarray(np.array([len(rows), x.sum(), y.sum()]) * across * down)
