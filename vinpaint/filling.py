"""The fill of a whole job: window after window, each going on from what the last one repaired."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from vinpaint import lent, reference
from vinpaint.clip import Clip, Patch
from vinpaint.composite import composite, match_grain
from vinpaint.errors import SettingsError
from vinpaint.jobs import Job
from vinpaint.plan import Piece
from vinpaint.strategies import choose
from vinpaint.strategies.cost import HOURS_AFTER_SECONDS, in_words
from vinpaint.types import (
    Bools,
    Context,
    Frames,
    Mask,
    MaskTrack,
    Progress,
    Video,
    part,
)


def check_patience(job: Job, pieces: Sequence[Piece]) -> None:
    """Raises SettingsError where the fill takes hours and nobody has agreed to that."""
    if job.fill.generation.patient:
        return
    strategy = choose(job.fill.strategy)
    seconds = sum(
        strategy.seconds(piece.span.length, (piece.box.width, piece.box.height), job.fill)
        for piece in pieces
    )
    if seconds > HOURS_AFTER_SECONDS:
        frames = sum(piece.fill.length for piece in pieces)
        raise SettingsError(
            f"{strategy.title} would take about {in_words(seconds)} for these {frames} frames on "
            "this machine; agree to that (--yes, or the box under More), or choose another "
            "strategy, a smaller model, or fewer steps"
        )


@dataclass(frozen=True)
class Heard:
    """What strategies tell of their work; filled as the work goes on.

    notes: sentences; invented_px: by frame, how much of the hole no frame shows (see `Context`).
    """

    notes: list[str] = field(default_factory=list)
    invented_px: dict[int, int] = field(default_factory=dict)


def repaired(
    clip: Clip,
    hidden: MaskTrack,
    pieces: Sequence[Piece],
    job: Job,
    progress: Progress,
    placed: reference.Placed | None,
    heard: Heard,
) -> Iterator[tuple[int, Patch]]:
    """(frame number, patch) for every frame of the pieces, in order.

    `hidden`: the mask of all frames, those that are only sources as well. `heard` takes what the
    strategy tells.
    """
    pieces = lent.short_enough(list(pieces), choose(job.fill.strategy), job.fill)
    total = sum(piece.fill.length for piece in pieces)
    done = 0
    last: tuple[Piece, Video] | None = None
    for piece in pieces:
        here = part(progress, done / total, (done + piece.fill.length) / total)
        video = clip.read(piece.span, box=piece.box)
        before, mask = _with_repaired(video, hidden.read(piece.span, box=piece.box), piece, last)
        given = placed.of(piece, clip) if placed else None
        count = _counted_in(piece, heard)
        context = Context(before, piece.ahead_frames, given, heard.notes.append, count)
        filled = lent.fill(
            job.fill.strategy, video, mask, context=context, settings=job.fill, progress=here
        )
        whole = composite(video, filled, mask, blend=job.fill.blend)
        last = piece, whole  # as sources for the next window: without grain
        wanted = range(piece.before_frames, piece.before_frames + piece.fill.length)
        if job.fill.match_grain:
            seed = (job.fill.seed, piece.span.start)
            whole = match_grain(video, whole, mask, frames=wanted, seed=seed)
        for i in wanted:
            touched = _differ(whole.frames[i], video.frames[i])
            # a copy: whoever holds the patch must not hold the window
            yield piece.span.start + i, Patch(piece.box, whole.frames[i].copy(), touched)
        # before the next window is read: 13 bytes a pixel, and the reference's pictures
        del video, mask, context, given, filled, whole
        done += piece.fill.length


def _counted_in(piece: Piece, heard: Heard) -> Callable[[int, int], None]:
    """Takes the counts of a window's frames; keeps those that it repairs."""

    def count(t: int, pixels: int) -> None:
        if piece.span.start + t in piece.fill.frames:
            heard.invented_px[piece.span.start + t] = pixels

    return count


def _differ(first: Frames, second: Frames) -> Bools:
    """(H, W): where two pictures differ; several times as fast as `any` over the channels."""
    red, green, blue = np.moveaxis(first != second, -1, 0)
    return np.asarray(red | green | blue)


def _with_repaired(
    video: Video, mask: Mask, piece: Piece, last: tuple[Piece, Video] | None
) -> tuple[Video | None, Mask]:
    """The window's first frames with what the window before repaired; there nothing is masked.

    Where it repaired nothing, the mask stays: the frame still holds what is removed.
    """
    if not piece.before_frames:
        return None, mask
    frames, values = video.frames[: piece.before_frames].copy(), mask.values.copy()
    box = piece.box.meet(last[0].box) if last else None
    if last is not None and box is not None:
        old, repaired = last
        here = box.shift(-piece.box.x0, -piece.box.y0).slices
        there = box.shift(-old.box.x0, -old.box.y0).slices
        for t in piece.span.meet(old.fill).frames:
            frames[t - piece.span.start][here] = repaired.frames[t - old.span.start][there]
            values[t - piece.span.start][here] = 0.0
    return Video(frames), Mask(values)
