"""Fidelity: how close the repair comes to a known truth, inside the hole.

- PSNR = 10 log10(255^2 / MSE), over the hole's pixels of each frame, RGB, in dB; the mean over
  frames. Higher is better.
- SSIM = (2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2)), C1 = (0.01 255)^2,
  C2 = (0.03 255)^2, moments under an 11x11 Gaussian of sigma 1.5 (Wang et al., "Image Quality
  Assessment: From Error Visibility to Structural Similarity", 2004); its mean over the hole's
  pixels and the channels, then over frames. 1 is the truth itself.
- LPIPS, where it is asked for: see `perceptual`.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Frames, MaskTrack, Progress, Score, Span
from vinpaint.media import Clip
from vinpaint.quality.metrics.base import MetricUnavailableError
from vinpaint.quality.metrics.lpips import lpips

_LEAST_ERROR = 1e-10
_AROUND_PX = 32
"""Pixels beside the hole that SSIM's window and LPIPS's network see."""

Doubles = NDArray[np.float64]
Likeness = Callable[[Frames, Frames, Bools], float]
"""(truth, made, hole): (H, W, 3), (H, W, 3), (H, W) to a number."""


def measure_fidelity(
    truth: Clip, result: Clip, track: MaskTrack, progress: Progress, *, learned: bool = False
) -> tuple[Score, ...]:
    """PSNR and SSIM inside the hole against the truth, and LPIPS where `learned` asks for it.

    None where there is no hole. Raises what `progress` raises to stop.
    """
    measures: dict[str, Likeness] = {"fidelity": psnr, "ssim": _ssim_inside}
    missing = ""
    if learned:
        try:
            measures["lpips"] = lpips()
        except MetricUnavailableError as reason:
            missing = str(reason)
    values: dict[str, list[float | None]] = {name: [] for name in _SAID}
    for t in range(truth.frames):
        progress(t / truth.frames, f"comparing with the truth, frame {t}")
        shown = _frame(truth, result, track, t)
        for name, found in values.items():
            measure = measures.get(name)
            found.append(None if shown is None or measure is None else measure(*shown))
    names = [name for name in _SAID if learned or name != "lpips"]
    return tuple(_score(name, values[name], missing if name == "lpips" else "") for name in names)


_SAID: dict[str, tuple[str, str, bool, str]] = {
    "fidelity": (
        "Likeness to the truth (PSNR)",
        "dB",
        True,
        "PSNR inside the hole against the picture that should be there.",
    ),
    "ssim": (
        "Structure as in the truth (SSIM)",
        "of 1",
        True,
        "SSIM inside the hole against the picture that should be there; 1 is the same.",
    ),
    "lpips": (
        "Difference to the eye (LPIPS)",
        "LPIPS",
        False,
        "How unlike the truth the repair looks to a network trained on people's judgements.",
    ),
}
"""By name: title, unit, whether higher is better, meaning."""


def _score(name: str, values: list[float | None], missing: str) -> Score:
    title, unit, higher, meaning = _SAID[name]
    known = [value for value in values if value is not None]
    return Score(
        name=name,
        title=title,
        value=float(np.mean(known)) if known else None,
        unit=unit,
        better="higher" if higher else "lower",
        meaning=meaning,
        per_frame=tuple(values),
        missing=missing,
    )


def _frame(
    truth: Clip, result: Clip, track: MaskTrack, t: int
) -> tuple[Frames, Frames, Bools] | None:
    """Truth, result and hole, cut to the hole's surroundings; None without a hole."""
    box = track.bounds(t)
    if box is None:
        return None
    box = box.grow(_AROUND_PX, truth.width, truth.height)
    span = Span(t, t + 1)
    hole = track.read(span, box=box).hole[0]
    if not hole.any():
        return None
    return truth.read(span, box=box).frames[0], result.read(span, box=box).frames[0], hole


def psnr(truth: Frames, made: Frames, hole: Bools) -> float:
    """Of the hole's pixels, in dB; equal pictures count as a mean error of 1e-10."""
    gap = truth[hole].astype(np.float64) - made[hole]
    error = max(float((gap**2).mean()), _LEAST_ERROR)
    return float(10 * np.log10(255.0**2 / error))


def _ssim_inside(truth: Frames, made: Frames, hole: Bools) -> float:
    return float(ssim(truth, made)[hole].mean())


def ssim(first: Frames, second: Frames) -> Doubles:
    """(H, W, C): the structural likeness around every pixel of two (H, W, C) uint8 pictures."""
    x, y = first.astype(np.float64), second.astype(np.float64)

    def blur(values: Doubles) -> Doubles:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5)).reshape(values.shape)

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    both = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    return np.asarray(above / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)))
