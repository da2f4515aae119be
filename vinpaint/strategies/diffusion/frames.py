"""Strategy `frames`: each frame painted by a picture model, then evened along the motion.

The seed's approach 1. To hold flicker down all frames share one noise, led along the flow; key
frames come first, and every frame but the first begins with what the nearest one that is done
shows of its hole (Meng et al., "SDEdit", 2022), so that the model only finishes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vinpaint import models
from vinpaint.core import (
    Bools,
    Box,
    Context,
    FillSettings,
    Floats,
    Frames,
    LimitError,
    Mask,
    MissingError,
    Progress,
    Video,
    section,
)
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.imaging.motion.completion import PairMotion, estimate_motion
from vinpaint.runtime.devices import resolve_device
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.compute_backend import select_backend
from vinpaint.strategies.diffusion import image_models, pipelines
from vinpaint.strategies.diffusion.image_model import Painter
from vinpaint.strategies.diffusion.temporal_smoothing import Way, smoothed, way
from vinpaint.strategies.memory_retry import is_out_of_memory
from vinpaint.strategies.resizing import (
    Resizing,
    SizeRule,
    crop_box,
    paste_into_hole,
    plan_resizing,
)

MODELS = ("stable-diffusion-inpainting", "sdxl-inpainting", "flux-fill")
INSTEAD = "choose the strategy 'propagate', which needs none"
_CONTEXT_PX = 48
KEY_STEP = 8
"""Every eighth frame is a key frame."""
_KEY_STRENGTH, _STRENGTH = 0.75, 0.5
"""So much of the way from noise is gone for a key frame, and for one beside a key frame."""
_LEAST_LED = 0.5
"""Where less of the hole than this can be led from a frame that is done, it is painted anew."""
_APART_PX = 4
"""So near the hole an autoencoder lets its colours run."""


@dataclass(frozen=True)
class FrameByFrame(Strategy):
    """A picture model for every frame. Needs weights; hours without a GPU."""

    title = "Frame by frame"
    best_for = (
        "Putting something else there, by words, where little moves: a picture model paints each "
        "frame, and the frames are evened along the motion."
    )
    takes_prompt = True
    models = MODELS
    options = (
        "model",
        "negative_prompt",
        "steps",
        "guidance",
        "repaint",
        "rim_guidance",
        "smoothing",
        "smoothing_sigma_frames",
        "smoothing_sigma_levels",
        "patient",
    )

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """The model that was chosen, or the smallest."""
        return (settings.generation.model or self.models[0],)

    def missing_requirement(self, settings: FillSettings) -> str:
        """Packages or weights, or a model that cannot do what was asked."""
        return missing_requirement(self.weights(settings)[0], settings)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:  # noqa: ARG002
        """See `Strategy.estimate_seconds`: the model works in its own size, whatever the clip's."""
        model = pipelines.model_of(self.weights(settings)[0], instead=INSTEAD)
        device = resolve_device(settings.device)
        return frames * image_models.seconds_a_picture(model, device=device, settings=settings)

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
        done = 0 if context.repaired is None else len(context.repaired.frames)
        if context.repaired is not None:
            frames[:done] = context.repaired.frames
        wanted = range(done, len(frames) - context.ahead_frames)
        box = crop_box(hole[wanted.start : wanted.stop], context_px=_CONTEXT_PX, aspect=1.0)
        if box is None:
            return Video(frames)
        if reason := self.missing_requirement(settings):
            raise MissingError(reason)
        model = pipelines.model_of(self.weights(settings)[0], instead=INSTEAD)
        device = resolve_device(settings.device)
        count = int(hole[wanted.start : wanted.stop].any(axis=(1, 2)).sum())
        seconds = self.estimate_seconds(count, (box.width, box.height), settings)
        progress(0.0, pipelines.outlook(model, f"{count} pictures", seconds, device))
        painter = image_models.load_painter(model, device=device, instead=INSTEAD)
        told = section(progress, 0.02, 0.1)
        backend = select_backend(settings, on_note=context.note)
        motion = estimate_motion(frames, hole, estimator=backend.flow, progress=told)
        inside = (slice(None), *box.slices)
        known = np.arange(len(frames)) < done
        known &= ~hole.any(axis=(1, 2))
        work = _Work(painter, frames[inside], hole[inside], motion, box, wanted, known, settings)
        frames[inside] = work.painted(section(progress, 0.1, 1.0))
        return Video(frames)


def missing_requirement(name: str, settings: FillSettings) -> str:
    """What stands in the way of painting pictures with a model, in one sentence."""
    reason = pipelines.missing_requirement(name, image_models.KINDS, instead=INSTEAD)
    folder = models.path_of(name)
    if reason or folder is None:
        return reason
    return image_models.refusal(folder, settings)


def own_size(painter: Painter, size: tuple[int, int]) -> Resizing:
    """From pictures of (width, height) to the square that a painter works in."""
    side = painter.square.side_px
    return plan_resizing(size, SizeRule(fixed=(side, side)))


def order(wanted: range, done: Bools) -> Iterator[tuple[int, int | None]]:
    """(frame, the frame it begins from): key frames first, each from the nearest that is done.

    done: (T,) bool, what is filled before. With none, the first is the key frame in the middle,
    and begins from nothing.
    """
    ready = set(np.flatnonzero(done).tolist())
    keys = list(wanted[KEY_STEP // 2 :: KEY_STEP]) or [wanted[len(wanted) // 2]]
    middle = keys[len(keys) // 2] if not ready else max(ready)
    rest = [t for t in wanted if t not in keys]
    queue = [
        *sorted(keys, key=lambda t: abs(t - middle)),
        *sorted(rest, key=lambda t: min(abs(t - key) for key in keys)),
    ]
    for t in queue:
        near = min(ready, key=lambda s: (abs(s - t), s), default=None)
        yield t, near
        ready.add(t)


@dataclass(frozen=True, repr=False)
class _Work:
    """One window on its crop. frames: (T, h, w, 3), hole: (T, h, w), known: (T,) filled before.

    `box`: the crop in the window that `motion` is of; `wanted`: the frames to paint.
    """

    painter: Painter
    frames: Frames
    hole: Bools
    motion: list[PairMotion | None]
    box: Box
    wanted: range
    known: Bools
    settings: FillSettings

    @property
    def size(self) -> Resizing:
        """To the model's own size and back."""
        return own_size(self.painter, (self.frames.shape[2], self.frames.shape[1]))

    def way(self, t: int, s: int) -> Way:
        """From frame t to frame s."""
        return way(self.motion, self.box, t, s)

    def painted(self, progress: Progress) -> Frames:
        """(T, h, w, 3): the crop, the hole of the wanted frames filled."""
        filled, noises, answers = self.frames.copy(), dict[int, Floats](), self.frames.copy()
        todo = [t for t in self.wanted if self.hole[t].any()]
        steps = [(t, s) for t, s in order(self.wanted, self.known) if t in set(todo)]
        for number, (t, s) in enumerate(steps):
            told = section(progress, 0.9 * number / len(steps), 0.9 * (number + 1) / len(steps))
            noises[t], begun, strength = self._begun(filled, noises, t, s)
            answers[t] = self._one(begun, t, noises[t], strength, told)
            filled[t] = paste_into_hole(
                self.frames[t : t + 1], answers[t : t + 1], self.hole[t : t + 1]
            )[0]
        lit = transfer_colours(
            answers[todo], self.frames[todo], self.hole[todo], apart_px=_APART_PX
        )
        filled[todo] = paste_into_hole(self.frames[todo], lit, self.hole[todo])
        progress(0.95, "evening the frames")
        asked = self.settings.generation
        usable = self.known | np.isin(np.arange(len(filled)), list(self.wanted))
        even = smoothed(
            filled,
            self.wanted,
            usable=usable,
            way_of=self.way,
            how=asked.smoothing,
            sigma_frames=asked.smoothing_sigma_frames,
            sigma_levels=asked.smoothing_sigma_levels,
        )
        return paste_into_hole(filled, even, self.hole)

    def _begun(
        self, filled: Frames, noises: dict[int, Floats], t: int, s: int | None
    ) -> tuple[Floats, Frames, float]:
        """The noise of frame t, the frame with what its hole begins with, and the strength."""
        fresh = self.painter.square.noise(self.settings.seed)
        if s is None:
            return fresh, self.frames[t], 1.0
        led = self.way(t, s)
        reached = led.good & self.hole[t]
        noise = _led_noise(led, self.size, noises.get(s, fresh), fresh)
        if reached.sum() < _LEAST_LED * self.hole[t].sum():
            return noise, self.frames[t], 1.0
        there = np.asarray(led.led(filled[s]), np.uint8)
        begun = np.where(self.hole[t][..., None], there, self.frames[t])
        return noise, begun, _KEY_STRENGTH if abs(t - s) > 1 else _STRENGTH

    def _one(
        self, frame: Frames, t: int, noise: Floats, strength: float, progress: Progress
    ) -> Frames:
        """(h, w, 3): what the model makes of one frame, in the crop's size."""
        return paint_one(
            self.painter,
            frame,
            self.hole[t],
            noise=noise,
            strength=strength,
            settings=self.settings,
            progress=progress,
        )


def paint_one(
    painter: Painter,
    frame: Frames,
    hole: Bools,
    *,
    noise: Floats,
    strength: float,
    settings: FillSettings,
    progress: Progress,
) -> Frames:
    """(h, w, 3): a picture of any size through a painter, and back in its size.

    Raises LimitError where memory does not suffice.
    """
    size = own_size(painter, (frame.shape[1], frame.shape[0]))
    try:
        made = painter.paint(
            size.frames(frame[None])[0],
            size.hole(hole[None])[0],
            noise=noise,
            strength=strength,
            settings=settings,
            beat=lambda share: progress(share, "painting"),
        )
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        side = painter.square.side_px
        less = "leave --rim-guidance out, " if settings.generation.rim_guidance else ""
        raise LimitError(
            f"memory ran out while a picture of {side}x{side} was painted; {less}free some, choose "
            "a smaller model, or another strategy"
        ) from error
    back: Frames = size.back(made[None])[0]
    return back


def _led_noise(led: Way, size: Resizing, there: Floats, fresh: Floats) -> Floats:
    """A frame's noise: the other's where the motion says so, fresh noise elsewhere.

    Taken from the nearest place: a mean of several would be less than noise.
    """
    latent = fresh.shape[1], fresh.shape[0]
    drawn = (
        size.picture[0] * latent[0] // size.whole[0],
        size.picture[1] * latent[1] // size.whole[1],
    )
    if min(drawn) < 1:
        return fresh
    small = led.smaller(drawn)
    noise = fresh.copy()
    corner = noise[: drawn[1], : drawn[0]]
    moved = np.asarray(small.led(there[: drawn[1], : drawn[0]], nearest=True), np.float32)
    noise[: drawn[1], : drawn[0]] = np.where(small.good[..., None], moved, corner)
    return noise
