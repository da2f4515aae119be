"""Run a repair job from its clip to the measured result.

All front ends (command line, app, Python API) call this module. The stages are:

Job -> clip -> mask -> plan -> fill -> composite -> measure -> Result
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vinpaint import masks
from vinpaint.advice.decision import advise as judge
from vinpaint.advice.forecast import Forecast, build_facts, forecast_visibility
from vinpaint.advice.surroundings import Surroundings, measure_surroundings
from vinpaint.advice.wording import (
    PROMPT_IGNORED_NOTICE,
    add_sentences,
    describe_gate_reason,
    describe_quality,
    describe_result,
    describe_score,
)
from vinpaint.core import (
    Advice,
    Answers,
    Frames,
    GateReason,
    Job,
    MaskTrack,
    MaskWarning,
    MediaError,
    MissingError,
    Progress,
    Result,
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
from vinpaint.media import Clip, file_hash, open_clip, staged_output
from vinpaint.pipeline.check import check_job
from vinpaint.pipeline.checkpoints import OnStop, checkpoint_folder, open_checkpoints
from vinpaint.pipeline.fill import FillLog
from vinpaint.pipeline.mask import (
    exclusion_mask,
    find_mask,
    mask_outputs,
    tuned_mask,
    visible_prompts,
    write_mask,
    write_track,
)
from vinpaint.pipeline.mask_check import check_found_mask, is_overlay
from vinpaint.pipeline.output_paths import Output, check_outputs, job_inputs, result_outputs
from vinpaint.pipeline.outputs import measure_output, write_outputs
from vinpaint.pipeline.plan import plan
from vinpaint.pipeline.preparation import (
    JobMask,
    StageTimer,
    Work,
    find_job_mask,
    prepare,
    register_reference,
    repair_frames,
)
from vinpaint.pipeline.score import score
from vinpaint.quality import gate
from vinpaint.quality.leftover import find_leftover
from vinpaint.results.store import default_root
from vinpaint.runtime.versions import versions
from vinpaint.strategies import get_strategy, suggest

__all__ = [
    "advise",
    "check_paths",
    "describe_quality",
    "describe_score",
    "describe_surroundings",
    "find_mask",
    "forecast_job",
    "foresee_leftover",
    "job_from_json",
    "job_to_json",
    "read_job",
    "report",
    "resolve_paths",
    "run",
    "score",
    "tuned_mask",
    "write_mask",
    "write_track",
]


def run(
    job: Job,
    outs: Sequence[Path],
    *,
    progress: Progress = no_op,
    mask_track: MaskTrack | None = None,
    known_forecast: Forecast | None = None,
    known_warnings: Sequence[MaskWarning] | None = None,
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
        known_warnings: The warnings about this mask, if it was checked before.
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
    timer, log = StageTimer(), FillLog()
    with contextlib.ExitStack() as stack:
        clip = stack.enter_context(open_clip(job.source, fps=job.fps))
        outputs = result_outputs(outs, clip.frames)
        if kept := checkpoint_folder(job.fill, root=default_root(), resume=resume):
            outputs.append(Output(kept, shared=True))
        check_outputs(outputs, job_inputs(job), overwrite=overwrite)
        work = prepare(job, clip, mask_track, known_forecast, log, timer, progress)
        warnings = known_warnings
        if warnings is None:
            with timer.stage("check"):
                warnings = _check_mask(work, clip, section(progress, work.done, work.done + 0.05))
        checkpoints = stack.enter_context(
            open_checkpoints(work.job.fill, root=default_root(), resume=resume, on_stop=on_stop)
        )
        staged = [stack.enter_context(staged_output(out)) for out in outs]
        with timer.stage("repair"), clip.reopen() as source:
            repairing = section(progress, work.done + 0.05, 0.85)
            patches = repair_frames(work, source, log, repairing, checkpoints)
            before_encoding, notes = write_outputs(clip, staged, patches, work.mask.track)
        with timer.stage("measure"):
            measuring = section(progress, 0.85, 1.0)
            evidence = measure_output(work, clip, staged, before_encoding, log, measuring)
        source_facts = _source_facts(clip)
    verdict = gate.judge(evidence.scores, leftover=evidence.leftover)
    placement_notes = work.placed.notes if work.placed else ()
    notes = [*checkpoints.summary(), *log.notes, *clip.notes, *notes, *placement_notes]
    return Result(
        job=work.job,
        outs=tuple(outs),
        source=source_facts,
        scores=evidence.scores,
        gate=verdict,
        verdict=_ignored_prompt_notice(job, work.job) + describe_result(verdict, evidence.outside),
        outside=evidence.outside,
        seconds=timer.with_earlier("repair", checkpoints.saved_seconds),
        versions=versions(),
        notes=tuple(dict.fromkeys(notes)),
        advice=_forecast_advice(job, work.forecast),
        leftover=evidence.leftover.track if evidence.leftover and evidence.leftover.spans else None,
        mask_warnings=tuple(warnings),
    )


def check_paths(
    job: Job,
    outs: Sequence[Path],
    *,
    saved_job: Path | None = None,
    report: Path | None = None,
    leftover_mask: Path | None = None,
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
        leftover_mask: Path of the mask of what is left over, written after the run.
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
    outputs += mask_outputs(leftover_mask, frames) if leftover_mask else []
    inputs = [*job_inputs(job), *([job_file] if job_file else [])]
    check_outputs(outputs, inputs, overwrite=overwrite)


def _forecast_advice(job: Job, known_forecast: Forecast | None) -> Advice | None:
    """Return the advice from a forecast; None without one, or if no strategy suits the job."""
    if known_forecast is None:
        return None
    facts = build_facts(known_forecast, job.fill)
    with contextlib.suppress(SettingsError, MissingError):
        return judge(facts, suggest(facts, job.fill.generation))
    return None


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
        mask = find_job_mask(job, clip, mask_track, section(progress, 0.0, start))
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


def foresee_leftover(
    job: Job, mask_track: MaskTrack, *, progress: Progress = no_op
) -> list[GateReason]:
    """Find what a repair with this mask would leave of the object, before anything is filled.

    Args:
        job: The job.
        mask_track: The mask before tuning.
        progress: Called with the progress; may raise Cancelled.

    Returns the same reasons, with their sentences, that the gate would give.
    Raises the errors of `forecast_job`.
    """
    with open_clip(job.source, fps=job.fps) as clip:
        track = tuned_mask(job, mask_track, clip)
        overlay = is_overlay(job.where)
        leftover = find_leftover(clip, track, span=job.frames, overlay=overlay, progress=progress)
    return [
        dataclasses.replace(reason, sentence=describe_gate_reason(reason))
        for reason in gate.leftover_reasons(leftover)
    ]


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
    work = prepare(job, clip, mask_track, None, log, StageTimer(), progress)
    frames = clip.read(clip.span).frames
    for t, patch in repair_frames(work, clip, log, section(progress, work.done, 1.0)):
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
        placed = register_reference(job, clip, excluded, pieces, cuts, section(progress, 0.0, 0.4))
        mask = JobMask(mask_track, track, excluded, cuts, pieces)
        work = Work(job, strategy, mask, pieces, placed, None, 0.4)
        for _, patch in repair_frames(work, clip, FillLog(), section(progress, work.done, 1.0)):
            image[patch.box.slices] = patch.rgb
        return image


def _check_mask(work: Work, clip: Clip, progress: Progress) -> tuple[MaskWarning, ...]:
    """Return warnings about the mask of a job, before its tuning."""
    prompts, mask = visible_prompts(work.job), work.mask
    return check_found_mask(clip, prompts, mask.found, cuts=mask.cuts, progress=progress)


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
    """Return the contents of report.json: the result as plain values.

    The reasons of the gate are worded. The mask of what is left over is not included.
    """
    gate_result = result.gate and add_sentences(result.gate)
    plain = dataclasses.asdict(
        dataclasses.replace(result, gate=gate_result, leftover=None, mask_warnings=())
    )
    del plain["leftover"]
    plain["mask_warnings"] = [warning.plain() for warning in result.mask_warnings]
    plain["job"] = job_to_dict(result.job)
    plain["outs"] = [str(out) for out in result.outs]
    return plain
