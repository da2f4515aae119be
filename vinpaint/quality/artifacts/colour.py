"""Colour shifts: the mean colour of an area jumps between two frames, and stays or comes back.

Moving objects change colours as well, but over several frames and with their structure. A shift
keeps the structure, happens within one frame, and passes the flow's forward-backward check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Artifact, Bools, Floats, Span, bounding_box
from vinpaint.quality.artifacts.base import (
    ClipGrid,
    Detection,
    FrameChange,
    FrameWindow,
    close_gaps,
    dilate_max,
    regions,
    to_artifact,
)
from vinpaint.quality.artifacts.scan import change_between

_MIN_JUMP = 4.0
"""Smallest jump in levels, the mean of the three channels."""
_RATIO = 2.0
"""A jump also exceeds this multiple of the usual change of the frames around."""
_REACH = 5
_MIN_CELLS = 10
_MIN_FRAMES = 3
"""Frames that must come before and after the jump, to tell it from motion."""
_FINE_RATIO, _MIN_FINE = 1.6, 1.0
"""The fine structure may change by this multiple of its usual change, plus this many levels."""
_STAY_FRAMES = 3
"""Frames before and after the jump that are compared, to see that it stays."""
_STAY_SHARE = 0.4
"""Share of the jump that must remain."""
_CONSISTENT_SHARE = 0.5
_GLOBAL_SHARE = 0.6
"""A region larger than this share of the picture is a change of light."""


@dataclass(frozen=True)
class ColourShiftFinder:
    """Finds areas whose colour jumps."""

    title: str = "Colour shift"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the areas that jump on the middle frame."""
        start, shot = window.frame, window.shot
        others = window.changes_around(start, start + 1, _REACH)
        change = window.changes(start, start + 1)
        margin = min(start - shot.start, shot.stop - start)
        if not change or len(others) < 2 or margin <= _MIN_FRAMES:
            return []
        # the second largest change: the jump that takes this one back may be near
        usual = np.sort([_size(one) for one in others], axis=0)[-2]
        limit = _MIN_JUMP + _RATIO * dilate_max(np.asarray(usual, np.float32))
        jumps = _size(change[0]) > limit
        if jumps.mean() > _GLOBAL_SHARE:
            return []
        found = (
            _detection(start, region, change[0], others, limit)
            for region in regions(close_gaps(jumps), _MIN_CELLS)
        )
        return [one for one in found if one is not None and _stays(window, one)]

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Extend each jump to the jump that takes it back, or to the end of the shot."""
        artifacts: list[Artifact] = []
        used: set[int] = set()
        for number, jump in enumerate(detections):
            if number in used:
                continue
            shot = grid.shot_of(jump.span.start)
            later = (n for n in range(number + 1, len(detections)) if n not in used)
            end = next((n for n in later if _reverts(detections[n], jump, shot)), None)
            stop, cells = shot.stop, jump.cells
            if end is not None:
                used.add(end)
                stop, cells = detections[end].span.start, cells.join(detections[end].cells)
            extended = replace(jump, span=Span(jump.span.start, stop), cells=cells)
            artifacts.append(to_artifact("colour", extended, grid, lasts=end is None))
        return artifacts


def _size(change: FrameChange) -> Floats:
    return np.asarray(cv2.blur(np.abs(change.tone).mean(axis=2), (3, 3)), np.float32)


def _stays(window: FrameWindow, jump: Detection) -> bool:
    """Return whether frames a little further apart differ by the same colour."""
    frame = jump.span.start
    ends = [window.small_frames.get(t) for t in (frame - _STAY_FRAMES, frame + _STAY_FRAMES - 1)]
    if ends[0] is None or ends[1] is None:
        return False
    change = change_between(ends[0].rgb, ends[1].rgb)
    consistent = change.consistent[jump.cells.slices] >= _CONSISTENT_SHARE
    if consistent.mean() < _CONSISTENT_SHARE * jump.filled:
        return True  # it moves too fast for flow over this distance
    colour = np.array(jump.colour)
    remaining = change.tone[jump.cells.slices][consistent].mean(axis=0)
    return float(remaining @ colour) > _STAY_SHARE * jump.filled * float(colour @ colour)


def _detection(
    frame: int, region: Bools, change: FrameChange, others: list[FrameChange], limit: Floats
) -> Detection | None:
    cells = bounding_box(region)
    if cells is None:
        return None
    usual = np.median([one.fine[region] for one in others], axis=0)
    if np.median(change.fine[region] - _FINE_RATIO * usual) > _MIN_FINE:
        return None
    red, green, blue = (float(channel) for channel in change.tone[region].mean(axis=0))
    return Detection(
        Span(frame, frame + 1),
        cells,
        amount=float(_size(change)[region].mean()),
        limit=float(limit[region].mean()),
        colour=(red, green, blue),
        filled=float(region[cells.slices].mean()),
    )


def _reverts(later: Detection, jump: Detection, shot: Span) -> bool:
    """Return whether a later jump in the same area and shot takes a jump back."""
    shared = later.cells.intersection(jump.cells)
    if later.span.start >= shot.stop or shared is None:
        return False
    smaller = min(one.cells.width * one.cells.height for one in (later, jump))
    a, b = np.array(later.colour), np.array(jump.colour)
    opposite = float(a @ b) < -0.7 * float(np.linalg.norm(a) * np.linalg.norm(b))
    return shared.width * shared.height > 0.5 * smaller and opposite
