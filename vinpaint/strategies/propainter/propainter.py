"""Strategy `propainter`: the published network, on a crop in a size that it takes.

The networks and their numbers stand in `painter`. Their weights are fetched on demand only, since
two of the three are not for commercial use.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

from vinpaint import models
from vinpaint.core import Context, FillSettings, Mask, MissingError, Progress, Video, section
from vinpaint.runtime.devices import Device, resolve_device
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.compute_backend import PYTORCHCV_INSTALL, RAFT
from vinpaint.strategies.memory_retry import retry_with_shorter_windows
from vinpaint.strategies.propainter.network import FLOW, PAINTER, SUBVIDEO, load_painter, paint
from vinpaint.strategies.resizing import SizeRule, paste_into_hole, plan_resizing
from vinpaint.strategies.temporal_windows import WindowLengths, reflected_indices

WEIGHTS = (RAFT, FLOW, PAINTER)

_LEAST_PX = 128
"""RAFT halves six times, and looks between at least two places."""
_MOST_PIXELS: dict[Device, int] = {"cpu": 432 * 240, "cuda": 640 * 640}
"""As published on a processor, where it is slow; more on a card."""
_SHORTEST = 10
_SECONDS, _SECONDS_PIXELS = 8.4, 432 * 240
"""A frame of so many pixels took so long on two busy cores: the network's time alone, measured with
random weights. In processor time it was 8.0 s a frame, over ten frames."""
_INSTEAD = "choose the strategy 'propagate', which needs none"


@dataclass(frozen=True)
class ProPainter(Strategy):
    """ProPainter through pytorchcv. Needs weights; slow without a GPU."""

    title = "ProPainter"
    best_for = (
        "Removing things from moving scenes with a learned network that also paints what no frame "
        "shows; for a GPU, and not for commercial work."
    )
    options = ("patient",)

    def weights(self, settings: FillSettings) -> tuple[str, ...]:  # noqa: ARG002
        """The three networks'."""
        return WEIGHTS

    def missing_requirement(self, settings: FillSettings) -> str:  # noqa: ARG002
        """The package, or weights, and how to get them."""
        if importlib.util.find_spec("pytorchcv") is None:
            return (
                "ProPainter needs the package pytorchcv, which is not here; "
                f"run '{PYTORCHCV_INSTALL}', or {_INSTEAD}"
            )
        missing = [models.weights_of(name) for name in WEIGHTS if not models.present(name)]
        if not missing:
            return ""
        commands = ", ".join(f"'{models.fetch_command(entry)}'" for entry in missing)
        facts = "; ".join(models.facts_in_words(entry) for entry in missing)
        return f"ProPainter lacks weights; fetch them with {commands} ({facts}), or {_INSTEAD}"

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:
        """See `Strategy.estimate_seconds`: on a card no matter."""
        device = resolve_device(settings.device)
        if device == "cuda":
            return 0.0
        return seconds_on_cpu(frames, plan_resizing(size, sizes_on(device)).whole)

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`. Raises MissingError; LimitError where memory does not suffice."""
        frames, hole = video.frames.copy(), mask.hole
        if context.repaired is not None:
            frames[: len(context.repaired.frames)] = context.repaired.frames
        if not hole.any():
            return Video(frames)
        if missing_requirement := self.missing_requirement(settings):
            raise MissingError(missing_requirement)
        device = resolve_device(settings.device)
        way = plan_resizing((video.frames.shape[2], video.frames.shape[1]), sizes_on(device))
        order = reflected_indices(len(frames), WindowLengths(least=2).up(len(frames)))
        progress(0.0, _outlook(len(frames), way.whole, device))
        nets = load_painter(device, instead=_INSTEAD)
        given, holes = way.frames(frames)[order], way.hole(hole)[order]
        told = section(progress, 0.02, 1.0)

        def attempt(frames_at_once: int) -> Video:
            filled = paint(nets, given, holes, subvideo=frames_at_once, progress=told)
            back = way.back(filled[: len(frames)])
            return Video(paste_into_hole(frames, back, hole))

        sizes = [size for size in (SUBVIDEO, 40, 20, _SHORTEST) if size <= max(len(frames), 10)]
        return retry_with_shorter_windows(attempt, sizes, title=self.title, note=context.note)


def sizes_on(device: Device) -> SizeRule:
    """The sizes that it works in."""
    return SizeRule(multiple=8, least_px=_LEAST_PX, most_pixels=_MOST_PIXELS[device])


def seconds_on_cpu(frames: int, size: tuple[int, int]) -> float:
    """How long so many frames of (width, height), as it works on them, take on two cores."""
    return _SECONDS * frames * size[0] * size[1] / _SECONDS_PIXELS


def _outlook(frames: int, size: tuple[int, int], device: Device) -> str:
    """What is told before the work begins."""
    if device == "cuda":
        return "loading ProPainter"
    minutes = max(1, round(seconds_on_cpu(frames, size) / 60))
    what = f"{frames} frames of {size[0]}x{size[1]}"
    return f"loading ProPainter; {what} take about {minutes} min on two cores"
