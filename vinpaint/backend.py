"""Run a repair job from its clip to the measured result.

All front ends (command line, app, Python API) call this module. The stages are:

Job -> clip -> mask -> plan -> fill -> composite -> measure -> Result
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vinpaint import masks
from vinpaint.advice.decision import advise as judge
from vinpaint.advice.forecast import Forecast, build_facts, forecast_visibility
from vinpaint.advice.surroundings import Surroundings, measure_surroundings
from vinpaint.advice.wording import (
    PROMPT_IGNORED_NOTICE,
    describe_alternative,
    describe_choice,
    describe_ignored_prompt,
    describe_quality,
    describe_result,
    describe_score,
    describe_unseen,
)
from vinpaint.core import (
    Advice,
    Answers,
    Frames,
    Job,
    MaskError,
    MaskTrack,
    MediaError,
    MissingError,
    OutsideDifference,
    Piece,
    Progress,
    Result,
    Score,
    SettingsError,
    SourceFacts,
    Span,
    check_fields,
    job_from_json,
    job_to_dict,
    job_to_json,
    no_op,
    read_job,
    resolve_paths,
    section,
)
from vinpaint.media import (
    Clip,
    Patch,
    Writer,
    file_hash,
    find_cuts,
    open_clip,
    open_writer,
    staged_output,
)
from vinpaint.pipeline.check import check_job
from vinpaint.pipeline.checkpoints import (
    CheckpointStore,
    OnStop,
    checkpoint_folder,
    open_checkpoints,
)
from vinpaint.pipeline.fill import FillLog, check_duration, repair_windows
from vinpaint.pipeline.mask import exclusion_mask, find_mask, tuned_mask, write_mask
from vinpaint.pipeline.output_paths import Output, check_outputs, job_inputs, result_outputs
from vinpaint.pipeline.plan import plan
from vinpaint.pipeline.score import score
from vinpaint.quality import evidence, gate
from vinpaint.quality.exactness import OutsideMask, largest_difference
from vinpaint.results.store import default_root
from vinpaint.runtime.versions import versions
from vinpaint.strategies import AUTO, Strategy, get_strategy, suggest, without_ignored
from vinpaint.strategies.plate.reference import PlacedReference, place_reference

__all__ = [
    "advise",
    "check_paths",
    "describe_quality",
    "describe_score",
    "describe_surroundings",
    "find_mask",
    "forecast_job",
    "job_from_json",
    "job_to_json",
    "read_job",
    "report",
    "resolve_paths",
    "run",
    "score",
    "tuned_mask",
    "write_mask",
]


def run(
    job: Job,
    outs: Sequence[Path],
    *,
    progress: Progress = no_op,
    mask_track: MaskTrack | None = None,
    known_forecast: Forecast | None = None,
    overwrite: bool = False,
    resume: bool = False,
    on_stop: OnStop = no_op,
) -> Result:
    """Repair the clip of a job, write the result to every path of `outs`, and measure it.

    Args:
        job: What to repair and how.
        outs: Files ending in .mp4 or .mkv, or folders for PNG images.
        progress: Called with the progress; may raise Cancelled.
        mask_track: The mask before tuning, if it was found before.
        known_forecast: The forecast for this job and mask, if it was made before.
        overwrite: Replace existing files, and images in existing folders.
        resume: Reuse the finished windows of a stopped run of this job.
        on_stop: Called as `on_stop(finished, windows)` if the run ends early and finished windows
            are kept for `resume`.

    Returns:
        The result. Its job names the chosen strategy where the given job says 'auto'.

    Raises:
        VinpaintError: The job cannot be run. No partial output is left.
        Cancelled: `progress` cancelled the run. No partial output is left.
    """
    check_job(job)
    timer, log = _Timer(), FillLog()
    with contextlib.ExitStack() as stack:
        clip = stack.enter_context(open_clip(job.source, fps=job.fps))
        outputs = result_outputs(outs, clip.frames)
        if kept := checkpoint_folder(job.fill, root=default_root(), resume=resume):
            outputs.append(Output(kept, shared=True))
        check_outputs(outputs, job_inputs(job), overwrite=overwrite)
        work = _prepare(job, clip, mask_track, known_forecast, log, timer, progress)
        checkpoints = stack.enter_context(
            open_checkpoints(work.job.fill, root=default_root(), resume=resume, on_stop=on_stop)
        )
        staged = [stack.enter_context(staged_output(out)) for out in outs]
        with timer.stage("repair"), clip.reopen() as source:
            patches = _repair(work, source, log, section(progress, work.done, 0.85), checkpoints)
            before_encoding, notes = _write(clip, staged, patches, work.mask.track)
        with timer.stage("measure"):
            outside, scores = _measure(
                work, clip, staged, before_encoding, section(progress, 0.85, 1.0)
            )
            size = clip.width, clip.height
            scores = evidence.add_invented_share(scores, log.invented_px, size)
        source_facts = _source_facts(clip)
    verdict = gate.judge(scores)
    placement_notes = work.placed.notes if work.placed else ()
    notes = [*checkpoints.summary(), *log.notes, *clip.notes, *notes, *placement_notes]
    return Result(
        job=work.job,
        outs=tuple(outs),
        source=source_facts,
        scores=scores,
        gate=verdict,
        verdict=_ignored_prompt_notice(job, work.job) + describe_result(verdict, outside),
        outside=outside,
        seconds=timer.with_earlier("repair", checkpoints.saved_seconds),
        versions=versions(),
        notes=tuple(dict.fromkeys(notes)),
        advice=_forecast_advice(job, work.forecast),
    )


def check_paths(
    job: Job,
    outs: Sequence[Path],
    *,
    saved_job: Path | None = None,
    report: Path | None = None,
    job_file: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Check the settings and all paths of a run before it starts.

    A source that cannot be opened is not reported here but by `run`.

    Args:
        job: The job.
        outs: The outputs of the run.
        saved_job: Path of a job file that is written before the run.
        report: Path of a report that is written after the run.
        job_file: Path of the job file that the job was read from.
        overwrite: Allow existing files to be replaced.

    Raises:
        OutputError: A file would overwrite an input, another output, or an existing file.
        SettingsError: A setting is out of range.
    """
    check_fields(job)
    try:
        with open_clip(job.source, fps=job.fps) as clip:
            frames = clip.frames
    except MediaError:
        frames = 0
    outputs = result_outputs(outs, frames)
    outputs += [Output(saved_job)] if saved_job else []
    outputs += [Output(report, last=True)] if report else []
    inputs = [*job_inputs(job), *([job_file] if job_file else [])]
    check_outputs(outputs, inputs, overwrite=overwrite)


@dataclass(frozen=True)
class _JobMask:
    """The masks of a job, the cuts of its clip, and the plan.

    Args:
        track: The tuned mask, which is repaired.
        excluded: Mask of the pixels that must not serve as sources, on all frames.
        cuts: The first frame of every shot but the first.
        pieces: The pieces of work for a strategy with the default window size.
    """

    track: MaskTrack
    excluded: MaskTrack
    cuts: Sequence[int]
    pieces: list[Piece]


@dataclass(frozen=True)
class _Work:
    """A job that is ready to be filled.

    `pieces` are planned for the chosen strategy. `done` is the share of the total progress that the
    preparation took, 0 to 1.
    """

    job: Job
    strategy: Strategy
    mask: _JobMask
    pieces: list[Piece]
    placed: PlacedReference | None
    forecast: Forecast | None
    done: float


def _find_job_mask(
    job: Job, clip: Clip, mask_track: MaskTrack | None, progress: Progress
) -> _JobMask:
    """Find and tune the mask, detect the cuts, and plan the work.

    Raises MaskError if the mask is empty on every frame.
    """
    start = 0.0 if mask_track else 0.85
    mask_track = mask_track or find_mask(job, clip, progress=section(progress, 0.0, start))
    track = tuned_mask(job, mask_track, clip)
    cuts = find_cuts(clip, progress=section(progress, start, 1.0))
    pieces = plan(clip, track, cuts=cuts)
    if not pieces:
        raise MaskError("the mask is empty on every frame, so there is nothing to repair; mark it")
    excluded = exclusion_mask(job, mask_track, clip, tuned=track)
    return _JobMask(track, excluded, cuts, pieces)


def _prepare(
    job: Job,
    clip: Clip,
    mask_track: MaskTrack | None,
    known_forecast: Forecast | None,
    log: FillLog,
    timer: _Timer,
    progress: Progress,
) -> _Work:
    """Find the mask, resolve the strategy 'auto', plan the work, and register the reference."""
    start = 0.25
    with timer.stage("mask"):
        mask = _find_job_mask(job, clip, mask_track, section(progress, 0.0, start))
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
        placed = _place_reference(job, clip, mask.excluded, pieces, mask.cuts, place_progress)
    return _Work(job, strategy, mask, pieces, placed, known_forecast, start + 0.05)


def _repair(
    work: _Work,
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


def _forecast_advice(job: Job, known_forecast: Forecast | None) -> Advice | None:
    """Return the advice from a forecast; None without one, or if no strategy suits the job."""
    if known_forecast is None:
        return None
    facts = build_facts(known_forecast, job.fill)
    with contextlib.suppress(SettingsError, MissingError):
        return judge(facts, suggest(facts, job.fill.generation))
    return None


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


def _ignored_prompt_notice(requested: Job, done: Job) -> str:
    """Return a notice to prepend to the verdict if the prompt was ignored, else an empty string."""
    return "" if requested.fill.prompt == done.fill.prompt else f"{PROMPT_IGNORED_NOTICE} "


def forecast_job(
    job: Job, *, progress: Progress = no_op, mask_track: MaskTrack | None = None
) -> Forecast:
    """Forecast which part of the hole other frames show, without filling it.

    Args:
        job: The job. Its strategy is not used.
        progress: Called with the progress; may raise Cancelled.
        mask_track: The mask before tuning, if it was found before.

    Raises:
        VinpaintError: The clip cannot be read, or the mask cannot be found.
        Cancelled: `progress` cancelled the work.
    """
    check_job(job, fill=False)
    with open_clip(job.source, fps=job.fps) as clip:
        start = 0.1 if mask_track else 0.6
        mask = _find_job_mask(job, clip, mask_track, section(progress, 0.0, start))
        forecast_progress = section(progress, start, 1.0)
        return forecast_visibility(clip, mask.excluded, mask.pieces, progress=forecast_progress)


def advise(
    job: Job,
    *,
    answers: Answers | None = None,
    progress: Progress = no_op,
    mask_track: MaskTrack | None = None,
) -> Advice:
    """Advise whether to repair the clip or generate it anew, and with which strategy.

    Args:
        job: The job.
        answers: The user's answers to the questions that cannot be measured.
        progress: Called with the progress; may raise Cancelled.
        mask_track: The mask before tuning, if it was found before.

    Raises the errors of `forecast_job`, and SettingsError if no strategy suits the job.
    """
    check_job(job)
    facts = build_facts(forecast_job(job, progress=progress, mask_track=mask_track), job.fill)
    return judge(facts, suggest(facts, job.fill.generation), answers=answers)


def describe_surroundings(
    job: Job, mask_track: MaskTrack, *, progress: Progress = no_op
) -> Surroundings | None:
    """Measure colour, light and texture around the mask, as a help to write the prompt.

    Return None if nothing could be measured. Raises the errors of `forecast_job`.
    """
    with open_clip(job.source, fps=job.fps) as clip:
        return measure_surroundings(clip, tuned_mask(job, mask_track, clip), progress=progress)


def inpaint(job: Job, clip: Clip, mask_track: MaskTrack, *, progress: Progress = no_op) -> Frames:
    """Fill a clip in memory.

    Args:
        job: The job. Its source is ignored; `clip` is used instead.
        clip: The clip.
        mask_track: The mask before tuning.
        progress: Called with the progress; may raise Cancelled.

    Returns:
        (T, H, W, 3) uint8 RGB, equal to the clip outside the mask.

    Raises:
        VinpaintError: The job cannot be run.
        Cancelled: `progress` cancelled the work.
    """
    check_job(job)
    log = FillLog()
    work = _prepare(job, clip, mask_track, None, log, _Timer(), progress)
    frames = clip.read(clip.span).frames
    for t, patch in _repair(work, clip, log, section(progress, work.done, 1.0)):
        frames[t][patch.box.slices][patch.touched] = patch.rgb[patch.touched]
    return frames


def preview(
    job: Job, frame: int, *, mask_track: MaskTrack, cuts: Sequence[int], progress: Progress = no_op
) -> Frames:
    """Repair a single frame, for a quick preview.

    Other frames serve as unrepaired sources, so the result can differ from that of a full run.

    Args:
        job: The job; its strategy must not be 'auto'.
        frame: Number of the frame.
        mask_track: The mask before tuning.
        cuts: The first frame of every new shot.
        progress: Called with the progress; may raise Cancelled.

    Returns:
        (H, W, 3) uint8 RGB; the source frame if its mask is empty.

    Raises:
        VinpaintError: The job cannot be run.
    """
    check_job(job)
    strategy = get_strategy(job.fill.strategy)
    with open_clip(job.source, fps=job.fps) as clip:
        track = tuned_mask(job, mask_track, clip)
        image: Frames = clip.read(Span(frame, frame + 1)).frames[0]
        pieces = plan(clip, masks.LimitedTrack(track, Span(frame, frame + 1)), cuts=cuts)
        if not pieces:
            return image
        excluded = exclusion_mask(job, mask_track, clip, tuned=track)
        placed = _place_reference(job, clip, excluded, pieces, cuts, section(progress, 0.0, 0.4))
        mask = _JobMask(track, excluded, cuts, pieces)
        work = _Work(job, strategy, mask, pieces, placed, None, 0.4)
        for _, patch in _repair(work, clip, FillLog(), section(progress, work.done, 1.0)):
            image[patch.box.slices] = patch.rgb
        return image


def _place_reference(
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


def _write(
    clip: Clip, outs: Sequence[Path], patches: Iterator[tuple[int, Patch]], track: MaskTrack
) -> tuple[int, list[str]]:
    """Write all frames to all outputs.

    Returns the largest difference outside the mask before encoding, in levels of 255, and the notes
    of the writers.
    """
    largest = 0
    outside = OutsideMask(track)
    with contextlib.ExitStack() as stack:
        writers: list[Writer] = [stack.enter_context(open_writer(out, clip)) for out in outs]
        number, patch = next(patches, (-1, None))
        for picture in clip.pictures():
            due = patch if number == picture.index else None
            for writer in writers:
                written = writer.write(picture, due)
                if due is not None and written is not picture:
                    outside_mask = outside.of(picture.index)
                    difference = largest_difference(picture, written, outside_mask)[1]
                    largest = max(largest, difference)
            if due is not None:
                number, patch = next(patches, (-1, None))
    return largest, [note for writer in writers for note in writer.notes]


def _measure(
    work: _Work, clip: Clip, outs: Sequence[Path], before_encoding: int, progress: Progress
) -> tuple[OutsideDifference, tuple[Score, ...]]:
    """Decode the most exact output and measure it.

    Returns the difference outside the mask and the scores.
    """
    job, track = work.job, work.mask.track
    with open_clip(evidence.output_to_measure(outs), fps=job.fps, trusted=True) as result:
        outside, scores = evidence.measure_result(
            clip,
            result,
            track,
            section(progress, 0.0, 0.9),
            before_encoding=before_encoding,
            measures=job.measures,
        )
        adherence = section(progress, 0.9, 1.0)
        scores += evidence.measure_prompt_adherence(job, clip, result, track, adherence)
        return outside, scores


@dataclass(frozen=True)
class _Timer:
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


def _source_facts(clip: Clip) -> SourceFacts:
    return SourceFacts(
        name=clip.path.name,
        width=clip.width,
        height=clip.height,
        frames=clip.frames,
        fps=float(clip.fps),
        seconds=clip.seconds,
        sha256=file_hash(clip),
    )


def report(result: Result) -> dict[str, Any]:
    """Return the contents of report.json: the result as plain values."""
    plain = dataclasses.asdict(result)
    plain["job"] = job_to_dict(result.job)
    plain["outs"] = [str(out) for out in result.outs]
    return plain
