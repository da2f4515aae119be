"""Measured scores of a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Better = Literal["lower", "higher", "neither", "alike"]
"""Direction in which a score is better; 'alike': closest to its baseline."""


@dataclass(frozen=True)
class Score:
    """One measured number, over the clip and by frame (None for frames that were not measured)."""

    name: str
    title: str
    value: float | None
    unit: str
    better: Better
    meaning: str
    """One or two sentences for the user: what the number means."""
    yardstick: float | None = None
    """The baseline: the same measure on the untouched source around the hole, if there is one."""
    per_frame: tuple[float | None, ...] = ()
    own_per_frame: tuple[float | None, ...] = ()
    """The baseline by frame, if it changes."""
    missing: str = ""
    """Why it could not be measured on this machine, else empty."""


@dataclass(frozen=True)
class OutsideDifference:
    """Differences outside the mask in the decoded file, in levels, sample by sample.

    `largest_difference_before_encoding` is counted on the frames that went into the encoder; 0 is
    exact. A lossless output has the same difference after decoding, a lossy codec adds its own.
    """

    pixels_compared: int
    largest_difference: int
    largest_difference_before_encoding: int
    lossless: bool
