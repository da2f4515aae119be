"""The interface of the classical tracker: segment one frame, and follow through all shots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinpaint.core import Bools, BoxPrompt, Click, Device, Progress, Span, no_op, section
from vinpaint.masks.base import ObjectPrompt, OnArrival, check_found, start_frame, ticker
from vinpaint.masks.mask_file import read_paintings
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.obey import obey
from vinpaint.masks.tracker.scene_cache import prepare_scene
from vinpaint.masks.tracker.segmentation import segment
from vinpaint.masks.tracker.sequence import propagate_bidirectional
from vinpaint.media import Clip, find_cuts, split_shots

_CUTS_SHARE = 0.05
"""Share of the progress that is reported for the detection of scene cuts."""


@dataclass(frozen=True)
class ClassicalTracker:
    """A tracker that runs on any machine and needs no download."""

    title: str = "Built in (no download)"
    weights: str = ""
    has_levels: bool = True

    def ready(self) -> bool:
        """Return True: no weights are needed."""
        return True

    def for_device(self, device: Device) -> ClassicalTracker:
        """Return the tracker itself, which runs on the CPU only."""
        return self

    def prepare(self, clip: Clip, frame: int) -> None:
        """See `Tracker.prepare`. The regions of the frame, about a second of work, are cached."""
        prepare_scene(clip, frame)

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], previous: Bools | None
    ) -> Bools:
        """See `Tracker.segment`."""
        painted = read_paintings(clip, prompts)
        previous = previous if painted is None else painted
        clicks = [p for p in prompts if isinstance(p, Click)]
        boxes = [p.box for p in prompts if isinstance(p, BoxPrompt)]
        adds = boxes or any(click.add for click in clicks)
        if previous is not None and not adds and not (clicks and previous.any()):
            return previous
        if previous is None:
            start_frame(prompts)
        found = segment(clip, frame, clicks, boxes, previous)
        return obey(clip, found, clicks) if found.any() else found

    def follow(
        self,
        clip: Clip,
        prompts: Sequence[ObjectPrompt],
        *,
        progress: Progress,
        on_arrival: OnArrival = no_op,
        cuts: Sequence[int] | None = None,
    ) -> StoredTrack:
        """See `Tracker.follow`. An object is not followed across scene cuts.

        `cuts`: the first frame of every shot except the first; detected if None. The mask is empty
        in shots without a prompt that marks the object itself.
        """
        if cuts is None:
            cuts = find_cuts(clip, progress=section(progress, 0.0, _CUTS_SHARE))
        shots = _prompted_shots(clip, prompts, cuts)
        rest = section(progress, _CUTS_SHARE, 1.0)
        tick = ticker(rest, sum(shot.max_ticks for shot in shots), "following the object")
        builder = TrackBuilder((clip.width, clip.height), clip.frames)

        def resolve(frame: int, followed: Bools | None) -> Bools:
            marked = [p for p in prompts if p.frame == frame]
            on_arrival(frame, followed)
            return self.segment(clip, frame, marked, followed)

        for shot in shots:
            start = resolve(shot.start, None)
            check_found(start, shot.start)
            builder.put(shot.start, start)
            for end, stops in ((shot.span.stop - 1, shot.later), (shot.span.start, shot.earlier)):
                stops = (shot.start, *stops)
                propagate_bidirectional(clip, start, stops, end, resolve, builder, tick)
        return builder.build()


@dataclass(frozen=True)
class _PromptedShot:
    """A shot with prompts.

    span: its frames; start: the frame from which the object is followed; later, earlier: the other
    prompted frames after and before it, nearest first.
    """

    span: Span
    start: int
    later: tuple[int, ...]
    earlier: tuple[int, ...]

    @property
    def max_ticks(self) -> int:
        """Upper bound of the number of ticks. Frames between prompted ones are followed twice."""
        return 3 * self.span.length * (2 if self.later or self.earlier else 1)


def _prompted_shots(
    clip: Clip, prompts: Sequence[ObjectPrompt], cuts: Sequence[int]
) -> list[_PromptedShot]:
    """Return the shots in which a prompt marks the object itself.

    Raises MaskError if there is none.
    """
    start_frame(prompts)
    shots = []
    for span in split_shots(cuts, clip.frames):
        inside = [p for p in prompts if p.frame in span.frames]
        if all(isinstance(p, Click) and not p.add for p in inside):
            continue
        start = start_frame(inside)
        frames = sorted({p.frame for p in inside})
        later = tuple(t for t in frames if t > start)
        earlier = tuple(t for t in reversed(frames) if t < start)
        shots.append(_PromptedShot(span, start, later, earlier))
    return shots
