"""What a mask is made from: one kind of prompt for each way to say what is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Box
from vinpaint.core.check import Range, setting


@dataclass(frozen=True)
class Click:
    """A point on one frame, in source pixels; `add` False means 'not this'."""

    frame: int
    x: int
    y: int
    add: bool = True
    object_id: int = 1
    kind: Literal["click"] = "click"


@dataclass(frozen=True)
class BoxPrompt:
    """A box around the object on one frame, followed from there."""

    frame: int
    box: Box
    object_id: int = 1
    kind: Literal["box"] = "box"


@dataclass(frozen=True)
class Painting:
    """A painted mask of one frame (an image, white = replace), followed from there."""

    frame: int
    path: str
    object_id: int = 1
    kind: Literal["paint"] = "paint"


@dataclass(frozen=True)
class Keyframe:
    """A painted mask of one frame; between key frames the shape is interpolated, not followed."""

    frame: int
    path: str
    object_id: int = 1
    kind: Literal["keyframe"] = "keyframe"


@dataclass(frozen=True)
class Shadow:
    """The shadow of an object: the darker area that is attached to it, on every frame."""

    object_id: int = 1
    kind: Literal["shadow"] = "shadow"


@dataclass(frozen=True)
class TextPrompt:
    """What to find, in words. `chosen`: numbers of the candidates that are meant; None: all."""

    text: str
    box_threshold: float = setting(0.3, Range(0, 1, exclusive=True))
    text_threshold: float = setting(0.25, Range(0, 1, exclusive=True))
    chosen: tuple[int, ...] | None = None
    object_id: int = 1
    kind: Literal["text"] = "text"


@dataclass(frozen=True)
class Captions:
    """Burned-in text. `chosen`: numbers of the captions that are meant; None: all."""

    shape: Literal["letters", "box"] = "letters"
    chosen: tuple[int, ...] | None = None
    object_id: int = 1
    kind: Literal["captions"] = "captions"


@dataclass(frozen=True)
class Region:
    """A fixed rectangle on every frame (a watermark); never tracked."""

    box: Box
    object_id: int = 1
    kind: Literal["region"] = "region"


@dataclass(frozen=True)
class MaskFile:
    """A finished mask: a video, a folder of images, one image for every frame, or RLE JSON.

    `resize`: a mask of the same shape but another scale is brought to the clip's size.
    """

    path: str
    resize: bool = False
    object_id: int = 1
    kind: Literal["mask"] = "mask"


Prompt = (
    Click | BoxPrompt | Painting | Keyframe | Shadow | TextPrompt | Captions | Region | MaskFile
)


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of one object beside its prompts. A hidden one is left out of the mask."""

    object_id: int
    name: str = ""
    hidden: bool = False
