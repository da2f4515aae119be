"""Measure the source's pixels around the hole on a few frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.advice.surroundings import colour
from vinpaint.advice.surroundings.light import Light, Side, measure_light
from vinpaint.advice.surroundings.texture import Texture, measure_texture
from vinpaint.core import HOLE_LEVEL, Bools, Frames, MaskTrack, Progress, Span, bounding_box, no_op
from vinpaint.imaging.noise import Grain, measure_grain
from vinpaint.media import Clip

_FRAMES = 5
"""Number of masked frames that are measured, evenly spaced."""

_GAP_PX = 3
_MIN_RING_PX = 24
_RING_SHARE = 0.5
"""Width of the ring around the hole, as a share of the square root of the hole's area."""

_MIN_PIXELS = 200


@dataclass(frozen=True)
class Surroundings:
    """Measured surroundings of the hole. `temperature_k` is None for green or purple light."""

    palette: tuple[str, ...]
    temperature_k: float | None
    light: Light
    texture: Texture
    grain: Grain | None

    @property
    def tone(self) -> colour.Tone | None:
        """Tone of the light: warm, neutral or cool. None without a temperature."""
        return None if self.temperature_k is None else colour.tone(self.temperature_k)

    @property
    def side(self) -> Side | None:
        """Direction that the light seems to come from, or None if unclear."""
        return self.light.side


@dataclass(frozen=True)
class _Sample:
    """Measurements of one frame."""

    names: dict[str, int]
    light_rgb: NDArray[np.float64]
    light: Light
    texture: Texture
    grain: Grain | None


def measure_surroundings(
    clip: Clip, track: MaskTrack, *, progress: Progress = no_op
) -> Surroundings | None:
    """Measure the surroundings of the mask of a clip, on a few frames that are read one at a time.

    Returns None if the mask leaves too few pixels around it. `progress` may raise to stop. Raises
    MediaError if a frame cannot be decoded.
    """
    masked = [t for t in range(clip.frames) if track.bounds(t) is not None]
    steps = np.linspace(0, len(masked) - 1, min(_FRAMES, len(masked)))
    chosen = [masked[round(step)] for step in steps]
    source = clip.reopen()

    def read() -> Iterable[tuple[Frames, Bools]]:
        for i, t in enumerate(chosen):
            progress(i / len(chosen), f"measuring around the mask on frame {t}")
            span = Span(t, t + 1)
            yield source.read(span).frames[0], track.read(span).values[0] >= HOLE_LEVEL

    with source:
        return measure_frames(read())


def measure_frames(pictures: Iterable[tuple[Frames, Bools]]) -> Surroundings | None:
    """Measure the surroundings of some frames: pairs of (H, W, 3) uint8 RGB and (H, W) bool hole.

    Returns None if no frame has a hole with enough pixels around it.
    """
    samples = [sample for frame, hole in pictures if (sample := _sample(frame, hole)) is not None]
    if not samples:
        return None
    names = {name: sum(sample.names[name] for sample in samples) for name in samples[0].names}
    return Surroundings(
        palette=colour.main_colours(names),
        temperature_k=colour.temperature_k(
            np.mean([sample.light_rgb for sample in samples], axis=0)
        ),
        light=Light(*_means([sample.light for sample in samples])),
        texture=Texture(*_means([sample.texture for sample in samples])),
        grain=_median_grain([sample.grain for sample in samples if sample.grain is not None]),
    )


def _sample(frame: Frames, hole: Bools) -> _Sample | None:
    around = _ring(hole)
    box = bounding_box(around)
    if box is None or around.sum() < _MIN_PIXELS:
        return None
    cropped = frame[box.slices]
    around = around[box.slices]
    values = colour.to_lab(cropped)
    return _Sample(
        colour.count_colour_names(values[around]),
        colour.linear_mean(cropped[around]),
        measure_light(values[..., 0], around),
        measure_texture(values[..., 0], around),
        measure_grain(cropped, around),
    )


def _ring(hole: Bools) -> Bools:
    """Return the (H, W) bool ring around the hole, a few pixels from its border."""
    if not hole.any():
        return np.zeros_like(hole)
    width = max(_MIN_RING_PX, _RING_SHARE * math.sqrt(float(hole.sum())))
    distance = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray((distance > _GAP_PX) & (distance <= _GAP_PX + width))


def _means(rows: Sequence[Sequence[float]]) -> list[float]:
    return [float(value) for value in np.mean(np.array(rows, np.float64), axis=0)]


def _median_grain(grains: Sequence[Grain]) -> Grain | None:
    if not grains:
        return None
    fine, coarse = ([getattr(grain, name) for grain in grains] for name in ("fine", "coarse"))
    return Grain(float(np.median(fine)), float(np.median(coarse)))
