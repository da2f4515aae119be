"""Strategy `propagate`: real pixels of other frames, propagated into the hole along completed flow.

Flow-guided propagation without learned weights (docs/method.md; compare Xu et al., "Deep
Flow-Guided Video Inpainting", 2019): estimate and complete the motion behind the hole, trace each
hole pixel to real pixels forwards and backwards in time, and sample each colour once. What no frame
shows is synthesised by PatchMatch in the frame that lacks most, and propagated from there. A
membrane adapts the colours to the border of the hole. A second round estimates the motion again, on
the first fill.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from vinpaint.core import Context, FillSettings, Mask, MaskError, Progress, Video, section
from vinpaint.imaging.motion.completion import estimate_motion
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.compute_backend import select_backend
from vinpaint.strategies.propagation.patchmatch import PatchMatchTexture, TextureSynthesizer
from vinpaint.strategies.propagation.window_fill import WindowFill


@dataclass(frozen=True)
class Propagate(Strategy):
    """Flow-guided propagation. Needs no weights and no GPU, and uses them where available."""

    title = "Propagate"
    best_for = (
        "Removing something that moves, or that the camera moves past: "
        "the clip's own pixels from other frames fill the hole."
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
        """See `Strategy.fill`. Raises MaskError if every pixel of every frame is hole."""
        texture = PatchMatchTexture(seed=settings.seed)
        return fill_by_propagation(
            video, mask, context=context, settings=settings, texture=texture, progress=progress
        )


def fill_by_propagation(
    video: Video,
    mask: Mask,
    *,
    context: Context,
    settings: FillSettings,
    texture: TextureSynthesizer,
    progress: Progress,
) -> Video:
    """Fill a window: propagate what other frames show, synthesise the rest with `texture`.

    `texture` is closed at the end. Raises MaskError if every pixel of every frame is hole.
    """
    frames, hole = video.frames.copy(), mask.hole
    done = 0 if context.repaired is None else len(context.repaired.frames)
    if context.repaired is not None:
        frames[:done] = context.repaired.frames
    if not hole.any():
        return Video(frames)
    if hole.all():
        raise MaskError(
            "the mask covers every pixel of every frame here, so nothing is left to repair "
            "from; make the mask smaller, or regenerate the clip"
        )
    backend = select_backend(settings, on_note=context.note)
    # earlier frames that were not repaired still show the object, so they are filled to be sources
    wanted = range(0 if hole[:done].any() else done, len(frames) - context.ahead_frames)
    motion = estimate_motion(
        frames, hole, estimator=backend.draft_flow, progress=section(progress, 0.0, 0.35)
    )
    first = WindowFill(frames, hole, motion, backend)
    with first.sampling(range(len(frames))) as samples:
        draft = first.compose(range(len(frames)), samples, section(progress, 0.35, 0.45))
    visible, cameras = first.visible(), [None if pair is None else pair.camera for pair in motion]
    del first, motion  # large: with those of the second round they exceeded 2 GB
    with contextlib.closing(texture):
        if (hole & ~visible)[wanted.start : wanted.stop].any():
            texture.warm()
        motion = estimate_motion(
            draft,
            hole,
            cameras=cameras,
            visible=visible,
            estimator=backend.flow,
            progress=section(progress, 0.45, 0.75),
        )
        del draft
        second = WindowFill(frames, hole, motion, backend)
        second.propagate_foreground()
        for t in wanted:
            context.invented(t, int(second.missing(t).sum()))
        with second.sampling(wanted) as samples:
            second.generate_missing(wanted, texture, section(progress, 0.75, 0.9))
            filled = second.compose(wanted, samples, section(progress, 0.9, 0.97))
    return Video(second.filter_temporally(filled, wanted, section(progress, 0.97, 1.0)))
