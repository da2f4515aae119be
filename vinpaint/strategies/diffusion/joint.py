"""Strategy `joint`: a video model generates the hole of all frames of a window together.

The model receives a crop around the hole, scaled to a size that it accepts, in temporal windows of
at most the length that it was trained with. The last frames of each window are known content for
the next one. The colours of the result are matched to the surroundings, and the hole is pasted back
at full size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vinpaint import models
from vinpaint.core import Bools, Box, Context, FillSettings, Frames, Mask, Progress, Video, section
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.runtime.devices import resolve_device
from vinpaint.strategies.base import Strategy, start_frames
from vinpaint.strategies.diffusion import pipelines, video_models
from vinpaint.strategies.diffusion.pipelines import INSTEAD, Model
from vinpaint.strategies.diffusion.video_models import EVERY, LONGEST, MULTIPLE
from vinpaint.strategies.memory_retry import retry_with_shorter_windows
from vinpaint.strategies.resizing import SizeRule, crop_box, paste_into_hole, plan_resizing
from vinpaint.strategies.temporal_windows import (
    TemporalWindow,
    WindowLengths,
    blend_windows,
    reflected_indices,
    split_into_windows,
)

MODELS = ("wan-vace-1.3b", "wan-vace-14b", "easyanimate-inpaint")
OVERLAP = 16
"""Number of frames shared by neighbouring windows; at most a third of a window."""
SHORTER = (49, 33, 17, 5)
"""Window lengths in frames to try if memory runs out with the longest one."""
_MOST_PIXELS = 832 * 480
_LARGE, _LARGE_PIXELS = "wan-vace-14b", 1280 * 720
"""Largest frame sizes that the models were trained with, as numbers of pixels: of the large model,
and above of all others."""
_AHEAD_FRAMES = 8
_MIN_CONTEXT_PX = 48
_CONTEXT_STEP_PX = 16
_COLOUR_BLEED_PX = 8
"""Distance over which an autoencoder mixes the colours of the hole into its surroundings. Pixels
this close to the hole are not used to match colours."""

Make = Callable[[Frames, Bools, int, Progress], Frames]
"""Function `make(frames, hole, number, progress)` that runs the model on window `number`."""


@dataclass(frozen=True)
class Joint(Strategy):
    """Generate all frames together with a video model. Needs weights and a GPU."""

    title = "All frames together"
    best_for = (
        "Putting something that moves there, by words, or a large hole that no frame shows: "
        "a video model generates all frames together, so that nothing flickers."
    )
    takes_prompt = True
    models = MODELS
    window_scale = 3
    """A window takes 20 bytes per pixel instead of 60, because the model works on a scaled crop."""
    options = (
        *("model", "negative_prompt", "steps", "guidance", "conditioning", "example"),
        "patient",
    )

    def missing_requirement(self, settings: FillSettings) -> str:
        """See `Strategy.missing_requirement`.

        Checks packages, weights, and settings that the model does not support.
        """
        name = self.weights(settings)[0]
        reason = pipelines.missing_requirement(name, video_models.KINDS, instead=INSTEAD)
        folder = models.weights_folder(name)
        if reason or folder is None:
            return reason
        return video_models.unsupported_setting(pipelines.pipeline_class(folder), settings)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:
        """See `Strategy.estimate_seconds`; `size` is that of the crop."""
        model = pipelines.find_model(self.weights(settings)[0])
        width, height = plan_resizing(size, size_rule(model)).padded_size
        windows = split_into_windows(frames, _lengths(LONGEST[model.kind]), overlap=OVERLAP)
        length = _lengths(None).round_up(windows[0].span.length)
        return len(windows) * video_models.seconds_per_window(
            model,
            (length, height, width),
            device=resolve_device(settings.device),
            settings=settings,
        )

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

        Raises MissingError if packages or weights are missing, LimitError if memory runs out.
        """
        frames, _ = start_frames(video, context)
        hole = mask.hole[: _last_frame(mask.hole, ahead=context.ahead_frames)]
        if not hole.any():
            return Video(frames)
        self.require(settings)
        model = pipelines.find_model(self.weights(settings)[0])
        device = resolve_device(settings.device)
        rule = size_rule(model)
        box = choose_crop(hole, most_pixels=rule.most_pixels or _MOST_PIXELS)
        crop, area = (slice(0, len(hole)), *box.slices), hole[(slice(None), *box.slices)]
        resizing = plan_resizing((box.width, box.height), rule)
        seconds = self.estimate_seconds(len(hole), resizing.size, settings)
        work = f"{len(hole)} frames of {resizing.padded_size[0]}x{resizing.padded_size[1]}"
        progress(0.0, pipelines.describe_work(model, work, seconds, device))
        video_model = video_models.load_video_model(model, device=device, instead=INSTEAD)

        def make(some: Frames, holes: Bools, number: int, window_progress: Progress) -> Frames:
            return video_model.make(
                some,
                holes,
                settings=settings,
                seed=settings.seed * 1000 + number,
                heartbeat=lambda share: window_progress(share, "generating the frames"),
            )

        source, holes = resizing.resize(frames[crop]), resizing.resize_mask(area)
        fill_progress = section(progress, 0.02, 1.0)

        def attempt(most: int) -> Frames:
            return fill_in_windows(source, holes, make, most=most, progress=fill_progress)

        lengths = window_lengths_to_try(len(hole), LONGEST[model.kind])
        generated = retry_with_shorter_windows(
            attempt, lengths, title=self.title, note=context.note
        )
        frames[crop] = paste_into_hole(frames[crop], resizing.restore(generated), area)
        return Video(frames)


def _last_frame(hole: Bools, *, ahead: int) -> int:
    """Return the end (exclusive) of the frames to work on.

    The first few frames ahead are included, up to the first that has a hole. Their result is
    discarded, but they show the model how the motion continues.
    """
    stop = len(hole) - ahead
    for t in range(stop, min(len(hole), stop + _AHEAD_FRAMES)):
        if hole[t].any():
            return t
        stop = t + 1
    return stop


def size_rule(model: Model) -> SizeRule:
    """Return the frame sizes that a model accepts."""
    most = _LARGE_PIXELS if model.name == _LARGE else _MOST_PIXELS
    return SizeRule(multiple=MULTIPLE, least_px=2 * MULTIPLE, most_pixels=most)


def choose_crop(hole: Bools, *, most_pixels: int) -> Box:
    """Return a box around the union of all holes with as much context as fits in `most_pixels`.

    A minimum of context is always included, even if the crop must then be scaled down. hole:
    (T, H, W) bool, not empty.
    """
    height, width = hole.shape[1:]
    box = crop_box(hole, context_px=_MIN_CONTEXT_PX)
    assert box is not None, "choose_crop: there is no hole"  # noqa: S101 (the caller has checked)
    while True:
        larger = box.grow(_CONTEXT_STEP_PX, width, height)
        if larger == box or larger.width * larger.height > most_pixels:
            return box
        box = larger


def _lengths(most: int | None) -> WindowLengths:
    return WindowLengths(most=most, step=EVERY, rest=1)


def window_lengths_to_try(count: int, longest: int) -> list[int]:
    """Return the window lengths to try for `count` frames, longest first."""
    whole = min(longest, _lengths(None).round_up(count))
    return [whole, *(length for length in SHORTER if length < whole)]


def fill_in_windows(
    frames: Frames, hole: Bools, make: Make, *, most: int, progress: Progress
) -> Frames:
    """Fill the hole window by window, each continuing from the end of the one before.

    Args:
        frames: (T, h, w, 3) uint8.
        hole: (T, h, w) bool.
        make: runs the model on one window.
        most: largest number of frames per window, of the form 4 n + 1.
        progress: called with the share that is done.

    Returns the filled frames, in the shape of `frames`.
    """
    windows = split_into_windows(len(frames), _lengths(most), overlap=min(OVERLAP, most // 3))
    filled = _filled_windows(windows, frames.copy(), hole.copy(), make, progress)
    return blend_windows(filled, len(frames))


def _filled_windows(
    windows: list[TemporalWindow], known: Frames, left: Bools, make: Make, progress: Progress
) -> Iterator[tuple[TemporalWindow, Frames]]:
    """Yield each window with its filled frames.

    `known`, the frames, and `left`, the remaining hole, are updated in place after each window.
    """
    for number, window in enumerate(windows):
        window_progress = section(progress, number / len(windows), (number + 1) / len(windows))
        span = slice(window.span.start, window.span.stop)
        if left[span].any():
            filled = _fill_window(known[span], left[span], number, make, window_progress)
            known[span] = paste_into_hole(known[span], filled, left[span])
            left[span] = False  # known content for the next window
        yield window, known[span].copy()


def _fill_window(
    frames: Frames, hole: Bools, number: int, make: Make, progress: Progress
) -> Frames:
    """Pad one window by reflection, generate it, and match its colours to the source."""
    indices = reflected_indices(len(frames), _lengths(None).round_up(len(frames)))
    source, holes = frames[indices], hole[indices]
    generated = make(source, holes, number, progress)
    matched = transfer_colours(generated, source, holes, margin_px=_COLOUR_BLEED_PX)
    return matched[: len(frames)]
