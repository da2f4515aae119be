"""Strategy `joint`: a video model makes the hole of all frames of a window together.

The seed's approach 2. The model sees a crop with context in a size that it takes, windows of as
many frames as it was trained with; the end of each window is given to the next as known. Its
answer is drawn to the light of the picture around the hole and pasted back at full size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vinpaint import models
from vinpaint.core import (
    Bools,
    Box,
    Context,
    FillSettings,
    Frames,
    Mask,
    MissingError,
    Progress,
    Video,
    section,
)
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.runtime.devices import resolve_device
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.diffusion import pipelines, video_models
from vinpaint.strategies.diffusion.pipelines import Model
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
INSTEAD = "choose the strategy 'propagate', which needs none"
OVERLAP = 16
"""Frames that a window takes over from the one before, or a third of a shorter window."""
SHORTER = (49, 33, 17, 5)
"""Windows to try where memory does not suffice for longer ones."""
_MOST_PIXELS = 832 * 480
_LARGE, _LARGE_PIXELS = "wan-vace-14b", 1280 * 720
"""The sizes that the models were trained in."""
_AHEAD_FRAMES = 8
_LEAST_CONTEXT_PX = 48
_CONTEXT_STEP_PX = 16
_APART_PX = 8
"""So near the hole an autoencoder lets its colours run."""

Make = Callable[[Frames, Bools, int, Progress], Frames]
"""make(frames, hole, number of the window, progress): one window through the model."""


@dataclass(frozen=True)
class Joint(Strategy):
    """A video model for all frames together. Needs weights and a GPU; days without one."""

    title = "All frames together"
    best_for = (
        "Putting something that moves there, by words, or a large hole that no frame shows: "
        "a video model makes all frames together, so that nothing flickers."
    )
    takes_prompt = True
    models = MODELS
    window_scale = 3
    """20 bytes are held for a pixel in place of 60: the model works on a scaled crop."""
    options = (
        "model",
        "negative_prompt",
        "steps",
        "guidance",
        "conditioning",
        "example",
        "patient",
    )

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """The model that was chosen, or the smallest."""
        return (settings.generation.model or self.models[0],)

    def missing_requirement(self, settings: FillSettings) -> str:
        """Packages or weights, or a model that cannot do what was asked."""
        name = self.weights(settings)[0]
        reason = pipelines.missing_requirement(name, video_models.KINDS, instead=INSTEAD)
        folder = models.path_of(name)
        if reason or folder is None:
            return reason
        return video_models.refusal(pipelines.kind_of(folder), settings)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:
        """See `Strategy.estimate_seconds`: of so many frames of a crop of that size."""
        model = pipelines.model_of(self.weights(settings)[0], instead=INSTEAD)
        width, height = plan_resizing(size, sizes_of(model)).whole
        windows = split_into_windows(frames, _lengths(LONGEST[model.kind]), overlap=OVERLAP)
        device = resolve_device(settings.device)
        length = _lengths(None).up(windows[0].span.length)
        return len(windows) * video_models.seconds_a_window(
            model, (length, height, width), device=device, settings=settings
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
        """See `Strategy.fill`. Raises MissingError; LimitError where memory does not suffice."""
        frames = video.frames.copy()
        if context.repaired is not None:
            frames[: len(context.repaired.frames)] = context.repaired.frames
        hole = mask.hole[: _last(mask.hole, ahead=context.ahead_frames)]
        if not hole.any():
            return Video(frames)
        if reason := self.missing_requirement(settings):
            raise MissingError(reason)
        model = pipelines.model_of(self.weights(settings)[0], instead=INSTEAD)
        device = resolve_device(settings.device)
        rule = sizes_of(model)
        box = crop(hole, most_pixels=rule.most_pixels or _MOST_PIXELS)
        inside = (slice(0, len(hole)), *box.slices)
        way = plan_resizing((box.width, box.height), rule)
        seconds = self.estimate_seconds(len(hole), way.size, settings)
        what = f"{len(hole)} frames of {way.whole[0]}x{way.whole[1]}"
        progress(0.0, pipelines.outlook(model, what, seconds, device))
        film = video_models.load_film(model, device=device, instead=INSTEAD)

        def make(some: Frames, holes: Bools, number: int, told: Progress) -> Frames:
            seed = settings.seed * 1000 + number
            return film.make(
                some,
                holes,
                settings=settings,
                seed=seed,
                beat=lambda share: told(share, "making the frames"),
            )

        area = hole[(slice(None), *box.slices)]
        given, holes = way.frames(frames[inside]), way.hole(area)
        told = section(progress, 0.02, 1.0)

        def attempt(most: int) -> Frames:
            return in_windows(given, holes, make, most=most, progress=told)

        sizes = windows_to_try(len(hole), LONGEST[model.kind])
        made = retry_with_shorter_windows(attempt, sizes, title=self.title, note=context.note)
        frames[inside] = paste_into_hole(frames[inside], way.back(made), area)
        return Video(frames)


def _last(hole: Bools, *, ahead: int) -> int:
    """How many frames are worked on: of those ahead, only the first few, and only without a hole.

    What is made for them is thrown away; where they are whole, they show where things go.
    """
    stop = len(hole) - ahead
    for t in range(stop, min(len(hole), stop + _AHEAD_FRAMES)):
        if hole[t].any():
            return t
        stop = t + 1
    return stop


def sizes_of(model: Model) -> SizeRule:
    """The sizes that a model works in."""
    most = _LARGE_PIXELS if model.name == _LARGE else _MOST_PIXELS
    return SizeRule(multiple=MULTIPLE, least_px=2 * MULTIPLE, most_pixels=most)


def crop(hole: Bools, *, most_pixels: int) -> Box:
    """The hole of all frames with as much around it as fits the model without scaling down.

    hole: (T, H, W), somewhere true. A little context there always is.
    """
    height, width = hole.shape[1:]
    box = crop_box(hole, context_px=_LEAST_CONTEXT_PX)
    assert box is not None, "crop: there is no hole"  # noqa: S101 (the caller has looked)
    while True:
        larger = box.grow(_CONTEXT_STEP_PX, width, height)
        if larger == box or larger.width * larger.height > most_pixels:
            return box
        box = larger


def _lengths(most: int | None) -> WindowLengths:
    return WindowLengths(most=most, step=EVERY, rest=1)


def windows_to_try(count: int, longest: int) -> list[int]:
    """Lengths of windows over `count` frames, the longest first."""
    whole = min(longest, _lengths(None).up(count))
    return [whole, *(size for size in SHORTER if size < whole)]


def in_windows(frames: Frames, hole: Bools, make: Make, *, most: int, progress: Progress) -> Frames:
    """(T, h, w, 3): the hole made window by window, each going on from the end of the last.

    frames: (T, h, w, 3); hole: (T, h, w); most: frames of a window, 4 n + 1.
    """
    windows = split_into_windows(len(frames), _lengths(most), overlap=min(OVERLAP, most // 3))
    return blend_windows(_parts(windows, frames.copy(), hole.copy(), make, progress), len(frames))


def _parts(
    windows: list[TemporalWindow], known: Frames, left: Bools, make: Make, progress: Progress
) -> Iterator[tuple[TemporalWindow, Frames]]:
    """Each window with its frames. `known`, `left`: written into as the work goes on."""
    for number, window in enumerate(windows):
        told = section(progress, number / len(windows), (number + 1) / len(windows))
        span = slice(window.span.start, window.span.stop)
        if left[span].any():
            answer = _window(known[span], left[span], number, make, told)
            known[span] = paste_into_hole(known[span], answer, left[span])
            left[span] = False  # the next window takes it for known
        yield window, known[span].copy()


def _window(frames: Frames, hole: Bools, number: int, make: Make, progress: Progress) -> Frames:
    """One window: padded by reflection, made, in the light of what it was given."""
    order = reflected_indices(len(frames), _lengths(None).up(len(frames)))
    given, holes = frames[order], hole[order]
    answer = make(given, holes, number, progress)
    lit = transfer_colours(answer, given, holes, apart_px=_APART_PX)
    return lit[: len(frames)]
