"""Strategy `frames`: generate each frame with an image model, then smooth along the motion.

To limit flicker, all frames share one noise image, warped along the optical flow. Keyframes are
generated first. Every other frame starts from the nearest finished frame, warped to it, and the
model denoises it only partly (Meng et al., "SDEdit", 2022).
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
    Progress,
    Video,
    section,
)
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.imaging.motion.completion import PairMotion, estimate_motion
from vinpaint.runtime.devices import resolve_device
from vinpaint.strategies.base import Strategy, start_frames
from vinpaint.strategies.compute_backend import select_backend
from vinpaint.strategies.diffusion import image_models, pipelines
from vinpaint.strategies.diffusion.image_model import ImageModel
from vinpaint.strategies.diffusion.pipelines import INSTEAD
from vinpaint.strategies.diffusion.temporal_smoothing import (
    Correspondence,
    smooth_frames,
    trace_correspondence,
)
from vinpaint.strategies.memory_retry import is_out_of_memory
from vinpaint.strategies.resizing import (
    Resizing,
    SizeRule,
    crop_box,
    paste_into_hole,
    plan_resizing,
)

MODELS = ("stable-diffusion-inpainting", "sdxl-inpainting", "flux-fill")
_CONTEXT_PX = 48
KEY_STEP = 8
"""Every eighth frame is a keyframe."""
_KEY_STRENGTH, _STRENGTH = 0.75, 0.5
"""Denoising strength of a frame that starts from a frame farther away, and from a neighbour."""
_MIN_WARPED_SHARE = 0.5
"""Share of the hole that must be warped from a finished frame. Otherwise the frame starts from
noise alone."""
COLOUR_BLEED_PX = 4
"""Distance over which an autoencoder mixes the colours of the hole into its surroundings. Pixels
this close to the hole are not used to match colours."""


@dataclass(frozen=True)
class FrameByFrame(Strategy):
    """Generate each frame with an image model. Needs weights; takes hours without a GPU."""

    title = "Frame by frame"
    best_for = (
        "Putting something else there, by words, where little moves: an image model generates "
        "each frame, and the frames are smoothed along the motion."
    )
    takes_prompt = True
    models = MODELS
    options = (
        *("model", "negative_prompt", "steps", "guidance", "repaint", "rim_guidance"),
        *("smoothing", "smoothing_sigma_frames", "smoothing_sigma_levels", "patient"),
    )

    def missing_requirement(self, settings: FillSettings) -> str:
        """See `Strategy.missing_requirement`.

        Checks packages, weights, and settings that the model does not support.
        """
        return missing_requirement(self.weights(settings)[0], settings)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:  # noqa: ARG002
        """See `Strategy.estimate_seconds`. `size` is ignored: the model's image size is fixed."""
        model = pipelines.find_model(self.weights(settings)[0])
        device = resolve_device(settings.device)
        return frames * image_models.seconds_per_image(model, device=device, settings=settings)

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

        Raises MissingError if packages or weights are missing, LimitError if memory runs out,
        EngineError if the model's filter rejects an image.
        """
        frames, repaired = start_frames(video, context)
        hole = mask.hole
        selected = range(repaired, len(frames) - context.ahead_frames)
        selected_hole = hole[selected.start : selected.stop]
        box = crop_box(selected_hole, context_px=_CONTEXT_PX, aspect=1.0)
        if box is None:
            return Video(frames)
        self.require(settings)
        model = pipelines.find_model(self.weights(settings)[0])
        device = resolve_device(settings.device)
        count = int(selected_hole.any(axis=(1, 2)).sum())
        seconds = self.estimate_seconds(count, (box.width, box.height), settings)
        progress(0.0, pipelines.describe_work(model, f"{count} images", seconds, device))
        image_model = image_models.load_image_model(model, device=device, instead=INSTEAD)
        backend = select_backend(settings, on_note=context.note)
        motion = estimate_motion(
            frames, hole, estimator=backend.flow, progress=section(progress, 0.02, 0.1)
        )
        crop = (slice(None), *box.slices)
        known = (np.arange(len(frames)) < repaired) & ~hole.any(axis=(1, 2))
        work = _CropFill(
            image_model, frames[crop], hole[crop], motion, box, selected, known, settings
        )
        frames[crop] = work.filled(section(progress, 0.1, 1.0))
        return Video(frames)


def missing_requirement(name: str, settings: FillSettings) -> str:
    """Return what is missing to generate images with a model, in one sentence, or ''."""
    reason = pipelines.missing_requirement(name, image_models.KINDS, instead=INSTEAD)
    folder = models.weights_folder(name)
    if reason or folder is None:
        return reason
    return image_models.unsupported_setting(folder, settings)


def working_resizing(image_model: ImageModel, size: tuple[int, int]) -> Resizing:
    """Return the resizing from `size`, (width, height), to the square that a model works in."""
    side = image_model.working_size.side_px
    return plan_resizing(size, SizeRule(fixed=(side, side)))


def painting_order(selected: range, done: Bools) -> Iterator[tuple[int, int | None]]:
    """Yield (frame to generate, the finished frame it starts from), in the order of generation.

    Keyframes come first, in order of their distance from the last frame of `done`, or from the
    middle keyframe. The other frames follow in order of their distance from a keyframe. Each starts
    from the nearest finished frame. If no frame is `done`, the first one starts from None.

    selected: the frames to generate; done: (T,) bool, the frames that are finished already.
    """
    finished = set(np.flatnonzero(done).tolist())
    keys = list(selected[KEY_STEP // 2 :: KEY_STEP]) or [selected[len(selected) // 2]]
    middle = keys[len(keys) // 2] if not finished else max(finished)
    rest = [t for t in selected if t not in keys]
    queue = [
        *sorted(keys, key=lambda t: abs(t - middle)),
        *sorted(rest, key=lambda t: min(abs(t - key) for key in keys)),
    ]
    for t in queue:
        nearest = min(finished, key=lambda s: (abs(s - t), s), default=None)
        yield t, nearest
        finished.add(t)


@dataclass(frozen=True, repr=False)
class _CropFill:
    """State for filling the crop of one window.

    Args:
        image_model: generates the frames.
        frames: (T, h, w, 3) uint8, the crop of each frame.
        hole: (T, h, w) bool.
        motion: motion from each frame to the next, for the whole window.
        box: the crop within the window.
        selected: the frames to generate.
        known: (T,) bool, frames without a hole that were repaired with an earlier window.
        settings: prompt, seed and model settings.
    """

    image_model: ImageModel
    frames: Frames
    hole: Bools
    motion: list[PairMotion | None]
    box: Box
    selected: range
    known: Bools
    settings: FillSettings

    def correspondence(self, t: int, s: int) -> Correspondence:
        """Return the correspondence from frame t to frame s."""
        return trace_correspondence(self.motion, self.box, t, s)

    def filled(self, progress: Progress) -> Frames:
        """Return the crop, (T, h, w, 3), with the hole of the selected frames filled."""
        filled, generated = self.frames.copy(), self.frames.copy()
        noises: dict[int, Floats] = {}
        todo = [t for t in self.selected if self.hole[t].any()]
        steps = [(t, s) for t, s in painting_order(self.selected, self.known) if t in set(todo)]
        for number, (t, s) in enumerate(steps):
            span = 0.9 * number / len(steps), 0.9 * (number + 1) / len(steps)
            noises[t], start, strength = self._start(filled, noises, t, s)
            generated[t] = inpaint_image(
                self.image_model,
                start,
                self.hole[t],
                noise=noises[t],
                strength=strength,
                settings=self.settings,
                progress=section(progress, *span),
            )
            frame = slice(t, t + 1)
            filled[frame] = paste_into_hole(self.frames[frame], generated[frame], self.hole[frame])
        matched = transfer_colours(
            generated[todo], self.frames[todo], self.hole[todo], margin_px=COLOUR_BLEED_PX
        )
        filled[todo] = paste_into_hole(self.frames[todo], matched, self.hole[todo])
        progress(0.95, "smoothing the frames")
        generation = self.settings.generation
        smooth = smooth_frames(
            filled,
            self.selected,
            usable=self.known | np.isin(np.arange(len(filled)), list(self.selected)),
            correspondence=self.correspondence,
            method=generation.smoothing,
            sigma_frames=generation.smoothing_sigma_frames,
            sigma_levels=generation.smoothing_sigma_levels,
        )
        return paste_into_hole(filled, smooth, self.hole)

    def _start(
        self, filled: Frames, noises: dict[int, Floats], t: int, s: int | None
    ) -> tuple[Floats, Frames, float]:
        """Return (noise of frame t, its initial content, denoising strength).

        s is the finished frame to start from, or None.
        """
        fresh = self.image_model.working_size.noise(self.settings.seed)
        if s is None:
            return fresh, self.frames[t], 1.0
        match = self.correspondence(t, s)
        reached = match.valid & self.hole[t]
        resizing = working_resizing(self.image_model, (self.frames.shape[2], self.frames.shape[1]))
        noise = _warp_noise(match, resizing, noises.get(s, fresh), fresh)
        if reached.sum() < _MIN_WARPED_SHARE * self.hole[t].sum():
            return noise, self.frames[t], 1.0
        warped = np.asarray(match.warp(filled[s]), np.uint8)
        start = np.where(self.hole[t][..., None], warped, self.frames[t])
        return noise, start, _KEY_STRENGTH if abs(t - s) > 1 else _STRENGTH


def inpaint_image(
    image_model: ImageModel,
    frame: Frames,
    hole: Bools,
    *,
    noise: Floats,
    strength: float,
    settings: FillSettings,
    progress: Progress,
) -> Frames:
    """Inpaint an image of any size, (h, w, 3) uint8, and return it in the same size.

    The image is resized to the model's size and back, so pixels outside the hole change as well.
    noise, strength: see `ImageModel.inpaint`. Raises LimitError if memory runs out.
    """
    resizing = working_resizing(image_model, (frame.shape[1], frame.shape[0]))
    try:
        generated = image_model.inpaint(
            resizing.resize(frame[None])[0],
            resizing.resize_mask(hole[None])[0],
            noise=noise,
            strength=strength,
            settings=settings,
            heartbeat=lambda share: progress(share, "generating"),
        )
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        side = image_model.working_size.side_px
        less = "leave --rim-guidance out, " if settings.generation.rim_guidance else ""
        raise LimitError(
            f"memory ran out while an image of {side}x{side} was generated; {less}free some, "
            "choose a smaller model, or another strategy"
        ) from error
    result: Frames = resizing.restore(generated[None])[0]
    return result


def _warp_noise(match: Correspondence, resizing: Resizing, other: Floats, fresh: Floats) -> Floats:
    """Return a frame's noise: another frame's, warped, where the motion is valid; fresh elsewhere.

    Each latent is copied from the nearest one, because interpolation would reduce the variance.
    """
    height, width = fresh.shape[:2]
    size = (
        resizing.scaled_size[0] * width // resizing.padded_size[0],
        resizing.scaled_size[1] * height // resizing.padded_size[1],
    )
    if min(size) < 1:
        return fresh
    latent_match = match.resized(size)
    noise = fresh.copy()
    inner = (slice(size[1]), slice(size[0]))
    moved = np.asarray(latent_match.warp(other[inner], nearest=True), np.float32)
    noise[inner] = np.where(latent_match.valid[..., None], moved, noise[inner])
    return noise
