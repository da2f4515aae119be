"""Strategy `propagate`: real pixels of other frames, propagated into the hole along completed flow.

This is flow-guided propagation without learned weights (docs/method.md; compare Xu et al., "Deep
Flow-Guided Video Inpainting", 2019). The steps:

1. Estimate the optical flow and complete it behind the hole.
2. Trace each hole pixel forwards and backwards in time to real pixels, and sample each colour once.
3. Adapt the colours to the border of the hole with a membrane.
4. Estimate the flow again on this draft and repeat steps 2 and 3, now also with the foreground
   layer.
5. Synthesise pixels that no frame shows with PatchMatch, in the frame with the largest missing
   area, and propagate the result to the other frames.
6. Suppress flicker with a temporal filter.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from vinpaint.core import Context, FillSettings, Mask, MaskError, Progress, Video, section
from vinpaint.imaging.motion.completion import estimate_motion
from vinpaint.strategies.base import Strategy, start_frames
from vinpaint.strategies.compute_backend import select_backend
from vinpaint.strategies.propagation.patchmatch import PatchMatchTexture, TextureSynthesizer
from vinpaint.strategies.propagation.window_fill import WindowFill


@dataclass(frozen=True)
class Propagate(Strategy):
    """Flow-guided propagation. Needs no weights and no GPU, but uses them if available."""

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
    """Fill a window: propagate pixels of other frames, and synthesise the rest with `texture`.

    Args:
        video: (T, H, W, 3) uint8.
        mask: (T, H, W).
        context: see `Strategy.fill`.
        settings: the device is read from them.
        texture: fills the pixels that no frame shows. It is closed at the end.
        progress: called with the share that is done; it may raise to stop the work.

    Returns the filled window. Raises MaskError if every pixel of every frame is hole.
    """
    frames, done = start_frames(video, context)
    hole = mask.hole
    if not hole.any():
        return Video(frames)
    if hole.all():
        raise MaskError(
            "the mask covers every pixel of every frame here, so nothing is left to repair "
            "from; make the mask smaller, or regenerate the clip"
        )
    backend = select_backend(settings, on_note=context.note)
    # earlier frames that still have a hole show the object; they are filled to become sources
    wanted = range(0 if hole[:done].any() else done, len(frames) - context.ahead_frames)
    motion = estimate_motion(
        frames, hole, estimator=backend.draft_flow, progress=section(progress, 0.0, 0.35)
    )
    first = WindowFill(frames, hole, motion, backend)
    with first.sampling(range(len(frames))) as samples:
        draft = first.compose(range(len(frames)), samples, section(progress, 0.35, 0.45))
    visible, cameras = first.visible(), [None if pair is None else pair.camera for pair in motion]
    del first, motion  # free memory: together with the second round's, these exceeded 2 GB
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
