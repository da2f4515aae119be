"""A tracker that needs no weights: optical flow carries the mask on, a graph cut mends it.

From every prompted frame both ways. On each frame the carried mask is cut anew against the
colours inside and around it (its band only), so the outline follows the object's edge instead of
drifting with the flow's errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint import flow
from vinpaint.clip import Clip
from vinpaint.masks.segment import Seeds, close_holes, graph_cut
from vinpaint.masks.tracks import StoredTrack, TrackBuilder
from vinpaint.types import Bools, Frames, Progress, Span, bounding_box, part

_FLOW_PX = 480
"""Longest side at which flow is estimated for tracking."""
_BAND = 0.1
"""Of the object's size: so far from the carried outline the cut may move it."""
_ROUNDS = 2
_WINDOW_FRAMES = 24
_MOST_CHANGE = 0.35
"""A cut that changes the area by more than this share from the carried mask is not believed."""


def track(clip: Clip, prompted: Mapping[int, Bools], *, progress: Progress) -> StoredTrack:
    """The object's mask on every frame, from its masks on some: each (H, W) bool.

    Prompted frames stay exactly as given. A frame between two prompted ones takes the nearer's
    mask; before the first and behind the last the mask is carried on to the clip's ends.
    """
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    for frame, mask in prompted.items():
        builder.put(frame, mask)
    legs = _legs(sorted(prompted), clip.frames)
    total = max(1, sum(leg.length for leg in legs))
    done = 0
    for leg in legs:
        here = part(progress, done / total, (done + leg.length) / total)
        _carry(clip, leg, prompted[leg.start], builder, here)
        done += leg.length
    return builder.done()


@dataclass(frozen=True)
class _Leg:
    """Frames to work out from `start`, one after another, up to and with `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return abs(self.stop - self.start)

    @property
    def step(self) -> int:
        return 1 if self.stop > self.start else -1


def _legs(prompted: list[int], frames: int) -> list[_Leg]:
    legs = []
    for i, frame in enumerate(prompted):
        last = prompted[i - 1] if i else None
        following = prompted[i + 1] if i + 1 < len(prompted) else None
        back = 0 if last is None else (last + frame) // 2 + 1
        on = frames - 1 if following is None else (frame + following) // 2
        legs += [_Leg(frame, back)] if back < frame else []
        legs += [_Leg(frame, on)] if on > frame else []
    return legs


def _carry(clip: Clip, leg: _Leg, mask: Bools, builder: TrackBuilder, progress: Progress) -> None:
    last: Frames | None = None
    for number, frame in _walk(clip, leg):
        if last is None:
            last = frame
            continue
        progress(abs(number - leg.start) / leg.length, f"following, frame {number + 1}")
        mask = step(last, frame, mask)
        builder.put(number, mask)
        last = frame
        if not mask.any():
            return  # lost or gone: the frames beyond stay empty


def _walk(clip: Clip, leg: _Leg) -> Iterator[tuple[int, Frames]]:
    """(number, frame) from the leg's start to its end, read in windows, backwards too."""
    low, high = min(leg.start, leg.stop), max(leg.start, leg.stop) + 1
    starts = list(range(low, high, _WINDOW_FRAMES))
    for start in starts if leg.step > 0 else reversed(starts):
        span = Span(start, min(high, start + _WINDOW_FRAMES))
        frames = clip.read(span).frames
        numbers = span.frames if leg.step > 0 else reversed(span.frames)
        yield from ((number, frames[number - start]) for number in numbers)


def step(last: Frames, frame: Frames, mask: Bools) -> Bools:
    """The mask of `last` carried to `frame` and cut anew there. All (H, W)."""
    carried = carry(last, frame, mask)
    around = bounding_box(carried)
    if around is None:
        return carried
    height, width = mask.shape
    reach = max(3, round(_BAND * np.sqrt(float(carried.sum()))))
    box = around.grow(3 * reach, width, height)
    cut = graph_cut(frame, _band(carried, reach), box, rounds=_ROUNDS)
    change = (cut ^ carried).sum() / max(1, carried.sum())
    return close_holes(_largest(cut)) if change < _MOST_CHANGE else carried


def carry(last: Frames, frame: Frames, mask: Bools) -> Bools:
    """The mask moved by optical flow from one frame to the next, on a crop around it."""
    around = bounding_box(mask)
    if around is None:
        return mask
    height, width = mask.shape
    box = around.grow(max(32, max(around.width, around.height) // 2), width, height)
    scale = min(1.0, _FLOW_PX / max(box.width, box.height))
    size = (max(16, round(box.width * scale)), max(16, round(box.height * scale)))
    new, old = (
        flow.grey(cv2.resize(f[box.slices], size, interpolation=cv2.INTER_AREA))
        for f in (frame, last)
    )
    field = flow.estimate(new, old)
    small = cv2.resize(mask[box.slices].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    moved = cv2.resize(flow.warp(small, field), (box.width, box.height))
    out = np.zeros_like(mask)
    out[box.slices] = np.asarray(moved) >= 0.5
    return out


def _band(carried: Bools, reach: int) -> Seeds:
    """Surely the object deep inside, surely not far outside; between, the cut decides."""
    inside = cv2.distanceTransform(np.pad(carried, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    outside = cv2.distanceTransform((~carried).astype(np.uint8), cv2.DIST_L2, 3)
    return Seeds(np.asarray(inside > reach), carried, np.asarray(outside > reach))


def _largest(mask: Bools) -> Bools:
    """The mask without pieces smaller than a tenth of the largest."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = [i + 1 for i, area in enumerate(areas) if area >= 0.1 * areas.max()]
    return np.isin(labels, keep)
