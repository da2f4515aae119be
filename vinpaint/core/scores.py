"""Measured scores of a repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
class OutsideDifference:
    """What was compared outside the mask, on the decoded file, sample by sample.

    `largest_difference_before_encoding` is counted on what went into the encoder: 0 when exact.
    For a lossless output both are the same count; a lossy codec changes the second.
    """

    pixels_compared: int
    largest_difference: int
    largest_difference_before_encoding: int
    lossless: bool
