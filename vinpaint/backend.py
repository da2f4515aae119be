"""The only orchestrator: a job in, a video with its evidence out.

Job -> clip -> mask -> plan -> fill -> composite -> measure -> Result
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import vinpaint
from vinpaint import evidence, masks
from vinpaint.clip import (
    Clip,
    Patch,
    Picture,
    Writer,
    check_apart,
    check_out,
    file_hash,
    find_cuts,
    kind_of,
    open_clip,
    open_writer,
    safe_output,
    staged_output,
    write_frames,
    write_png,
)
from vinpaint.composite import composite, match_grain
from vinpaint.errors import MaskError, OutputError, SettingsError
from vinpaint.evidence import score
from vinpaint.jobs import job_from_json, job_to_dict, job_to_json, read_job, rebased
from vinpaint.metrics import METRICS
from vinpaint.metrics.exactness import KeptPixels, largest_difference
from vinpaint.plan import Piece, plan
from vinpaint.strategies import Strategy, choose
from vinpaint.types import (
    Bools,
    Context,
    Frames,
    Job,
    MaskTrack,
    Progress,
    Result,
    SourceFacts,
    Span,
    Video,
    part,
    silent,
    windows,
)
from vinpaint.wording import score_in_words, verdict

__all__ = [
    "find_mask",
    "job_from_json",
    "job_to_json",
    "read_job",
    "rebased",
    "report",
    "run",
    "score",
    "score_in_words",
    "tuned_mask",
    "write_mask",
]

_MASK_FRAMES = 12


def run(
    job: Job,
    outs: Sequence[Path],
    *,
    progress: Progress = silent,
    found: MaskTrack | None = None,
    overwrite: bool = False,
) -> Result:
    """Repair the job's clip and write it to every path of `outs`; measure what was written.

    `found` spares finding the mask again. Raises VinpaintError, and Cancelled when `progress`
    does; then nothing of the result is left behind.
    """
    timer = _Timer()
    strategy = _strategy(job)
    for out in outs:
        check_out(out, overwrite=overwrite)
    clip = open_clip(job.source, fps=job.fps)
    check_apart(clip, outs)
    with timer.stage("mask"):
        found = found or find_mask(job, clip, progress=part(progress, 0.0, 0.22))
        track = tuned_mask(job, found, clip)
        pieces = plan(clip, track, cuts=find_cuts(clip, progress=part(progress, 0.22, 0.25)))
    if not pieces:
        raise MaskError("the mask is empty on every frame, so there is nothing to repair; mark it")
    with contextlib.ExitStack() as stack:
        staged = [stack.enter_context(staged_output(out)) for out in outs]
        with timer.stage("repair"):
            told = part(progress, 0.25, 0.85)
            with contextlib.closing(clip.again()) as source:
                patches = _repaired(source, track, pieces, strategy, job, told)
                before_encoding, notes = _write(clip, staged, patches, track)
        with timer.stage("measure"):
            shown = evidence.most_exact(staged)
            result = open_clip(shown, fps=job.fps, ours=True)
            proof, scores = evidence.examine(
                clip,
                result,
                track,
                part(progress, 0.85, 1.0),
                before_encoding=before_encoding,
                names=() if job.measures == "none" else tuple(METRICS),
            )
            result.close()
    return Result(
        job=job,
        outs=tuple(outs),
        source=_facts(clip),
        scores=scores,
        verdict=verdict(scores, proof),
        outside=proof,
        seconds=timer.seconds,
        versions=versions(),
        notes=tuple(dict.fromkeys((*clip.notes, *notes))),
    )


def _strategy(job: Job) -> Strategy:
    strategy = choose(job.fill.strategy)
    if job.fill.prompt and not strategy.takes_prompt:
        raise SettingsError(
            f"the strategy '{job.fill.strategy}' takes no prompt, received '{job.fill.prompt}'; "
            "leave the prompt out"
        )
    return strategy


def find_mask(job: Job, clip: Clip, *, progress: Progress = silent) -> MaskTrack:
    """The mask as found, before tuning. Raises MaskError."""
    hidden = {thing.object_id for thing in job.objects if thing.hidden}
    where = [prompt for prompt in job.where if prompt.object_id not in hidden]
    return masks.find(clip, where, tracker=job.tracker, progress=progress)


def tuned_mask(job: Job, found: MaskTrack, clip: Clip) -> MaskTrack:
    """The mask that is worked with: inverted if asked, tuned, kept to the job's frames.

    Raises SettingsError for a tuning or frames that make no sense.
    """
    tuning = job.tuning
    if tuning.matte:  # of the thing as found: inverted, the background's edge keeps its hair
        found, tuning = masks.matted(clip, found), masks.matte_tuning(tuning, invert=job.invert)
    track = masks.tune(masks.inverted(found) if job.invert else found, tuning)
    if job.frames is None:
        return track
    span = job.frames.meet(clip.span)
    if not span.length or job.frames.start < 0:
        raise SettingsError(
            f"frames {job.frames.start}:{job.frames.stop} lie outside the clip, which has "
            f"{clip.frames} (0:{clip.frames}); the second number is exclusive"
        )
    return masks.limited(track, span)


def write_mask(
    job: Job,
    out: Path,
    *,
    progress: Progress = silent,
    found: MaskTrack | None = None,
    overwrite: bool = False,
) -> None:
    """The tuned mask alone: a folder of grey PNG images, a lossless grey .mkv, or RLE in .json.

    `found` spares finding the mask again. Raises VinpaintError; then nothing is left behind.
    """
    runs = out.suffix.lower() == ".json"
    if runs:
        masks.check_rle_out(out)
    else:
        check_out(out, overwrite=overwrite)
    if not runs and kind_of(out) == ".mp4":
        raise OutputError(f"{out.name}: a mask must stay exact; give a folder, a .mkv or a .json")
    clip = open_clip(job.source, fps=job.fps)
    check_apart(clip, [out])
    found = found or find_mask(job, clip, progress=part(progress, 0.0, 0.9))
    track, told = tuned_mask(job, found, clip), part(progress, 0.9, 1.0)
    if runs:
        masks.write_rle(out, track, fps=clip.fps, progress=told)
        return
    images = _mask_images(track, told)
    if kind_of(out) == ".mkv":
        write_frames(out, images, fps=clip.fps, lossless=True)
        return
    with safe_output(out) as folder:
        folder.mkdir()
        for number, image in enumerate(images):
            write_png(folder / f"{number:05d}.png", image)


def _mask_images(track: MaskTrack, progress: Progress) -> Iterator[Frames]:
    """(H, W) uint8, 255 = replace."""
    for span in windows(Span(0, track.frames), _MASK_FRAMES):
        progress(span.start / track.frames, f"writing the mask, frame {span.start}")
        for values in track.read(span).values:
            yield np.rint(values * 255).astype(np.uint8)


def _repaired(
    clip: Clip,
    track: MaskTrack,
    pieces: Sequence[Piece],
    strategy: Strategy,
    job: Job,
    progress: Progress,
) -> Iterator[tuple[int, Patch]]:
    """(frame number, patch) for every frame that has a mask, in order."""
    total = sum(piece.fill.length for piece in pieces)
    done = 0
    last: tuple[Piece, Video] | None = None
    for piece in pieces:
        here = part(progress, done / total, (done + piece.fill.length) / total)
        video = clip.read(piece.span, box=piece.box)
        mask = track.read(piece.span, box=piece.box)
        before = _sources_before(video, piece, last)
        context = Context(before, piece.ahead_frames)
        filled = strategy.fill(video, mask, context=context, settings=job.fill, progress=here)
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
        del video, mask, filled, whole  # before the next window is read: 13 bytes a pixel
        done += piece.fill.length


def _differ(first: Frames, second: Frames) -> Bools:
    """(H, W): where two pictures differ; several times as fast as `any` over the channels."""
    red, green, blue = np.moveaxis(first != second, -1, 0)
    return np.asarray(red | green | blue)


def _sources_before(video: Video, piece: Piece, last: tuple[Piece, Video] | None) -> Video | None:
    """The window's first frames as they are after repair; real frames where none was needed."""
    if not piece.before_frames:
        return None
    frames = video.frames[: piece.before_frames].copy()
    if last is not None:
        old, repaired = last
        shared = piece.span.meet(old.fill)
        box = piece.box.meet(old.box)
        for t in shared.frames:
            if box is None:
                break
            here = box.shift(-piece.box.x0, -piece.box.y0).slices
            there = box.shift(-old.box.x0, -old.box.y0).slices
            frames[t - piece.span.start][here] = repaired.frames[t - old.span.start][there]
    return Video(frames)


def _write(
    clip: Clip,
    outs: Sequence[Path],
    patches: Iterator[tuple[int, Patch]],
    track: MaskTrack,
) -> tuple[int, list[str]]:
    """Write all frames to all outs: (largest difference outside before encoding, notes)."""
    worst = 0
    kept = KeptPixels(track)
    with contextlib.ExitStack() as stack:
        writers: list[Writer] = [stack.enter_context(open_writer(out, clip)) for out in outs]
        number, patch = next(patches, (-1, None))
        for picture in clip.pictures():
            mine = patch if number == picture.index else None
            for writer in writers:
                written = writer.write(picture, mine)
                worst = max(worst, _changed_outside(picture, written, kept, mine))
            if mine is not None:
                number, patch = next(patches, (-1, None))
    return worst, [note for writer in writers for note in writer.notes]


def _changed_outside(
    picture: Picture, written: Picture, kept: KeptPixels, patch: Patch | None
) -> int:
    if patch is None or written is picture:
        return 0
    return largest_difference(picture, written, kept.of(picture.index))[1]


@dataclass(frozen=True)
class _Timer:
    """Wall time by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)


def _facts(clip: Clip) -> SourceFacts:
    return SourceFacts(
        name=clip.path.name,
        width=clip.width,
        height=clip.height,
        frames=clip.frames,
        fps=float(clip.fps),
        seconds=clip.seconds,
        sha256=file_hash(clip),
    )


def versions() -> dict[str, str]:
    """What a result depends on."""
    names = ("av", "numpy", "opencv-python", "scipy", "PyPatchMatch", "rapidocr")
    found = {"vinpaint": vinpaint.__version__, "python": platform.python_version()}
    for name in names:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def report(result: Result) -> dict[str, Any]:
    """What report.json holds."""
    plain = dataclasses.asdict(result)
    plain["job"] = job_to_dict(result.job)
    plain["outs"] = [str(out) for out in result.outs]
    return plain
