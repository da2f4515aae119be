"""The values that travel between the rooms, and the one convention for what they hold.

- Frames: `(T, H, W, 3)` uint8 RGB. BGR exists only on the one line that calls OpenCV.
- Mask: `(T, H, W)` float32, 0 keep to 1 replace. The *hole* is where a tuned mask is 0.5 or more.
- Flow: `(T-1, H, W, 2)` float32 pixels `(dx, dy)`, x to the right, y down.
- Boxes: `(x0, y0, x1, y1)` pixels, spans: frames `[start, stop)`; the far ends are exclusive.
- Units stand in names: `_px`, `_frames`, `_seconds`, `_gb`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from vinpaint.errors import SettingsError

Frames = NDArray[np.uint8]
Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

Progress = Callable[[float, str], None]
"""`progress(fraction, words)`, fraction 0 to 1; raises `Cancelled` when the user has cancelled."""

HOLE_LEVEL = 0.5
"""A strategy fills where the tuned mask reaches this; below it the source itself stays."""


def silent(fraction: float, words: str) -> None:
    """A `Progress` that tells nobody."""


def unheard(note: str) -> None:
    """Takes a note and tells nobody."""


def uncounted(frame: int, pixels: int) -> None:
    """Takes a count and tells nobody."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """The stretch `[start, stop]` of a progress, to hand to one stage of the work."""
    return lambda fraction, words: progress(start + (stop - start) * fraction, words)


class Span(NamedTuple):
    """Frames `[start, stop)`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """How many frames."""
        return max(0, self.stop - self.start)

    @property
    def frames(self) -> range:
        """The frame numbers."""
        return range(self.start, self.stop)

    def meet(self, other: Span) -> Span:
        """The frames that both hold (perhaps none)."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.stop, other.stop)))


class Box(NamedTuple):
    """Pixels `[x0, x1) x [y0, y1)`."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index that cuts this box out of an `(H, W, ...)` array."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def join(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def meet(self, other: Box) -> Box | None:
        """The pixels that both boxes hold; None where they share none."""
        box = Box(
            max(self.x0, other.x0),
            max(self.y0, other.y0),
            min(self.x1, other.x1),
            min(self.y1, other.y1),
        )
        return box if box.width > 0 and box.height > 0 else None

    def grow(self, margin_px: int, width: int, height: int) -> Box:
        """This box with a margin around it, kept inside a `width` x `height` frame."""
        return Box(
            max(0, self.x0 - margin_px),
            max(0, self.y0 - margin_px),
            min(width, self.x1 + margin_px),
            min(height, self.y1 + margin_px),
        )

    def shift(self, dx: int, dy: int) -> Box:
        """This box moved by whole pixels."""
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)


def bounding_box(inside: Bools) -> Box | None:
    """The smallest box around the true pixels of an `(H, W)` array; None where there are none."""
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(inside.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def _check(values: NDArray[Any], name: str, ndim: int, last: int | None, dtype: type) -> None:
    if values.ndim != ndim or (last is not None and values.shape[-1] != last):
        want = f"{ndim} dimensions" + (f", the last of {last}" if last else "")
        raise ValueError(f"{name}: expected {want}, received shape {values.shape}")
    if values.dtype != dtype:
        raise ValueError(f"{name}: expected {np.dtype(dtype).name}, received {values.dtype}")


@dataclass(frozen=True, repr=False)
class Video:
    """One window of a clip. `frames`: (T, H, W, 3) uint8 RGB."""

    frames: Frames

    def __post_init__(self) -> None:
        _check(self.frames, "Video", 4, 3, np.uint8)

    def __repr__(self) -> str:
        return f"Video{self.frames.shape}"


@dataclass(frozen=True, repr=False)
class Mask:
    """The mask of one window. `values`: (T, H, W) float32, 0 keep to 1 replace."""

    values: Floats

    def __post_init__(self) -> None:
        _check(self.values, "Mask", 3, None, np.float32)

    @property
    def hole(self) -> Bools:
        """(T, H, W) bool: what a strategy fills."""
        return self.values >= HOLE_LEVEL

    def __repr__(self) -> str:
        return f"Mask{self.values.shape}"


class MaskTrack(Protocol):
    """A mask for every frame of a clip, read window by window."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        ...

    @property
    def frames(self) -> int:
        """How many frames."""
        ...

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """The masks of `span`, cut to `box`."""
        ...

    def bounds(self, frame: int) -> Box | None:
        """A box that holds all of the frame's mask above 0 (it may be larger); None if empty."""
        ...


@dataclass(frozen=True)
class Tuning:
    """How a found mask is grown and softened (seed: mask post-processing, steps 1 to 3)."""

    dilate_px: float = 8.0
    blur_sigma_px: float = 4.0
    temporal_sigma_frames: float = 1.0
    matte: bool = False
    """A soft matte, for hair and motion blur, made from the found mask before all else. Where it
    is the edge itself, the Gaussian is left out: when inverted (nothing is grown then either, so
    that hair is kept) and when `dilate_px` is 0. A grown mask takes in the matte and keeps its
    Gaussian rim, so that no fringe of what is removed stays."""


Blend = Literal["alpha", "poisson"]
Device = Literal["auto", "cpu", "cuda"]
Smoothing = Literal["bilateral", "average", "none"]


@dataclass(frozen=True)
class Generation:
    """What a generative model is told; '' and None: what suits the model."""

    model: str = ""
    """A name in the register of models, or a folder of one's own."""
    negative_prompt: str = ""
    """What should not be there."""
    steps: int | None = None
    guidance: float | None = None
    """How closely the prompt is followed; 1 or less: without guidance."""
    conditioning: float | None = None
    """How closely the frames around the hole are followed, 1 as trained."""
    example: str = ""
    """A picture of what should be there."""
    repaint: tuple[int, int] | None = None
    """(r, j), for a model with no inpainting training: r times over jumps of j steps."""
    smoothing: Smoothing = "bilateral"
    """How frames that were made one by one are evened along the motion."""
    smoothing_sigma_frames: float = 1.5
    smoothing_sigma_levels: float = 25.0
    rim_guidance: float = 0.0
    """How far each step of a picture model is drawn to meet the rim: 0 not at all, 2 at most."""
    patient: bool = False
    """Work that takes hours may begin."""

    def __post_init__(self) -> None:
        if self.steps is not None and self.steps < 1:
            raise SettingsError(f"a model works in 1 step or more, received {self.steps}")
        if self.repaint is not None and min(self.repaint) < 1:
            raise SettingsError(f"repaint takes two numbers from 1 on, received {self.repaint}")
        if not 0 <= self.rim_guidance <= 2:
            raise SettingsError(f"rim guidance is 0 (none) to 2, received {self.rim_guidance:g}")
        if min(self.smoothing_sigma_frames, self.smoothing_sigma_levels) <= 0:
            raise SettingsError("the sigmas of the smoothing are above 0; choose 'none' for none")

    def told(self) -> list[str]:
        """The names of what was chosen."""
        return [one.name for one in fields(self) if getattr(self, one.name) != one.default]


@dataclass(frozen=True)
class FillSettings:
    """Which strategy fills the hole, what it is told, and how the fill meets the picture."""

    strategy: str = "propagate"
    """A name in STRATEGIES, or 'auto' for the one that fits best."""
    prompt: str = ""
    seed: int = 0
    blend: Blend = "alpha"
    match_grain: bool = True
    reference: str = ""
    """A picture to fill from."""
    reference_frame: int | None = None
    """The frame that the picture belongs to; without a picture: the clean frame to fill from."""
    clone: tuple[int, int] | None = None
    """(dx, dy) pixels from the hole to the place in the same picture to fill from, as it lies on
    `reference_frame`, or on the first frame that is repaired."""
    device: Device = "auto"
    """Where networks run, those that find the mask as well; 'auto': on a CUDA card, if any."""
    commercial_safe: bool = False
    """Use only models whose licence allows commercial use, for the mask as well."""
    generation: Generation = field(default_factory=Generation)

    @property
    def has_reference(self) -> bool:
        """Whether anything to fill from was given."""
        return bool(self.reference) or self.reference_frame is not None or self.clone is not None


@dataclass(frozen=True, repr=False)
class Reference:
    """What the user gave to fill from, placed on the frames of one window.

    `pictures`: (n, h, w, 3) uint8 RGB, one for each frame (n = T) or one for all (n = 1).
    `shown`: (n, h, w) bool, their pixels that may be copied. `places`: (T, 3, 3) float64, from a
    frame's pixels to its picture's; `camera`: the same, to one plane that all frames share.
    `alike`: it shows the same place of the scene, not another.
    """

    pictures: Frames
    shown: Bools
    places: NDArray[np.float64]
    camera: NDArray[np.float64]
    alike: bool = True

    def __post_init__(self) -> None:
        _check(self.pictures, "Reference", 4, 3, np.uint8)
        if self.shown.shape != self.pictures.shape[:3]:
            raise ValueError(f"Reference: {self.pictures.shape} shown by {self.shown.shape}")
        if len(self.pictures) not in (1, len(self.places)):
            raise ValueError(f"Reference: {len(self.pictures)} for {len(self.places)} frames")

    def of(self, t: int) -> tuple[Frames, Bools]:
        """Frame t's picture (h, w, 3), and which of its pixels may be copied (h, w)."""
        at = t if len(self.pictures) > 1 else 0
        return self.pictures[at], self.shown[at]


@dataclass(frozen=True)
class Context:
    """What a strategy may know beyond its window.

    `repaired`: (n, H, W, 3), the first n frames of the window as they came out of the window
    before: sources, real where the mask is 0, and what is returned for them is thrown away.
    `ahead_frames`: the same of so many frames at the end, which no window has repaired.
    `note`: takes a plain sentence on how the work went, for the result's notes. `invented`: takes
    a frame of the window and how many pixels of its hole no frame shows, where that is known.
    """

    repaired: Video | None = None
    ahead_frames: int = 0
    reference: Reference | None = None
    note: Callable[[str], None] = unheard
    invented: Callable[[int, int], None] = uncounted


Better = Literal["lower", "higher", "neither", "alike"]
"""Which way a score is better; 'alike': the closer to its yardstick."""


@dataclass(frozen=True)
class Score:
    """One measured number, over the clip and by frame (None where the frame was not measured)."""

    name: str
    title: str
    value: float | None
    unit: str
    better: Better
    meaning: str
    """One line for the user: what the number says."""
    yardstick: float | None = None
    """The same measure on the untouched source, where that makes sense."""
    per_frame: tuple[float | None, ...] = ()
    own_per_frame: tuple[float | None, ...] = ()
    """The yardstick by frame, where it changes."""
    missing: str = ""
    """Why it could not be measured on this machine; empty otherwise."""


@dataclass(frozen=True)
class Fault:
    """Something that looks wrong in a clip: where, on which frames, and how surely.

    `kind`: a name in faults.FAULTS. `score`: 0 to 1, one minus the limit over what was measured.
    `amount`: what was measured, in levels (of 255) or, of frozen frames, in frames. `whole`: the
    whole picture, so that there is no area to mark. `lasts`: it goes on to the end of its shot.
    """

    kind: str
    box: Box
    span: Span
    score: float
    amount: float
    whole: bool = False
    lasts: bool = False


@dataclass(frozen=True)
class Outside:
    """What was compared outside the mask, on the decoded file, sample by sample.

    `largest_difference_before_encoding` is counted on what went into the encoder: 0 when exact.
    For a lossless output both are the same count; a lossy codec changes the second.
    """

    pixels_compared: int
    largest_difference: int
    largest_difference_before_encoding: int
    lossless: bool


def windows(span: Span, count: int) -> Iterator[Span]:
    """`span` cut into stretches of at most `count` frames."""
    for start in range(span.start, span.stop, count):
        yield Span(start, min(span.stop, start + count))


def rate_in_words(fps: float | Fraction) -> str:
    """25 -> '25', 30000/1001 -> '29.97'."""
    return f"{float(fps):.2f}".rstrip("0").rstrip(".")
