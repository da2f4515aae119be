"""Prepare a job for the fill: find its mask, choose its strategy, plan it, place its reference."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from vinpaint.advice.forecast import Forecast, build_facts, forecast_visibility
from vinpaint.advice.wording import (
    describe_alternative,
    describe_choice,
    describe_ignored_prompt,
    describe_unseen,
)
from vinpaint.core import Job, MaskError, MaskTrack, Piece, Progress, section
from vinpaint.media import Clip, Patch, find_cuts
from vinpaint.pipeline.check import check_job
from vinpaint.pipeline.checkpoints import CheckpointStore
from vinpaint.pipeline.fill import FillLog, check_duration, repair_windows
from vinpaint.pipeline.mask import exclusion_mask, find_mask, tuned_mask
from vinpaint.pipeline.plan import plan
from vinpaint.strategies import AUTO, Strategy, get_strategy, suggest, without_ignored
from vinpaint.strategies.plate.reference import PlacedReference, place_reference


@dataclass(frozen=True)
class StageTimer:
    """Measures the wall time of the stages, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the wall time of a block, as a context manager."""
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)

    def with_earlier(self, name: str, seconds: float) -> dict[str, float]:
        """Return the times of all stages, with the time of earlier runs added to one of them."""
        return {**self.seconds, name: round(self.seconds[name] + seconds, 3)}


@dataclass(frozen=True)
class JobMask:
    """The masks of a job, the cuts of its clip, and the plan.

    Args:
        found: The mask before tuning.
        track: The tuned mask, which is repaired.
        excluded: Mask of the pixels that must not serve as sources, on all frames.
        cuts: The first frame of every shot but the first.
        pieces: The pieces of work for a strategy with the default window size.
    """

    found: MaskTrack
    track: MaskTrack
    excluded: MaskTrack
    cuts: Sequence[int]
    pieces: list[Piece]


@dataclass(frozen=True)
class Work:
    """A job that is ready to be filled.

    `pieces` are planned for the chosen strategy. `done` is the share of the total progress that the
    preparation took, 0 to 1.
    """

    job: Job
    strategy: Strategy
    mask: JobMask
    pieces: list[Piece]
    placed: PlacedReference | None
    forecast: Forecast | None
    done: float


def find_job_mask(
    job: Job,
    clip: Clip,
    mask_track: MaskTrack | None,
    progress: Progress,
    note: Callable[[str], None] | None = None,
) -> JobMask:
    """Find and tune the mask, detect the cuts, and plan the work.

    `note`: called with a sentence for each click that changes nothing.

    Raises MaskError if the mask is empty on every frame.
    """
    start = 0.0 if mask_track else 0.85
    finding = section(progress, 0.0, start)
    mask_track = mask_track or find_mask(job, clip, progress=finding, note=note)
    track = tuned_mask(job, mask_track, clip)
    cuts = find_cuts(clip, progress=section(progress, start, 1.0))
    pieces = plan(clip, track, cuts=cuts)
    if not pieces:
        raise MaskError("the mask is empty on every frame, so there is nothing to repair; mark it")
    excluded = exclusion_mask(job, mask_track, clip, tuned=track)
    return JobMask(mask_track, track, excluded, cuts, pieces)


def prepare(
    job: Job,
    clip: Clip,
    mask_track: MaskTrack | None,
    known_forecast: Forecast | None,
    log: FillLog,
    timer: StageTimer,
    progress: Progress,
) -> Work:
    """Find the mask, resolve the strategy 'auto', plan the work, and register the reference."""
    start = 0.25
    with timer.stage("mask"):
        finding = section(progress, 0.0, start)
        mask = find_job_mask(job, clip, mask_track, finding, log.notes.append)
    if job.fill.strategy == AUTO:
        with timer.stage("forecast"):
            forecast_progress = section(progress, start, 0.35)
            start = 0.35
            known_forecast = known_forecast or forecast_visibility(
                clip, mask.excluded, mask.pieces, progress=forecast_progress
            )
            job = _choose_strategy(job, known_forecast, log)
    strategy = get_strategy(job.fill.strategy)
    pieces = plan(clip, mask.track, cuts=mask.cuts, times=strategy.window_scale)
    check_duration(job.fill, strategy, pieces)
    with timer.stage("reference"):
        place_progress = section(progress, start, start + 0.05)
        placed = register_reference(job, clip, mask.excluded, pieces, mask.cuts, place_progress)
    return Work(job, strategy, mask, pieces, placed, known_forecast, start + 0.05)


def repair_frames(
    work: Work,
    source: Clip,
    log: FillLog,
    progress: Progress,
    checkpoints: CheckpointStore | None = None,
) -> Iterator[tuple[int, Patch]]:
    """Yield (frame number, patch) for every repaired frame, in order."""
    return repair_windows(
        source,
        work.mask.excluded,
        work.pieces,
        work.job.fill,
        work.strategy,
        progress,
        work.placed,
        log,
        checkpoints,
    )


def _choose_strategy(job: Job, known_forecast: Forecast, log: FillLog) -> Job:
    """Return the job with the strategy that `auto` chooses. The reasons are added to the notes."""
    facts = build_facts(known_forecast, job.fill)
    choice = suggest(facts, job.fill.generation)
    fill = dataclasses.replace(without_ignored(job.fill), strategy=choice.strategy)
    chosen = dataclasses.replace(job, fill=fill)
    notes = (
        describe_ignored_prompt(choice.unheard, job.fill.prompt),
        describe_choice(choice),
        describe_unseen(facts),
        describe_alternative(facts),
    )
    check_job(chosen)
    log.notes.extend(note for note in notes if note)
    return chosen


def register_reference(
    job: Job,
    clip: Clip,
    excluded: MaskTrack,
    pieces: Sequence[Piece],
    cuts: Sequence[int],
    progress: Progress,
) -> PlacedReference | None:
    """Register the reference to all frames that are repaired; return None if the job has none."""
    if not job.fill.has_reference:
        return None
    frames = [t for piece in pieces for t in piece.fill.frames]
    with clip.reopen() as source:
        return place_reference(job.fill, source, excluded, frames, cuts=cuts, progress=progress)
