"""Fidelity: compare the repair with a known ground truth, inside the hole.

- PSNR = 10 log10(255^2 / MSE) in dB over the hole's pixels of each frame, in RGB; the mean over the
  frames. Higher is better.
- SSIM = (2 mx my + C1)(2 sxy + C2) / ((mx^2 + my^2 + C1)(sx^2 + sy^2 + C2)), C1 = (0.01 255)^2,
  C2 = (0.03 255)^2, moments under an 11x11 Gaussian of sigma 1.5 (Wang et al., "Image Quality
  Assessment: From Error Visibility to Structural Similarity", 2004); the mean over the hole's
  pixels and the channels, then over the frames. 1 is identical.
- LPIPS, on request: see `lpips.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Better, Bools, Frames, MaskTrack, Progress, Score, Span
from vinpaint.media import Clip
from vinpaint.quality.metrics.base import Doubles, MetricUnavailableError
from vinpaint.quality.metrics.lpips import load_lpips

_MIN_ERROR = 1e-10
_MARGIN_PX = 32
"""Margin around the hole, for the window of SSIM and the receptive field of LPIPS."""

Similarity = Callable[[Frames, Frames, Bools], float]
"""Function of (truth, result, hole): (H, W, 3) uint8 twice and (H, W) bool."""


class _Labels(NamedTuple):
    title: str
    unit: str
    better: Better
    meaning: str


_LABELS: dict[str, _Labels] = {
    "fidelity": _Labels(
        "Match with the truth (PSNR)",
        "dB",
        "higher",
        "PSNR inside the hole, against the picture that should be there.",
    ),
    "ssim": _Labels(
        "Structure match (SSIM)",
        "of 1",
        "higher",
        "SSIM inside the hole, against the picture that should be there. 1 is identical.",
    ),
    "lpips": _Labels(
        "Visible difference (LPIPS)",
        "LPIPS",
        "lower",
        "How different from the truth the repair looks, to a network trained on human judgement.",
    ),
}


def measure_fidelity(
    truth: Clip, result: Clip, track: MaskTrack, progress: Progress, *, learned: bool = False
) -> tuple[Score, ...]:
    """Compute PSNR and SSIM inside the hole against the truth, and LPIPS if `learned`.

    Values are None for frames without a hole. If LPIPS is not available, its score contains the
    reason. `progress` may raise to stop.
    """
    similarities: dict[str, Similarity] = {"fidelity": psnr, "ssim": _mean_ssim}
    missing = ""
    if learned:
        try:
            similarities["lpips"] = load_lpips()
        except MetricUnavailableError as reason:
            missing = str(reason)
    names = [name for name in _LABELS if learned or name != "lpips"]
    values: dict[str, list[float | None]] = {name: [] for name in names}
    for t in range(truth.frames):
        progress(t / truth.frames, f"comparing with the truth, frame {t}")
        compared = _crop(truth, result, track, t)
        for name in names:
            similarity = similarities.get(name)
            values[name].append(similarity(*compared) if similarity and compared else None)
    return tuple(_score(name, values[name], missing if name == "lpips" else "") for name in names)


def _score(name: str, values: list[float | None], missing: str) -> Score:
    measured = [value for value in values if value is not None]
    return Score(
        name=name,
        value=float(np.mean(measured)) if measured else None,
        per_frame=tuple(values),
        missing=missing,
        **_LABELS[name]._asdict(),
    )


def _crop(
    truth: Clip, result: Clip, track: MaskTrack, t: int
) -> tuple[Frames, Frames, Bools] | None:
    """Return (truth, result, hole) of a frame, cropped around the hole, or None without a hole."""
    box = track.bounds(t)
    if box is None:
        return None
    box = box.grow(_MARGIN_PX, truth.width, truth.height)
    span = Span(t, t + 1)
    hole = track.read(span, box=box).hole[0]
    if not hole.any():
        return None
    return truth.read(span, box=box).frames[0], result.read(span, box=box).frames[0], hole


def psnr(truth: Frames, result: Frames, hole: Bools) -> float:
    """Return the PSNR of the pixels of the hole, in dB.

    The mean squared error is limited to at least 1e-10, so that the result is finite.
    """
    difference = truth[hole].astype(np.float64) - result[hole]
    error = max(float((difference**2).mean()), _MIN_ERROR)
    return float(10 * np.log10(255.0**2 / error))


def _mean_ssim(truth: Frames, result: Frames, hole: Bools) -> float:
    return float(ssim(truth, result)[hole].mean())


def ssim(first: Frames, second: Frames) -> Doubles:
    """Return the (H, W, C) map of the structural similarity of two (H, W, C) uint8 pictures."""
    x, y = first.astype(np.float64), second.astype(np.float64)

    def blur(values: Doubles) -> Doubles:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5)).reshape(values.shape)

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    both = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    return np.asarray(above / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)))
