"""The fill of a whole job: window after window, each going on from what the last one repaired."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vinpaint.core import (
    Bools,
    Context,
    Frames,
    Job,
    Mask,
    MaskTrack,
    Piece,
    Progress,
    SettingsError,
    Video,
    format_duration,
    section,
)
from vinpaint.media import Clip, Patch
from vinpaint.pipeline import zerogpu
from vinpaint.pipeline.checkpoints import Checkpoint, CheckpointStore
from vinpaint.pipeline.composite import composite, match_grain
from vinpaint.strategies import get_strategy
from vinpaint.strategies.diffusion.cost import LONG_WORK_SECONDS
from vinpaint.strategies.plate.reference import PlacedReference


def check_duration(job: Job, pieces: Sequence[Piece]) -> None:
    """Raises SettingsError where the fill takes hours and nobody has agreed to that."""
    if job.fill.generation.patient:
        return
    strategy = get_strategy(job.fill.strategy)
    seconds = sum(
        strategy.estimate_seconds(piece.span.length, (piece.box.width, piece.box.height), job.fill)
        for piece in pieces
    )
    if seconds > LONG_WORK_SECONDS:
        frames = sum(piece.fill.length for piece in pieces)
        raise SettingsError(
            f"{strategy.title} would take about {format_duration(seconds)} for these {frames} "
            "frames on this machine; agree to that (--yes, or the box under More), or choose "
            "another strategy, a smaller model, or fewer steps"
        )


@dataclass(frozen=True)
class FillLog:
    """What strategies tell of their work; filled as the work goes on.

    notes: sentences; invented_px: by frame, how much of the hole no frame shows (see `Context`).
    """

    notes: list[str] = field(default_factory=list)
    invented_px: dict[int, int] = field(default_factory=dict)

    def add(self, other: FillLog) -> None:
        """Take what was told of one window."""
        self.notes.extend(other.notes)
        self.invented_px.update(other.invented_px)


def repair_windows(
    clip: Clip,
    hidden: MaskTrack,
    pieces: Sequence[Piece],
    job: Job,
    progress: Progress,
    placed: PlacedReference | None,
    heard: FillLog,
    kept: CheckpointStore | None = None,
) -> Iterator[tuple[int, Patch]]:
    """(frame number, patch) for every frame of the pieces, in order.

    `hidden`: the mask of all frames, those that are only sources as well. `heard` takes what the
    strategy tells. `kept`: what an earlier run finished, and where this one's windows go.
    """
    pieces = zerogpu.split_for_calls(list(pieces), get_strategy(job.fill.strategy), job.fill)
    kept = kept or CheckpointStore(None)
    kept.begin(len(pieces))
    total = sum(piece.fill.length for piece in pieces)
    done = 0
    last: tuple[Piece, Video] | None = None
    for piece in pieces:
        here = section(progress, done / total, (done + piece.fill.length) / total)
        video = clip.read(piece.span, box=piece.box)
        before, mask = _with_repaired(video, hidden.read(piece.span, box=piece.box), piece, last)
        given = placed.crop(piece, clip) if placed else None
        context = Context(before, piece.ahead_frames, given)
        whole, told = _whole(piece, video, mask, context, job, here, kept)
        heard.add(told)
        last = piece, whole  # as sources for the next window: without grain
        wanted = _wanted(piece)
        if job.fill.match_grain:
            seed = (job.fill.seed, piece.span.start)
            whole = match_grain(video, whole, mask, frames=wanted, seed=seed)
        for i in wanted:
            touched = _differ(whole.frames[i], video.frames[i])
            # a copy: whoever holds the patch must not hold the window
            yield piece.span.start + i, Patch(piece.box, whole.frames[i].copy(), touched)
        # before the next window is read: 13 bytes a pixel, and the reference's pictures
        del video, mask, context, given, whole
        done += piece.fill.length


def _whole(
    piece: Piece,
    video: Video,
    mask: Mask,
    context: Context,
    job: Job,
    progress: Progress,
    kept: CheckpointStore,
) -> tuple[Video, FillLog]:
    """One window repaired, without grain, and what was told of it; taken from `kept` if there."""
    fingerprint = kept.fingerprint(piece, video, mask, context)
    under = mask.values[_slice(piece)] > 0
    window = kept.take(fingerprint, pixels=int(under.sum()))
    if window is not None:
        progress(1.0, f"frames {piece.fill.start} to {piece.fill.stop - 1} were finished before")
        frames = video.frames.copy()
        frames[_slice(piece)][under] = window.rgb
        return Video(frames), FillLog(list(window.notes), dict(window.invented_px))
    heard, begun = FillLog(), time.perf_counter()
    told = replace(context, note=heard.notes.append, invented=_counted_in(piece, heard))
    filled = zerogpu.fill(
        job.fill.strategy, video, mask, context=told, settings=job.fill, progress=progress
    )
    whole = composite(video, filled, mask, blend=job.fill.blend)
    seconds = time.perf_counter() - begun
    rgb = whole.frames[_slice(piece)][under]
    kept.keep(fingerprint, Checkpoint(rgb, tuple(heard.notes), heard.invented_px, seconds))
    return whole, heard


def _wanted(piece: Piece) -> range:
    """The frames of the window that it repairs, counted from its first."""
    return range(piece.before_frames, piece.before_frames + piece.fill.length)


def _slice(piece: Piece) -> slice:
    return slice(_wanted(piece).start, _wanted(piece).stop)


def _counted_in(piece: Piece, heard: FillLog) -> Callable[[int, int], None]:
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
    box = piece.box.intersection(last[0].box) if last else None
    if last is not None and box is not None:
        old, repaired = last
        here = box.shift(-piece.box.x0, -piece.box.y0).slices
        there = box.shift(-old.box.x0, -old.box.y0).slices
        for t in piece.span.intersection(old.fill).frames:
            frames[t - piece.span.start][here] = repaired.frames[t - old.span.start][there]
            values[t - piece.span.start][here] = 0.0
    return Video(frames), Mask(values)
