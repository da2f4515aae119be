"""Strategy `propagate`: real pixels of other frames, led into the hole by completed optical flow.

The seed's approach 3, with no learned weights: estimate and complete the motion behind the hole,
follow it to real pixels forwards and backwards in time, and sample each once. What no frame
shows is made once by PatchMatch, in the frame that lacks most, and led on from there. A membrane
then draws the fill's colours to the rim's. A second round estimates the motion anew on the first
fill.
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
    """Flow-guided propagation. Needs no weights and no GPU; it uses them where they are."""

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
        """See `Strategy.fill`. Raises MaskError when every pixel of every frame is hole."""
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
    """The window with its hole filled: seen pixels led in, unseen ones made by `texture`.

    `texture` is closed at the end. Raises MaskError when every pixel of every frame is hole.
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
    # frames before that nobody repaired hold what is removed: they are filled to be of use
    wanted = range(0 if hole[:done].any() else done, len(frames) - context.ahead_frames)
    told = section(progress, 0.0, 0.35)
    motion = estimate_motion(frames, hole, estimator=backend.draft_flow, progress=told)
    first = WindowFill(frames, hole, motion, backend)
    with first.placing(range(len(frames))) as placed:
        draft = first.finished(range(len(frames)), placed, section(progress, 0.35, 0.45))
    seen, cameras = first.seen(), [None if pair is None else pair.camera for pair in motion]
    del first, motion  # large: together with the second round's they passed 2 GB
    with contextlib.closing(texture):
        if (hole & ~seen)[wanted.start : wanted.stop].any():
            texture.warm()
        told = section(progress, 0.45, 0.75)
        motion = estimate_motion(
            draft, hole, cameras=cameras, seen=seen, estimator=backend.flow, progress=told
        )
        del draft
        second = WindowFill(frames, hole, motion, backend)
        second.add_front()
        for t in wanted:
            context.invented(t, int(second.unseen(t).sum()))
        with second.placing(wanted) as placed:
            second.make_unseen(wanted, texture, section(progress, 0.75, 0.9))
            filled = second.finished(wanted, placed, section(progress, 0.9, 0.97))
    return Video(second.steadied(filled, wanted, section(progress, 0.97, 1.0)))
