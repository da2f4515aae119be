"""One frame made ready for segmentation: its colours, and what in it moves on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vinpaint.clip import Clip
from vinpaint.masks.colour import make_codebook, to_lab
from vinpaint.masks.look import Look, Sight, look, sights
from vinpaint.masks.motion import judge_drift
from vinpaint.masks.stage import Stage, read_stage
from vinpaint.types import Bools, Box, Floats, Span

_APART_FRAMES = 2
"""Motion is judged against the frames this far before and after: near, yet something moved."""


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
    beside = tuple(sights(new, look(rgb[t], book))[0] for t in near)
    drifts = [judge_drift(new, seen, about) for seen in beside]
    drift = np.mean(drifts, axis=0) if drifts else np.zeros(new.grey.shape, np.float32)
    return Scene(new, book.count, beside, np.asarray(drift, np.float32))


def _no_tick() -> None:
    """A handful of frames is read too fast to tell."""
