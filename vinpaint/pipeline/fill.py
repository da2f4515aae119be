"""Fill a job window by window. Each window uses the repaired frames of the previous one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vinpaint.core import (
    Bools,
    Context,
    FillSettings,
    Frames,
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
from vinpaint.strategies import Strategy
from vinpaint.strategies.diffusion.cost import LONG_WORK_SECONDS
from vinpaint.strategies.plate.reference import PlacedReference


def check_duration(fill: FillSettings, strategy: Strategy, pieces: Sequence[Piece]) -> None:
    """Raise SettingsError if the fill is estimated to take hours and `patient` is not set."""
    if fill.generation.patient:
        return
    seconds = sum(
        strategy.estimate_seconds(piece.span.length, (piece.box.width, piece.box.height), fill)
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
    """The reports of strategies, collected while they run (see `Context`).

    Args:
        notes: Sentences for the notes of the result.
        invented_px: By frame number, the number of hole pixels that no frame shows.
    """

    notes: list[str] = field(default_factory=list)
    invented_px: dict[int, int] = field(default_factory=dict)

    def add(self, other: FillLog) -> None:
        """Add the log of one window."""
        self.notes.extend(other.notes)
        self.invented_px.update(other.invented_px)


def repair_windows(
    clip: Clip,
    excluded: MaskTrack,
    pieces: Sequence[Piece],
    settings: FillSettings,
    strategy: Strategy,
    progress: Progress,
    placed: PlacedReference | None,
    log: FillLog,
    checkpoints: CheckpointStore | None = None,
) -> Iterator[tuple[int, Patch]]:
    """Yield (frame number, patch) for every frame that the pieces repair, in order.

    Args:
        clip: The source.
        excluded: Mask of the pixels that must not serve as sources, on all frames.
        pieces: The windows, in temporal order.
        settings: How the holes are filled.
        strategy: The strategy that `settings` names.
        progress: Called with the progress.
        placed: The reference, registered to the frames of the pieces, or None.
        log: Receives the reports of the strategy.
        checkpoints: Provides the windows that an earlier run finished and stores those of this run.
    """
    pieces = zerogpu.split_for_calls(list(pieces), strategy, settings)
    checkpoints = checkpoints or CheckpointStore(None)
    checkpoints.begin(len(pieces))
    total = sum(piece.fill.length for piece in pieces)
    done = 0
    last: tuple[Piece, Video] | None = None
    for piece in pieces:
        piece_progress = section(progress, done / total, (done + piece.fill.length) / total)
        video = clip.read(piece.span, box=piece.box)
        mask = excluded.read(piece.span, box=piece.box)
        before, mask = _with_repaired(video, mask, piece, last)
        context = Context(before, piece.ahead_frames, placed.crop(piece, clip) if placed else None)
        repaired, window_log = _repair_window(
            piece, video, mask, context, settings, piece_progress, checkpoints
        )
        log.add(window_log)
        last = piece, repaired  # sources of the next window, so before grain is added
        frames = _repaired_frames(piece)
        if settings.match_grain:
            seed = (settings.seed, piece.span.start)
            repaired = match_grain(video, repaired, mask, frames=frames, seed=seed)
        for i in frames:
            touched = _differ(repaired.frames[i], video.frames[i])
            # a copy, so that the patch does not keep the window in memory
            yield piece.span.start + i, Patch(piece.box, repaired.frames[i].copy(), touched)
        # free 13 bytes per pixel and the reference before the next window is read
        del video, mask, context, repaired
        done += piece.fill.length


def _repair_window(
    piece: Piece,
    video: Video,
    mask: Mask,
    context: Context,
    settings: FillSettings,
    progress: Progress,
    checkpoints: CheckpointStore,
) -> tuple[Video, FillLog]:
    """Fill and composite one window, without grain, or load it from `checkpoints`."""
    fingerprint = checkpoints.fingerprint(piece, video, mask, context)
    own = _repaired_frames(piece)
    frames = slice(own.start, own.stop)
    masked = mask.values[frames] > 0
    found = checkpoints.load(fingerprint, pixels=int(masked.sum()))
    if found is not None:
        progress(1.0, f"frames {piece.fill.start} to {piece.fill.stop - 1} were finished before")
        images = video.frames.copy()
        images[frames][masked] = found.rgb
        return Video(images), FillLog(list(found.notes), dict(found.invented_px))
    log, start = FillLog(), time.perf_counter()
    context = replace(context, note=log.notes.append, invented=_count_invented(piece, log))
    filled = zerogpu.fill(
        settings.strategy, video, mask, context=context, settings=settings, progress=progress
    )
    repaired = composite(video, filled, mask, blend=settings.blend)
    seconds = time.perf_counter() - start
    rgb = repaired.frames[frames][masked]
    checkpoints.save(fingerprint, Checkpoint(rgb, tuple(log.notes), log.invented_px, seconds))
    return repaired, log


def _repaired_frames(piece: Piece) -> range:
    """Return the indices of the repaired frames within the window."""
    return range(piece.before_frames, piece.before_frames + piece.fill.length)


def _count_invented(piece: Piece, log: FillLog) -> Callable[[int, int], None]:
    """Return a callback for `Context.invented` that logs the counts of the repaired frames."""

    def count(t: int, pixels: int) -> None:
        if piece.span.start + t in piece.fill.frames:
            log.invented_px[piece.span.start + t] = pixels

    return count


def _differ(first: Frames, second: Frames) -> Bools:
    """Return (H, W) bool, True where two images differ. Faster than `any` over the channels."""
    red, green, blue = np.moveaxis(first != second, -1, 0)
    return np.asarray(red | green | blue)


def _with_repaired(
    video: Video, mask: Mask, piece: Piece, last: tuple[Piece, Video] | None
) -> tuple[Video | None, Mask]:
    """Return the source frames at the window's start, as the previous window repaired them.

    The mask is returned with those repaired pixels set to 0. Pixels that the previous window did
    not repair keep their mask, because they still show the removed object.
    """
    if not piece.before_frames:
        return None, mask
    frames, values = video.frames[: piece.before_frames].copy(), mask.values.copy()
    box = piece.box.intersection(last[0].box) if last else None
    if last is not None and box is not None:
        old, repaired = last
        inner = box.shift(-piece.box.x0, -piece.box.y0).slices
        old_inner = box.shift(-old.box.x0, -old.box.y0).slices
        for t in piece.span.intersection(old.fill).frames:
            frames[t - piece.span.start][inner] = repaired.frames[t - old.span.start][old_inner]
            values[t - piece.span.start][inner] = 0.0
    return Video(frames), Mask(values)
