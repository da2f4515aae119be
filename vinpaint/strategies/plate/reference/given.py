"""What was given, and whether it can be used at all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vinpaint.core import Bools, FillSettings, Frames, MaskTrack, MediaError, SettingsError, Span
from vinpaint.imaging.motion.camera import Homography
from vinpaint.media import Clip, read_image
from vinpaint.strategies import Strategy
from vinpaint.strategies.plate.reference.scale import zoom

_SAME_SHAPE = 0.01
"""How far the ratio of width to height may differ for a picture of another scale."""


def is_given(fill: FillSettings) -> bool:
    """Whether there is a reference."""
    return bool(in_words(fill))


def in_words(fill: FillSettings) -> str:
    """What was given; '' where nothing was."""
    if fill.clone is not None:
        return f"the clone from {fill.clone[0]},{fill.clone[1]}"
    if fill.reference:
        return f"the picture '{Path(fill.reference).name}'"
    return "" if fill.reference_frame is None else f"frame {fill.reference_frame}"


def check(fill: FillSettings, strategy: Strategy) -> None:
    """Raises SettingsError where the settings and the strategy do not go together."""
    name, given = fill.strategy, in_words(fill)
    if given and not strategy.takes_reference:
        raise SettingsError(
            f"the strategy '{name}' takes no reference, received {given}; leave it out, or choose "
            "the strategy 'plate'"
        )
    if not given and strategy.needs_reference:
        raise SettingsError(
            f"the strategy '{name}' was given nothing to copy from; give a picture (--reference "
            "IMAGE), a clean frame (--reference-frame N) or a place to clone (--clone DX,DY)"
        )
    if fill.reference and fill.clone is not None:
        raise SettingsError(
            f"a picture ('{fill.reference}') and {given} were given; leave one of them out"
        )
    if fill.clone == (0, 0):
        raise SettingsError(
            "the clone from 0,0 is the hole itself; say how many pixels to the right and down "
            "from it the source lies"
        )


@dataclass(frozen=True, repr=False)
class ReferenceSource:
    """A reference before it is placed. `start`: where frame `anchor` lies in it, if known.

    picture: (H, W, 3) uint8; shown: (H, W) bool, what of it may be copied.
    """

    name: str
    picture: Frames
    shown: Bools
    anchor: int | None
    start: Homography | None
    clone: tuple[int, int] | None = None


def read(fill: FillSettings, clip: Clip, track: MaskTrack, first: int) -> ReferenceSource:
    """What was given; `first`: the first frame that is repaired. Raises VinpaintError."""
    frame = fill.reference_frame
    if frame is not None and not 0 <= frame < clip.frames:
        raise SettingsError(
            f"the reference frame is {frame}, but the clip has frames 0 to {clip.frames - 1}; "
            "give one of those"
        )
    name = in_words(fill)
    if fill.reference:
        return _picture(name, fill.reference, frame, clip)
    anchor = first if frame is None else frame
    span = Span(anchor, anchor + 1)
    shown = track.read(span).values[0] == 0
    return ReferenceSource(name, clip.read(span).frames[0], shown, anchor, np.eye(3), fill.clone)


def _picture(name: str, path: str, frame: int | None, clip: Clip) -> ReferenceSource:
    if not Path(path).is_file():
        raise MediaError(f"{path}: there is no such picture; check the path")
    picture = read_image(path)
    shown = np.ones(picture.shape[:2], np.bool_)
    return ReferenceSource(
        name, picture, shown, frame, None if frame is None else scaled(picture, clip)
    )


def scaled(picture: Frames, clip: Clip) -> Homography | None:
    """From the clip's pixels to those of a picture of the same shape; None for another shape."""
    height, width = picture.shape[:2]
    apart = (width / height) / (clip.width / clip.height) - 1
    return None if abs(apart) > _SAME_SHAPE else zoom(width / clip.width, height / clip.height)
