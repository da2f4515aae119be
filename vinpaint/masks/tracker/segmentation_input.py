"""One frame made ready for segmentation: its colours, and what in it moves on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Box, Floats, Span
from vinpaint.masks.tracker.colour_models import make_codebook, to_lab
from vinpaint.masks.tracker.frame_features import Look, Sight, look, sights
from vinpaint.masks.tracker.motion_segmentation import judge_drift
from vinpaint.masks.tracker.working_crop import Stage, read_stage
from vinpaint.media import Clip

_APART_FRAMES = 2
"""Motion is judged against the frames this far before and after: near, yet something moved."""
_SAME_SHOT_SHARE = 0.4
"""Where flow leads back from less of the picture, the neighbour belongs to another shot. Of eight
real clips it leads back from 0.83 or more, between two of them from 0.2 or less."""


@dataclass(frozen=True, repr=False)
class Scene:
    """A frame at working size.

    codes: colours in the codebook; beside: the frame against its neighbours; drift: (H, W)
    log-odds that a pixel moves otherwise than the background.
    """

    new: Look
    codes: int
    beside: tuple[Sight, ...]
    drift: Floats

    def cut_out(self, box: Box) -> Scene:
        """The part of the scene in a box, without its neighbours."""
        part = Look(*(getattr(self.new, name)[box.slices] for name in Look.__annotations__))
        return Scene(part, self.codes, (), self.drift[box.slices])


def read_scene(clip: Clip, frame: int, stage: Stage, about: Bools) -> Scene:
    """The scene of one frame; `about`: (H, W) bool at working size, roughly the object."""
    near = [t for t in (frame - _APART_FRAMES, frame + _APART_FRAMES) if 0 <= t < clip.frames]
    rgb = {t: read_stage(clip, Span(t, t + 1), stage, _no_tick)[t] for t in sorted({frame, *near})}
    book = make_codebook(to_lab(rgb[frame]), about)
    new = look(rgb[frame], book)
    against = [sights(new, look(rgb[t], book))[0] for t in near]
    beside = tuple(seen for seen in against if seen.good.mean() > _SAME_SHOT_SHARE)
    drifts = [judge_drift(new, seen, about) for seen in beside]
    drift = agreed(drifts) if drifts else np.zeros(new.grey.shape, np.float32)
    return Scene(new, book.count, beside, np.asarray(drift, np.float32))


def agreed(judged: Sequence[Floats]) -> Floats:
    """(H, W) log-odds of several sights of one frame, halfway from their mean to the least.

    What the object covers on one neighbour is seen on the other, and there the background
    explains it; the mean alone leaves a halo of such pixels.
    """
    return np.asarray((np.mean(judged, axis=0) + np.min(judged, axis=0)) / 2, np.float32)


def _no_tick() -> None:
    """A handful of frames is read too fast to tell."""
