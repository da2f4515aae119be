"""Examine a clip for what a repair left of the removed object, a window of frames at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import count

import cv2
import numpy as np

from vinpaint.core import (
    HOLE_LEVEL,
    Bools,
    Box,
    Floats,
    Frames,
    Leftover,
    LeftoverPart,
    MaskTrack,
    Progress,
    Span,
    bounding_box,
    no_op,
    section,
    windows,
)
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.packed_masks import PackedMask, PackedTrack
from vinpaint.media import Clip, find_cuts, split_shots
from vinpaint.quality.leftover.findings import (
    FrameFinding,
    cast_strengths,
    examine,
    name_cast,
    name_place,
    object_strengths,
    shot_evidence,
    spans_over,
    strengths,
)
from vinpaint.quality.leftover.scan_window import ScanWindow

_WINDOW_FRAMES, _CONTEXT_FRAMES = 96, 20
"""Frames that are examined at a time, and frames before and after that serve as background."""
_TICKS_PER_FRAME = 7
"""Steps of the progress per frame, with the frames that are read twice as context."""
_MAX_PIXELS = 57_600
"""Maximum number of pixels of a small frame, 320 x 180. The limits are tuned to it."""
_MIN_CROP_SHARE = 0.4
"""Minimum size of the crop around the hole, as a share of the frame."""
_MIN_COVER = 0.2
"""Minimum hole share of a small pixel that counts as hole."""
_GROW_PX = 2
"""Growth of the reported mask, in small pixels: found regions lack their blurred border."""
_SMALLEST_HOLE_PX = 20
"""Smaller holes, in small pixels, are not examined."""


def find_leftover(
    clip: Clip,
    track: MaskTrack,
    *,
    result: Clip | None = None,
    span: Span | None = None,
    overlay: bool = False,
    progress: Progress = no_op,
) -> Leftover:
    """Find what is still visible of a removed object outside its mask.

    Args:
        clip: The source.
        track: The tuned mask of all frames.
        result: The repaired clip; None before the repair, when the source stands for it.
        span: The frames to examine; None for all. Outside of them, nothing is to be removed.
        overlay: Whether the mask covers captions, a logo or a fixed region, which may come and go:
            frames without a mask are right then, and are not examined.
        progress: Called with the progress; may raise to stop.

    Raises MediaError if a frame cannot be read.
    """
    cuts = find_cuts(clip, progress=section(progress, 0.0, 0.1))
    tick = _ticker(section(progress, 0.1, 1.0), _TICKS_PER_FRAME * (span or clip.span).length)
    found: dict[int, _Examined] = {}
    shots = split_shots(cuts, clip.frames)
    for shot in shots:
        for part in windows(shot.intersection(span or clip.span), _WINDOW_FRAMES):
            for t, examined in _examine_window(clip, result or clip, track, shot, part, tick):
                if overlay and not examined.finding.area:
                    continue
                finding = examined.finding.without_history() if overlay else examined.finding
                found[t] = replace(examined, finding=finding)
    return _combine(found, shots, clip)


def _ticker(progress: Progress, ticks: int) -> Callable[[], None]:
    """Return a function that advances `progress` by one of `ticks` steps at each call."""
    steps = count(1)
    return lambda: progress(min(1.0, next(steps) / ticks), "looking for what is left of the object")


@dataclass(frozen=True, repr=False)
class _Examined:
    """The finding of a frame, the part of the frame that was examined, and the typical area of the
    object in small pixels."""

    finding: FrameFinding
    crop: Box
    typical_px: float

    @property
    def region(self) -> Bools:
        """Where something is left over if the frame is named, (h, w) bool."""
        return self.object_region | self.finding.cast_mask

    @property
    def object_region(self) -> Bools:
        """The pixels of `region` that are the object's own, (h, w) bool."""
        return self.finding.mask | self.finding.likely

    @property
    def region_share(self) -> float:
        """Area of the region as a share of the object."""
        return float(self.region.sum()) / self.typical_px


def _examine_window(
    clip: Clip, result: Clip, track: MaskTrack, shot: Span, span: Span, tick: Callable[[], None]
) -> Iterator[tuple[int, _Examined]]:
    """Yield (frame number, finding) for the frames of `span`. Reads frames around it as well."""
    wide = Span(
        max(shot.start, span.start - _CONTEXT_FRAMES), min(shot.stop, span.stop + _CONTEXT_FRAMES)
    )
    boxes = [box for t in wide.frames if (box := track.bounds(t))]
    if not boxes:
        return
    crop = _crop(boxes, clip.width, clip.height)
    source = list(_small_frames(clip, wide, crop, tick))
    after = source if result is clip else list(_small_frames(result, wide, crop, tick))
    size = source[0].shape[1], source[0].shape[0]
    holes = [_small_hole(track, t, crop, size) for t in wide.frames]
    areas = [int(hole.sum()) for hole in holes if hole.any()]
    if not areas or np.median(areas) < _SMALLEST_HOLE_PX:
        return
    window = ScanWindow(source, after, holes, float(np.median(areas)), tick)
    pixel_area = crop.width * crop.height / (size[0] * size[1])
    for t, finding in enumerate(examine(window, pixel_area=pixel_area), start=wide.start):
        if t in span.frames:
            yield t, _Examined(finding, crop, window.area_px)


def _crop(boxes: list[Box], width: int, height: int) -> Box:
    """Return the part of the frame to examine: the holes and as much again on every side."""
    typical = int(np.median([max(box.width, box.height) for box in boxes]))
    joined = reduce(Box.join, boxes).grow(typical, width, height)
    lack = max(
        _MIN_CROP_SHARE * width - joined.width, _MIN_CROP_SHARE * height - joined.height, 0.0
    )
    return joined.grow(int(np.ceil(lack / 2)), width, height)


def _small_frames(clip: Clip, span: Span, crop: Box, tick: Callable[[], None]) -> Iterator[Frames]:
    """Yield the frames at working size, (h, w, 3) uint8 RGB."""
    scale = min(1.0, (_MAX_PIXELS / (crop.width * crop.height)) ** 0.5)
    size = max(1, round(crop.width * scale)), max(1, round(crop.height * scale))
    for picture in clip.pictures(span):
        tick()
        small = cv2.resize(picture.rgb(crop), size, interpolation=cv2.INTER_AREA)
        yield np.asarray(small, np.uint8)


def _small_hole(track: MaskTrack, frame: int, crop: Box, size: tuple[int, int]) -> Bools:
    values: Floats = track.read(Span(frame, frame + 1), box=crop).values[0]
    cover = cv2.resize(
        (values >= HOLE_LEVEL).astype(np.float32), size, interpolation=cv2.INTER_AREA
    )
    return np.asarray(cover) > _MIN_COVER


def _combine(found: dict[int, _Examined], shots: Sequence[Span], clip: Clip) -> Leftover:
    """Combine the findings of all frames, shot by shot."""
    whole, own, cast = (_Evidence(clip.frames) for _ in range(3))
    for shot in shots:
        examined = [t for t in shot.frames if t in found]
        evidence = shot_evidence([found[t].finding for t in examined])
        whole.add(shot, examined, strengths(evidence))
        own.add(shot, examined, object_strengths(evidence))
        cast.add(shot, examined, cast_strengths(evidence))
    shown = [t for span in whole.spans for t in span.frames if t in found]
    masks = {t: packed for t in shown if (packed := _pack(found[t], found[t].region))}
    shares = [found[t].finding.share if t in found else None for t in range(clip.frames)]
    for t in masks:
        shares[t] = max(shares[t] or 0.0, found[t].region_share)
    parts = [
        _part(found, own, lambda one: one.object_region, name_place),
        _part(found, cast, lambda one: one.finding.cast_mask, name_cast),
    ]
    if not any(parts):  # each may be too short alone
        parts = [_part(found, whole, lambda one: one.region, name_place)]
    return Leftover(
        shares=tuple(shares),
        strengths=tuple(whole.values),
        spans=whole.longest_first(),
        parts=tuple(part for part in parts if part),
        track=PackedTrack((clip.width, clip.height), clip.frames, masks),
    )


class _Evidence:
    """Evidence of one kind on every frame, None where a frame was not examined."""

    def __init__(self, frames: int) -> None:
        self.values: list[float | None] = [None] * frames
        self.spans: list[Span] = []

    def add(self, shot: Span, examined: Sequence[int], values: Iterable[float]) -> None:
        """Add the values of the examined frames of a shot."""
        for t, value in zip(examined, values, strict=True):
            self.values[t] = float(value)
        inside = spans_over(self.values[shot.start : shot.stop])
        self.spans += [Span(shot.start + span.start, shot.start + span.stop) for span in inside]

    def longest_first(self) -> tuple[Span, ...]:
        """Return the spans with something left over."""
        return tuple(sorted(self.spans, key=lambda span: (-span.length, span.start)))


def _part(
    found: dict[int, _Examined],
    evidence: _Evidence,
    region: Callable[[_Examined], Bools],
    name: Callable[[Sequence[FrameFinding]], str],
) -> LeftoverPart | None:
    """Return one kind of what is left, or None if nothing of it is."""
    shown = [t for span in evidence.spans for t in span.frames if t in found]
    if not shown:
        return None
    regions = {t: region(found[t]) for t in shown}
    boxes = [packed.box for t in shown if (packed := _pack(found[t], regions[t]))]
    return LeftoverPart(
        spans=evidence.longest_first(),
        share=max(float(regions[t].sum()) / found[t].typical_px for t in shown),
        strength=max(evidence.values[t] or 0.0 for t in shown),
        box=reduce(Box.join, boxes) if boxes else None,
        place=name([found[t].finding for t in shown]),
    )


def _pack(examined: _Examined, region: Bools) -> PackedMask | None:
    """Compress a region of one frame, (h, w) bool; None if it is empty."""
    mask, crop = dilate_ellipse(region, _GROW_PX), examined.crop
    inner = bounding_box(mask)
    if inner is None:
        return None
    height, width = mask.shape
    box = Box(
        crop.x0 + inner.x0 * crop.width // width,
        crop.y0 + inner.y0 * crop.height // height,
        crop.x0 - (-inner.x1 * crop.width // width),
        crop.y0 - (-inner.y1 * crop.height // height),
    )
    return PackedMask.of(mask[inner.slices], box)
