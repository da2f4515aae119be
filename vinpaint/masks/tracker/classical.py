"""The tracker that needs no weights: colour, outline and motion, followed frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import (
    Bools,
    BoxPrompt,
    Click,
    Device,
    MaskError,
    Painting,
    Progress,
    Span,
    section,
)
from vinpaint.masks.base import ObjectPrompt, first_frame
from vinpaint.masks.mask_file import read_painting
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.tracker.bidirectional import weave
from vinpaint.masks.tracker.segmentation import segment
from vinpaint.media import Clip, find_cuts, split_shots

_CUTS_SHARE = 0.05
"""How much of the bar is looking for cuts."""


@dataclass(frozen=True)
class ClassicalTracker:
    """Works everywhere: on any machine, with no download."""

    title: str = "Built in (no download)"
    weights: str = ""

    def ready(self) -> bool:
        """Always."""
        return True

    def on(self, device: Device) -> ClassicalTracker:  # noqa: ARG002 (it has no network)
        """Itself."""
        return self

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], before: Bools | None
    ) -> Bools:
        """See `Tracker.segment`."""
        return mask_of(clip, frame, prompts, before)

    def follow(
        self,
        clip: Clip,
        prompts: Sequence[ObjectPrompt],
        *,
        progress: Progress,
        cuts: Sequence[int] | None = None,
    ) -> StoredTrack:
        """See `Tracker.follow`. `cuts`: the first frame of every shot but the clip's first.

        They are looked for where they are not given. Nothing is followed across a cut: a shot
        without a mark of its own stays empty.
        """
        if cuts is None:
            cuts = find_cuts(clip, progress=section(progress, 0.0, _CUTS_SHARE))
        runs = _runs(clip, prompts, cuts)
        return _follow(clip, prompts, runs, section(progress, _CUTS_SHARE, 1.0))


@dataclass(frozen=True)
class _Run:
    """One shot's work: the frame to start from, and the prompted ones after and before it."""

    shot: Span
    first: int
    later: tuple[int, ...]
    earlier: tuple[int, ...]

    @property
    def ticks(self) -> int:
        """At most so many frames are seen; those between two prompted ones are seen twice."""
        return 3 * self.shot.length * (2 if self.later or self.earlier else 1)


def _runs(clip: Clip, prompts: Sequence[ObjectPrompt], cuts: Sequence[int]) -> list[_Run]:
    """The shots in which a prompt says what the object is. Raises MaskError where there is none."""
    first_frame(prompts)
    runs = []
    for shot in split_shots(cuts, clip.frames):
        here = [p for p in prompts if p.frame in shot.frames]
        if all(isinstance(p, Click) and not p.add for p in here):
            continue
        first = first_frame(here)
        later = sorted({p.frame for p in here if p.frame > first})
        earlier = sorted({p.frame for p in here if p.frame < first}, reverse=True)
        runs.append(_Run(shot, first, tuple(later), tuple(earlier)))
    return runs


def mask_of(clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], before: Bools | None) -> Bools:
    """(H, W) bool of one prompted frame; `before`: the followed mask that is corrected."""
    painted = [p for p in prompts if isinstance(p, Painting)]
    if painted:
        before = np.logical_or.reduce([read_painting(clip, p.path) for p in painted])
    clicks = [p for p in prompts if isinstance(p, Click)]
    boxes = [p.box for p in prompts if isinstance(p, BoxPrompt)]
    if before is not None and not clicks and not boxes:
        return before
    if before is None:
        first_frame(prompts)
    return segment(clip, frame, clicks, boxes, before)


def _follow(
    clip: Clip, prompts: Sequence[ObjectPrompt], runs: Sequence[_Run], progress: Progress
) -> StoredTrack:
    tick = _ticker(sum(run.ticks for run in runs), progress)
    builder = TrackBuilder((clip.width, clip.height), clip.frames)

    def resolve(frame: int, before: Bools | None) -> Bools:
        return mask_of(clip, frame, [p for p in prompts if p.frame == frame], before)

    for run in runs:
        start = resolve(run.first, None)
        if not start.any():
            raise MaskError(
                f"nothing was found at the mark on frame {run.first}; "
                "mark the object with a box or paint it"
            )
        builder.put(run.first, start)
        ends = (run.shot.stop - 1, run.later), (run.shot.start, run.earlier)
        for end, stops in ends:
            weave(clip, start, (run.first, *stops), end, resolve, builder, tick)
    return builder.build()


def _ticker(total: int, progress: Progress) -> Callable[[], None]:
    """Each call tells the progress."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(min(done / total, 1.0), "following the object")

    return tick
