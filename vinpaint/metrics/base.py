"""What a measure sees, and what every measure is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from vinpaint.types import Mask, Video


@dataclass(frozen=True)
class Window:
    """A stretch of a clip before and after the repair, cut to the mask's surroundings.

    `first_frame`: the clip's number of the first frame. `lead_frames` (0 or 1): frames at the
    start that the window before had too, so that every pair of neighbours is measured once.
    """

    before: Video
    after: Video
    mask: Mask
    first_frame: int
    lead_frames: int

    def __post_init__(self) -> None:
        shapes = self.before.frames.shape[:3], self.after.frames.shape[:3], self.mask.values.shape
        if len(set(shapes)) != 1:
            raise ValueError(f"Window: before, after and mask differ in shape: {shapes}")


@dataclass(frozen=True)
class Reading:
    """One frame's share of a measure: a sum and what it is divided by, and the yardstick's."""

    frame: int
    total: float
    weight: float
    yardstick_total: float = 0.0
    yardstick_weight: float = 0.0


class Metric(Protocol):
    """One measure. The clip's value is the sum of all totals over the sum of all weights."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def unit(self) -> str:
        """What it counts."""
        ...

    @property
    def better(self) -> Literal["lower", "higher", "neither"]:
        """Which way is better."""
        ...

    @property
    def meaning(self) -> str:
        """One line for the user."""
        ...

    def read(self, window: Window) -> Sequence[Reading]:
        """The readings of a window's frames but the lead ones; none where nothing counts."""
        ...
