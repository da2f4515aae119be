"""Strategy `propainter`: run ProPainter on frames that are scaled to a size that it accepts.

The networks and their constants are in `network.py`. Their weights are downloaded only on request,
because two of the three sets do not allow commercial use.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from vinpaint import models
from vinpaint.core import Context, FillSettings, Mask, Progress, Video, section
from vinpaint.runtime.devices import Device, resolve_device
from vinpaint.strategies.base import Strategy, start_frames
from vinpaint.strategies.compute_backend import PYTORCHCV_INSTALL, RAFT
from vinpaint.strategies.memory_retry import retry_with_shorter_windows
from vinpaint.strategies.propainter.network import (
    FLOW_WEIGHTS,
    PROPAINTER_WEIGHTS,
    SUBVIDEO,
    inpaint,
    load_networks,
)
from vinpaint.strategies.resizing import SizeRule, paste_into_hole, plan_resizing
from vinpaint.strategies.temporal_windows import WindowLengths, reflected_indices

WEIGHTS = (RAFT, FLOW_WEIGHTS, PROPAINTER_WEIGHTS)

_LEAST_PX = 128
"""Minimum side. RAFT halves the resolution six times, and at least two positions must remain."""
_MOST_PIXELS: dict[Device, int] = {"cpu": 432 * 240, "cuda": 640 * 640}
"""Largest number of pixels of a frame: the published size on a CPU, which is slow; more on a
GPU."""
_SHORTEST = 10
_SECONDS, _SECONDS_PIXELS = 8.4, 432 * 240
"""Seconds per frame with this number of pixels. Measured on two cores that also did other work,
with random weights, over ten frames, for the networks alone. The CPU time was 8.0 s per frame."""
_INSTEAD = "choose the strategy 'propagate', which needs none"


@dataclass(frozen=True)
class ProPainter(Strategy):
    """Fill with ProPainter, as implemented in pytorchcv. Needs weights; slow without a GPU."""

    title = "ProPainter"
    best_for = (
        "Removing objects from moving scenes with a learned network that also generates what no "
        "frame shows; for a GPU, and not for commercial work."
    )
    options = ("patient",)

    def weights(self, settings: FillSettings) -> tuple[str, ...]:  # noqa: ARG002
        """Return the names of the weights of its three networks."""
        return WEIGHTS

    def missing_requirement(self, settings: FillSettings) -> str:  # noqa: ARG002
        """See `Strategy.missing_requirement`. Checks the package pytorchcv and the weights."""
        if importlib.util.find_spec("pytorchcv") is None:
            return (
                "ProPainter needs the package pytorchcv, which is not here; "
                f"run '{PYTORCHCV_INSTALL}', or {_INSTEAD}"
            )
        missing = [models.weights_entry(name) for name in WEIGHTS if not models.present(name)]
        if not missing:
            return ""
        commands = ", ".join(f"'{models.fetch_command(entry)}'" for entry in missing)
        facts = "; ".join(models.describe_weights(entry) for entry in missing)
        return f"ProPainter lacks weights; fetch them with {commands} ({facts}), or {_INSTEAD}"

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:
        """See `Strategy.estimate_seconds`. Returns 0 on a GPU."""
        device = resolve_device(settings.device)
        if device == "cuda":
            return 0.0
        return seconds_on_cpu(frames, plan_resizing(size, size_rule(device)).padded_size)

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`.

        Raises MissingError if a package or weights are missing, LimitError if memory runs out.
        """
        frames, _ = start_frames(video, context)
        hole = mask.hole
        if not hole.any():
            return Video(frames)
        self.require(settings)
        device = resolve_device(settings.device)
        resizing = plan_resizing((frames.shape[2], frames.shape[1]), size_rule(device))
        indices = reflected_indices(len(frames), WindowLengths(least=2).round_up(len(frames)))
        progress(0.0, _describe_work(len(frames), resizing.padded_size, device))
        nets = load_networks(device, instead=_INSTEAD)
        source, holes = resizing.resize(frames)[indices], resizing.resize_mask(hole)[indices]
        network_progress = section(progress, 0.02, 1.0)

        def attempt(subvideo: int) -> Video:
            filled = inpaint(nets, source, holes, subvideo=subvideo, progress=network_progress)
            return Video(paste_into_hole(frames, resizing.restore(filled[: len(frames)]), hole))

        sizes = [size for size in (SUBVIDEO, 40, 20, _SHORTEST) if size <= max(len(frames), 10)]
        return retry_with_shorter_windows(attempt, sizes, title=self.title, note=context.note)


def size_rule(device: Device) -> SizeRule:
    """Return the frame sizes that ProPainter accepts on a device."""
    return SizeRule(multiple=8, least_px=_LEAST_PX, most_pixels=_MOST_PIXELS[device])


def seconds_on_cpu(frames: int, size: tuple[int, int]) -> float:
    """Estimate the seconds on two cores for frames of `size`, (width, height) after scaling."""
    return _SECONDS * frames * size[0] * size[1] / _SECONDS_PIXELS


def _describe_work(frames: int, size: tuple[int, int], device: Device) -> str:
    """Return the message to show before the work starts."""
    if device == "cuda":
        return "loading ProPainter"
    minutes = max(1, round(seconds_on_cpu(frames, size) / 60))
    work = f"{frames} frames of {size[0]}x{size[1]}"
    return f"loading ProPainter; {work} take about {minutes} min on two cores"
