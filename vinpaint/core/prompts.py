"""Prompts: the ways to mark an object or an area.

Prompts with the same `object_id` belong to one object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Box
from vinpaint.core.check import Range, setting


@dataclass(frozen=True)
class Click:
    """A point on one frame, in pixels of the source.

    If `add` is False, the point marks what does not belong to the object. The trackers find nested
    regions at a point: `level` 0 is the likeliest, 1 the next larger one, -1 the next smaller one.
    Levels past the largest or the smallest region give that region. SAM 2 has three regions, for a
    click that is alone on its frame.
    """

    frame: int
    x: int
    y: int
    add: bool = True
    object_id: int = 1
    kind: Literal["click"] = "click"
    level: int = 0


@dataclass(frozen=True)
class BoxPrompt:
    """A box around the object on one frame, from which it is tracked."""

    frame: int
    box: Box
    object_id: int = 1
    kind: Literal["box"] = "box"


@dataclass(frozen=True)
class Painting:
    """A painted mask of one frame (an image, white = replace), from which it is tracked."""

    frame: int
    path: str
    object_id: int = 1
    kind: Literal["paint"] = "paint"


@dataclass(frozen=True)
class Keyframe:
    """A painted mask of one frame.

    Between key frames, the shape is interpolated instead of tracked.
    """

    frame: int
    path: str
    object_id: int = 1
    kind: Literal["keyframe"] = "keyframe"


@dataclass(frozen=True)
class Shadow:
    """The shadow of an object: on every frame, the darker area that touches the object."""

    object_id: int = 1
    kind: Literal["shadow"] = "shadow"


@dataclass(frozen=True)
class TextPrompt:
    """A description of the object in words, for an open-vocabulary detector.

    Args:
        text: What to find.
        box_threshold: Minimum score of a detected box, 0 to 1.
        text_threshold: Minimum score of a matched word, 0 to 1.
        chosen: Numbers of the detections to use; None for all.
    """

    text: str
    box_threshold: float = setting(0.3, Range(0, 1, exclusive=True))
    text_threshold: float = setting(0.25, Range(0, 1, exclusive=True))
    chosen: tuple[int, ...] | None = None
    object_id: int = 1
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Captions:
    """Burned-in text.

    Args:
        shape: Mask the strokes of the letters, or the whole box around them.
        chosen: Numbers of the captions to use; None for all.
    """

    shape: Literal["letters", "box"] = "letters"
    chosen: tuple[int, ...] | None = None
    object_id: int = 1
    kind: Literal["captions"] = "captions"


@dataclass(frozen=True)
class Missing:
    """What the clip itself lacks: transparent pixels, moving borders and lost blocks."""

    object_id: int = 1
    kind: Literal["missing"] = "missing"


@dataclass(frozen=True)
class Region:
    """A fixed rectangle on every frame, such as a watermark. It is not tracked."""

    box: Box
    object_id: int = 1
    kind: Literal["region"] = "region"


@dataclass(frozen=True)
class MaskFile:
    """A finished mask: a video, a folder of images, one image for all frames, or RLE JSON.

    If `resize` is set, a mask with the clip's aspect ratio is scaled to the clip's size.
    """

    path: str
    resize: bool = False
    object_id: int = 1
    kind: Literal["mask"] = "mask"


Prompt = (
    Click
    | BoxPrompt
    | Painting
    | Keyframe
    | Shadow
    | TextPrompt
    | Captions
    | Missing
    | Region
    | MaskFile
)

FramePrompt = Click | BoxPrompt | Painting | Keyframe
"""Prompts that belong to one frame."""

FilePrompt = Painting | Keyframe | MaskFile
"""Prompts that read a file."""


@dataclass(frozen=True)
class ObjectInfo:
    """The name and visibility of an object. A hidden object is left out of the mask."""

    object_id: int
    name: str = ""
    hidden: bool = False
