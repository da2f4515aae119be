"""Settings of a job: the post-processing of the mask, and the fill."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal

from vinpaint.core.check import Range, check_fields, setting


@dataclass(frozen=True)
class Tuning:
    """Post-processing of the mask (docs/method.md, steps 1 to 3).

    Args:
        dilate_px: Distance by which the mask is dilated, in pixels.
        blur_sigma_px: Sigma of the Gaussian that softens the edge, in pixels.
        temporal_sigma_frames: Sigma of the Gaussian over time, in frames.
    """

    dilate_px: float = setting(8.0, Range(0, 200, unit="pixels"))
    blur_sigma_px: float = setting(4.0, Range(0, 100, unit="pixels"))
    temporal_sigma_frames: float = setting(1.0, Range(0, 10, unit="frames"))
    matte: bool = False
    """Replace the edge of the found mask by a soft matte, for hair and motion blur. This is the
    first step. If `dilate_px` is 0, the matte is the final edge and is not blurred. If the mask is
    inverted, it is neither dilated nor blurred, so that the object's hair is kept. Otherwise, the
    dilated mask includes the matte and is blurred, so that no fringe of the removed object
    remains."""


Blend = Literal["alpha", "poisson"]

Device = Literal["auto", "cpu", "cuda"]

Smoothing = Literal["bilateral", "average", "none"]


@dataclass(frozen=True)
class Generation:
    """Settings of a generative model. An empty string or None selects the model's default."""

    model: str = ""
    """A name from `vinpaint models list`, or a folder with weights."""
    negative_prompt: str = ""
    """Description of what the model should avoid."""
    steps: int | None = setting(None, Range(1))
    guidance: float | None = setting(None, Range())
    """Scale of classifier-free guidance towards the prompt; 1 or less disables it."""
    conditioning: float | None = setting(None, Range())
    """How closely the model follows the content around the hole; 1 is the value of training."""
    example: str = ""
    """Path of an image of the content to generate."""
    repaint: tuple[int, int] | None = setting(None, Range(1))
    """(r, j) of RePaint, for a model not trained to inpaint: repeat every j steps r times."""
    smoothing: Smoothing = "bilateral"
    """Temporal filter for frames that are generated one by one."""
    smoothing_sigma_frames: float = setting(1.5, Range(0, exclusive=True))
    smoothing_sigma_levels: float = setting(25.0, Range(0, exclusive=True))
    rim_guidance: float = setting(0.0, Range(0, 2))
    """Weight that pulls each step of an image model towards the hole's border; 0 disables it."""
    patient: bool = False
    """Allow work that is estimated to take hours."""

    def __post_init__(self) -> None:
        check_fields(self)

    def changed_fields(self) -> list[str]:
        """Return the names of the fields that differ from their defaults."""
        return [each.name for each in fields(self) if getattr(self, each.name) != each.default]


@dataclass(frozen=True)
class FillSettings:
    """How the hole is filled and blended with the source.

    Args:
        prompt: Text for a generative model.
        seed: Seed of all random numbers.
        blend: 'alpha', or 'poisson' to relight the fill from the hole's border.
        match_grain: Whether the source's grain is added to the fill.
    """

    strategy: str = "propagate"
    """A name in STRATEGIES, or 'auto' to choose one."""
    prompt: str = ""
    seed: int = setting(0, Range(0, 2**32 - 1))
    blend: Blend = "alpha"
    match_grain: bool = True
    reference: str = ""
    """Path of an image to copy from."""
    reference_frame: int | None = None
    """The frame that `reference` belongs to; without one, the clean frame to copy from."""
    clone: tuple[int, int] | None = None
    """Offset (dx, dy) in pixels from the hole to the place in the same frame to copy from. It is
    measured on `reference_frame` or, if that is None, on the first frame that is repaired."""
    device: Device = "auto"
    """Device for all networks, those for the mask too; 'auto' uses CUDA if it is available."""
    commercial_safe: bool = False
    """Use only models whose licence allows commercial use, for mask and fill."""
    generation: Generation = field(default_factory=Generation)

    @property
    def has_reference(self) -> bool:
        """Whether a reference to copy from was given."""
        return bool(self.reference) or self.reference_frame is not None or self.clone is not None
