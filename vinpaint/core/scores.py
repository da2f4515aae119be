"""Data types of the measured scores of a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "neither", "alike"]
"""Direction in which a score improves; 'alike' means closest to its baseline."""


@dataclass(frozen=True)
class Score:
    """One measured score of a clip and, in `per_frame`, of its frames (None if not measured)."""

    name: str
    title: str
    value: float | None
    unit: str
    better: Better
    meaning: str
    """One or two sentences that explain the score to the user."""
    yardstick: float | None = None
    """The baseline: the same measure on the untouched source around the hole, or None."""
    per_frame: tuple[float | None, ...] = ()
    own_per_frame: tuple[float | None, ...] = ()
    """The baseline of every frame; empty if it is the same for all frames."""
    missing: str = ""
    """Why the score could not be measured on this machine; empty if it was."""


@dataclass(frozen=True)
class OutsideDifference:
    """Differences between source and result outside the mask, in levels of 255.

    Args:
        pixels_compared: Number of samples compared.
        largest_difference: Largest difference in the decoded result.
        largest_difference_before_encoding: Largest difference in the frames passed to the encoder;
            0 means that they are identical. A lossy codec adds its own error after that.
        lossless: Whether the measured output uses a lossless codec.
    """

    pixels_compared: int
    largest_difference: int
    largest_difference_before_encoding: int
    lossless: bool
