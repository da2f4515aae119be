"""What to replace: one file a source, one line in SOURCES; tracking and tuning beside them."""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.clip import Clip
from vinpaint.errors import MaskError
from vinpaint.masks.base import MaskSource
from vinpaint.masks.imported import ImportedMask
from vinpaint.masks.prompted import Prompted, segment_frame
from vinpaint.masks.region import FixedRegion
from vinpaint.masks.tracks import InvertedTrack, LimitedTrack, UnionTrack
from vinpaint.masks.tune import tune
from vinpaint.types import MaskTrack, Progress, Prompt, Span, part

SOURCES: dict[str, MaskSource] = {
    "prompted": Prompted(),
    "region": FixedRegion(),
    "imported": ImportedMask(),
}


def find(clip: Clip, where: Sequence[Prompt], *, progress: Progress) -> MaskTrack:
    """The union of what all prompts mark, as found. Raises MaskError."""
    if not where:
        raise MaskError(
            "nothing is marked; click the thing, draw a box or a region, or give a mask"
        )
    mine = {
        name: [prompt for prompt in where if prompt.kind in source.kinds]
        for name, source in SOURCES.items()
    }
    used = [(SOURCES[name], prompts) for name, prompts in mine.items() if prompts]
    tracks = [
        source.find(clip, prompts, progress=part(progress, i / len(used), (i + 1) / len(used)))
        for i, (source, prompts) in enumerate(used)
    ]
    return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def inverted(track: MaskTrack) -> MaskTrack:
    """Everything but the mask."""
    return InvertedTrack(track)


def limited(track: MaskTrack, span: Span) -> MaskTrack:
    """The mask on the frames of `span` only."""
    return LimitedTrack(track, span)


__all__ = ["SOURCES", "MaskSource", "find", "inverted", "limited", "segment_frame", "tune"]
