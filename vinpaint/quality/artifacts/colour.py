"""Detect colour shifts: the mean colour of an area jumps between two neighbouring frames.

The colour then stays, or a second jump restores it. Moving objects change colours as well, but over
several frames and together with the structure. A colour shift leaves the structure unchanged, takes
one frame, and passes the forward-backward check of the flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
"""Minimum jump in levels, averaged over the three channels."""
_RATIO = 2.0
"""A jump must exceed this multiple of the usual change of the neighbouring frames."""
_REACH = 5
_MIN_CELLS = 10
_MIN_FRAMES = 3
"""Number of frames needed before and after the jump to distinguish it from motion."""
_FINE_RATIO, _MIN_FINE = 1.6, 1.0
"""Maximum change of the fine structure: ratio to its usual change, plus an offset in levels."""
_STAY_FRAMES = 3
"""Distance in frames, before and after the jump, at which frames are compared once more."""
_STAY_SHARE = 0.4
"""Share of the jump that must still be present at that distance."""
_CONSISTENT_SHARE = 0.5
_GLOBAL_SHARE = 0.6
"""A jump in more than this share of the picture is a change of light, not an artifact."""


class ColourShiftFinder:
    """Finds areas whose colour jumps between two frames."""

    title = "Colour shift"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the areas whose colour jumps on the middle frame of the window."""
        start, shot = window.frame, window.shot
        others = window.changes_around(start, start + 1, _REACH)
        change = window.changes(start, start + 1)
        margin = min(start - shot.start, shot.stop - start)
        if not change or len(others) < 2 or margin <= _MIN_FRAMES:
            return []
        # use the second largest change, because the jump back may be among these frames
        usual = np.sort([_mean_tone(other) for other in others], axis=0)[-2]
        limit = _MIN_JUMP + _RATIO * dilate_max(np.asarray(usual, np.float32))
        jumps = _mean_tone(change[0]) > limit
        if jumps.mean() > _GLOBAL_SHARE:
            return []
        detections = (
            _build_detection(start, region, change[0], others, limit)
            for region in regions(close_gaps(jumps), _MIN_CELLS)
        )
        return [jump for jump in detections if jump is not None and _persists(window, jump)]

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Extend each jump to the one that reverts it, or to the end of the shot."""
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


def _mean_tone(change: FrameChange) -> Floats:
    """Return (h, w): the change of tone in levels, averaged over channels and 3x3 cells."""
    return np.asarray(cv2.blur(np.abs(change.tone).mean(axis=2), (3, 3)), np.float32)


def _persists(window: FrameWindow, jump: Detection) -> bool:
    """Return whether frames further from the jump still differ by the same colour."""
    frame = jump.span.start
    ends = [window.small_frames.get(t) for t in (frame - _STAY_FRAMES, frame + _STAY_FRAMES - 1)]
    if ends[0] is None or ends[1] is None:
        return False
    change = change_between(ends[0].rgb, ends[1].rgb)
    consistent = change.consistent[jump.cells.slices] >= _CONSISTENT_SHARE
    if consistent.mean() < _CONSISTENT_SHARE * jump.filled:
        return True  # too fast for the flow over this distance, so it cannot be checked
    colour = np.array(jump.colour)
    remaining = change.tone[jump.cells.slices][consistent].mean(axis=0)
    return float(remaining @ colour) > _STAY_SHARE * jump.filled * float(colour @ colour)


def _build_detection(
    frame: int, region: Bools, change: FrameChange, others: list[FrameChange], limit: Floats
) -> Detection | None:
    """Return the detection for a region, or None if its fine structure changes too."""
    cells = bounding_box(region)
    if cells is None:
        return None
    usual = np.median([other.fine[region] for other in others], axis=0)
    if np.median(change.fine[region] - _FINE_RATIO * usual) > _MIN_FINE:
        return None
    red, green, blue = (float(channel) for channel in change.tone[region].mean(axis=0))
    return Detection(
        Span(frame, frame + 1),
        cells,
        amount=float(_mean_tone(change)[region].mean()),
        limit=float(limit[region].mean()),
        colour=(red, green, blue),
        filled=float(region[cells.slices].mean()),
    )


def _reverts(later: Detection, jump: Detection, shot: Span) -> bool:
    """Return whether `later` is the opposite jump in the same area and shot."""
    shared = later.cells.intersection(jump.cells)
    if later.span.start >= shot.stop or shared is None:
        return False
    smaller = min(box.width * box.height for box in (later.cells, jump.cells))
    a, b = np.array(later.colour), np.array(jump.colour)
    opposite = float(a @ b) < -0.7 * float(np.linalg.norm(a) * np.linalg.norm(b))
    return shared.width * shared.height > 0.5 * smaller and opposite
