"""Settings of a job: how the mask is tuned, and how the hole is filled."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from vinpaint.core.check import Range, check_fields, setting


@dataclass(frozen=True)
class Tuning:
    """Mask post-processing: dilation and softening (docs/method.md, steps 1 to 3)."""

    dilate_px: float = setting(8.0, Range(0, 200, unit="pixels"))
    blur_sigma_px: float = setting(4.0, Range(0, 100, unit="pixels"))
    temporal_sigma_frames: float = setting(1.0, Range(0, 10, unit="frames"))
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
    steps: int | None = setting(None, Range(1))
    guidance: float | None = setting(None, Range())
    """How closely the prompt is followed; 1 or less: without guidance."""
    conditioning: float | None = setting(None, Range())
    """How closely the frames around the hole are followed, 1 as trained."""
    example: str = ""
    """A picture of what should be there."""
    repaint: tuple[int, int] | None = setting(None, Range(1))
    """(r, j), for a model with no inpainting training: r times over jumps of j steps."""
    smoothing: Smoothing = "bilateral"
    """How frames that were made one by one are evened along the motion."""
    smoothing_sigma_frames: float = setting(1.5, Range(0, exclusive=True))
    smoothing_sigma_levels: float = setting(25.0, Range(0, exclusive=True))
    rim_guidance: float = setting(0.0, Range(0, 2))
    """How far each step of a picture model is drawn to meet the rim: 0 not at all, 2 at most."""
    patient: bool = False
    """Work that takes hours may begin."""

    def __post_init__(self) -> None:
        check_fields(self)

    def changed_fields(self) -> list[str]:
        """Return the names of the fields that differ from their defaults."""
        return [each.name for each in fields(self) if getattr(self, each.name) != each.default]


@dataclass(frozen=True)
class FillSettings:
    """Which strategy fills the hole, what it is told, and how the fill meets the picture."""

    strategy: str = "propagate"
    """A name in STRATEGIES, or 'auto' for the one that fits best."""
    prompt: str = ""
    seed: int = setting(0, Range(0, 2**32 - 1))
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
