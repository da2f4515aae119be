"""Check a finished mask: list frames on which it may be wrong, before they are filled.

All measures are taken on pictures of 256 pixels across. `frames.py` reads them, `parts.py` finds
parts of the object that the mask leaves out, `measures.py` collects the measures of every frame,
and `area_warnings.py` and `shape_warnings.py` make warnings of them. The thresholds were chosen
with faults planted in the masks of real clips (DAVIS 2016); the true masks of these clips cause
almost no warning.
"""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import MaskTrack, MaskWarning, Progress
from vinpaint.masks.refine.self_check.area_warnings import area_warnings
from vinpaint.masks.refine.self_check.measures import FrameMeasures, measure_frames
from vinpaint.masks.refine.self_check.shape_warnings import PieceScaler, shape_warnings
from vinpaint.media import Clip

__all__ = ["check_mask"]


def check_mask(
    clip: Clip, track: MaskTrack, *, cuts: Sequence[int], progress: Progress
) -> tuple[MaskWarning, ...]:
    """Return warnings about possible errors of a mask, worst first; empty if there are none.

    Args:
        clip: The clip that the mask belongs to.
        track: The mask to check.
        cuts: The first frame of every shot except the first.
        progress: Called for every frame; may raise to stop.

    Raises:
        MediaError: a frame cannot be read.
    """
    with clip.reopen() as own:
        frames = list(measure_frames(own, track, cuts, progress))
    return warnings_of(frames, cuts, track.size)


def warnings_of(
    frames: Sequence[FrameMeasures], cuts: Sequence[int], size: tuple[int, int]
) -> tuple[MaskWarning, ...]:
    """Return the warnings that follow from the measures of all frames, worst first.

    size: width and height of the clip, in pixels.
    """
    shape = tuple(shape_warnings(frames, cuts, PieceScaler(size)))
    found = _not_explained([*shape, *area_warnings(frames, cuts)])
    return tuple(sorted(found, key=lambda warning: (-warning.severity, warning.span)))


def _not_explained(warnings: Sequence[MaskWarning]) -> list[MaskWarning]:
    """Return the warnings without those that a missing part explains.

    These are changes of the area where the part leaves or comes back, and the same part seen beside
    the mask.
    """
    parts = [one.span for one in warnings if one.kind == "part"]
    ends = {t for span in parts for t in span}
    missing = {t for span in parts for t in span.frames}
    kept: list[MaskWarning] = []
    for one in warnings:
        if one.kind in ("jump", "flicker"):
            explained = not ends.isdisjoint(one.span)
        else:
            covered = sum(t in missing for t in one.span.frames)
            explained = one.kind == "outside" and covered > one.span.length / 2
        if not explained:
            kept.append(one)
    return kept
