"""Read the reference, and check the settings that describe it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vinpaint.core import Bools, FillSettings, Frames, MaskTrack, MediaError, SettingsError, Span
from vinpaint.imaging.motion.camera import Homography
from vinpaint.media import Clip, read_image
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.plate.reference.scale import scaling

_SAME_SHAPE = 0.01
"""Relative tolerance for the aspect ratio of a picture at another scale."""


def describe_reference(fill: FillSettings) -> str:
    """Return a phrase that names the reference, or "" without one."""
    if fill.clone is not None:
        return f"the clone from {fill.clone[0]},{fill.clone[1]}"
    if fill.reference:
        return f"the picture '{Path(fill.reference).name}'"
    return "" if fill.reference_frame is None else f"frame {fill.reference_frame}"


def check_reference(fill: FillSettings, strategy: Strategy) -> None:
    """Check that the reference suits the strategy.

    Raises SettingsError if the strategy takes no reference but one is given, if it needs one and
    none is given, if two are given, or if a clone has the distance 0.
    """
    name, reference = fill.strategy, describe_reference(fill)
    if reference and not strategy.takes_reference:
        raise SettingsError(
            f"the strategy '{name}' takes no reference, received {reference}; leave it out, or "
            "choose the strategy 'plate'"
        )
    if not reference and strategy.needs_reference:
        raise SettingsError(
            f"the strategy '{name}' was given nothing to copy from; give a picture (--reference "
            "IMAGE), a clean frame (--reference-frame N) or a place to clone (--clone DX,DY)"
        )
    if fill.reference and fill.clone is not None:
        raise SettingsError(
            f"a picture ('{fill.reference}') and {reference} were given; leave one of them out"
        )
    if fill.clone == (0, 0):
        raise SettingsError(
            "the clone from 0,0 is the hole itself; say how many pixels to the right and down "
            "from it the source lies"
        )


@dataclass(frozen=True, repr=False)
class ReferenceSource:
    """A reference that is not yet aligned with the frames.

    Args:
        name: phrase that names it in messages.
        picture: (H, W, 3) uint8.
        copyable: (H, W) bool, the pixels of the picture that may be copied.
        anchor: the frame that the picture belongs to, if known.
        start: the homography from that frame to the picture, if known.
        clone: (right, down), the distance in pixels from the hole to the place to copy.
    """

    name: str
    picture: Frames
    copyable: Bools
    anchor: int | None
    start: Homography | None
    clone: tuple[int, int] | None = None


def read_source(fill: FillSettings, clip: Clip, track: MaskTrack, first: int) -> ReferenceSource:
    """Read the reference that the settings describe.

    `first` is the first frame to be repaired; a clone without a frame is aligned with it. Raises
    SettingsError for a frame outside the clip, MediaError if a picture cannot be read.
    """
    frame, name = fill.reference_frame, describe_reference(fill)
    if frame is not None and not 0 <= frame < clip.frames:
        raise SettingsError(
            f"the reference frame is {frame}, but the clip has frames 0 to {clip.frames - 1}; "
            "give one of those"
        )
    if fill.reference:
        if not Path(fill.reference).is_file():
            raise MediaError(f"{fill.reference}: there is no such picture; check the path")
        picture = read_image(fill.reference)
        copyable = np.ones(picture.shape[:2], np.bool_)
        start = None if frame is None else scale_to_picture(picture, clip)
        return ReferenceSource(name, picture, copyable, frame, start)
    anchor = first if frame is None else frame
    span = Span(anchor, anchor + 1)
    copyable = track.read(span).values[0] == 0
    picture = clip.read(span).frames[0]
    return ReferenceSource(name, picture, copyable, anchor, np.eye(3), fill.clone)


def scale_to_picture(picture: Frames, clip: Clip) -> Homography | None:
    """Return the scaling from the clip to a picture of the same aspect ratio, else None."""
    height, width = picture.shape[:2]
    difference = (width / height) / (clip.width / clip.height) - 1
    if abs(difference) > _SAME_SHAPE:
        return None
    return scaling(width / clip.width, height / clip.height)
