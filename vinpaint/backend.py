"""The only orchestrator: a job in, a video with its evidence out.

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
    FillSettings,
    Frames,
    Job,
    MaskError,
    MaskTrack,
    MissingError,
    OutsideDifference,
    Piece,
    Progress,
    Result,
    Score,
    SettingsError,
    SourceFacts,
    Span,
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
    Picture,
    Writer,
    file_hash,
    find_cuts,
    open_clip,
    open_writer,
    staged_output,
)
from vinpaint.pipeline.checkpoints import OnStop, open_checkpoints
from vinpaint.pipeline.fill import FillLog, check_duration, repair_windows
from vinpaint.pipeline.mask import exclusion_mask, find_mask, tuned_mask, write_mask
from vinpaint.pipeline.output_paths import Output, check_outputs, job_inputs, result_outputs
from vinpaint.pipeline.plan import plan
from vinpaint.pipeline.score import score
from vinpaint.quality import evidence, gate
from vinpaint.quality.exactness import OutsideMask, largest_difference
from vinpaint.results.store import default_root
from vinpaint.runtime.versions import versions
from vinpaint.strategies import AUTO, check_fill, get_strategy, suggest, without_ignored
from vinpaint.strategies.plate.reference import PlacedReference, check_reference, place_reference

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
    """Repair the job's clip and write it to every path of `outs`; measure what was written.

    `mask_track` and `known_forecast` spare the work of finding them again. The result's job names
    the strategy that `auto` chose. `resume`: reuse the windows that a stopped run of this job
    finished; `on_stop` receives how many are kept when this run ends early. Raises VinpaintError,
    and Cancelled when `progress` does; then nothing of the result is left behind.
    """
    timer, heard, asked, begun = _Timer(), FillLog(), job, 0.25
    with _open_apart(job, outs, overwrite=overwrite) as clip:
        with timer.stage("mask"):
            on = _marked(job, clip, mask_track, section(progress, 0.0, begun))
        if job.fill.strategy == AUTO:
            with timer.stage("forecast"):
                begun = 0.35
                told = section(progress, 0.25, begun)
                known_forecast = known_forecast or forecast_visibility(
                    clip, on.hidden, on.pieces, progress=told
                )
                job = _settled(job, known_forecast, heard)
        pieces = plan(
            clip, on.track, cuts=on.cuts, times=get_strategy(job.fill.strategy).window_scale
        )
        check_duration(job, pieces)
        with timer.stage("reference"):
            told = section(progress, begun, begun + 0.05)
            placed = _placed(job, on.mask_track, clip, pieces, cuts=on.cuts, progress=told)
        with contextlib.ExitStack() as stack:
            kept = open_checkpoints(job.fill, root=default_root(), resume=resume, on_stop=on_stop)
            finished = stack.enter_context(kept)
            staged = [stack.enter_context(staged_output(out)) for out in outs]
            source = stack.enter_context(clip.reopen())
            with timer.stage("repair"):
                told = section(progress, begun + 0.05, 0.85)
                patches = repair_windows(
                    source, on.hidden, pieces, job, told, placed, heard, finished
                )
                before_encoding, notes = _write(clip, staged, patches, on.track)
            with timer.stage("measure"):
                told = section(progress, 0.85, 1.0)
                proof, scores = _examined(job, clip, staged, on.track, told, before_encoding)
                scores = evidence.add_invented_share(
                    scores, heard.invented_px, (clip.width, clip.height)
                )
        judged = gate.judge(scores)
        notes = [
            *finished.told(),
            *heard.notes,
            *clip.notes,
            *notes,
            *(placed.notes if placed else ()),
        ]
        return Result(
            job=job,
            outs=tuple(outs),
            source=_facts(clip),
            scores=scores,
            gate=judged,
            verdict=_as_asked(asked, job) + describe_result(judged, proof),
            outside=proof,
            seconds=timer.with_earlier("repair", finished.saved_seconds),
            versions=versions(),
            notes=tuple(dict.fromkeys(notes)),
            advice=_advised(asked, known_forecast),
        )


def _check(fill: FillSettings) -> None:
    """Raises SettingsError for settings that do not go together."""
    check_fill(fill)
    if fill.strategy != AUTO:
        check_reference(fill, get_strategy(fill.strategy))


def _open_apart(job: Job, outs: Sequence[Path], *, overwrite: bool) -> Clip:
    """The job's clip, once its settings go together and every path of `outs` can be written."""
    _check(job.fill)
    clip = open_clip(job.source, fps=job.fps)  # no file is open before the first frame is read
    check_outputs(result_outputs(outs, clip), job_inputs(job), overwrite=overwrite)
    return clip


def check_paths(
    job: Job,
    outs: Sequence[Path],
    *,
    saved_job: Path | None = None,
    report: Path | None = None,
    job_file: Path | None = None,
    overwrite: bool = False,
) -> None:
    """Check all files that a run and the terminal write against all that they read.

    `job_file` is read, `saved_job` is written before the run, `report` after it. Raises OutputError
    where one would destroy what is there, MediaError where the source cannot be opened.
    """
    with open_clip(job.source, fps=job.fps) as clip:
        outputs = result_outputs(outs, clip)
    outputs += [Output(saved_job)] if saved_job else []
    outputs += [Output(report, last=True)] if report else []
    inputs = [*job_inputs(job), *([job_file] if job_file else [])]
    check_outputs(outputs, inputs, overwrite=overwrite)


@dataclass(frozen=True)
class _Marked:
    """A clip's mask as it was `found` and as it is tuned (`track`); `hidden`: all that is removed.

    `pieces`: the plan for what the mask holds between the `cuts`.
    """

    mask_track: MaskTrack
    track: MaskTrack
    hidden: MaskTrack
    cuts: Sequence[int]
    pieces: list[Piece]


def _marked(job: Job, clip: Clip, mask_track: MaskTrack | None, progress: Progress) -> _Marked:
    """Raises MaskError for a mask that is empty on every frame."""
    begun = 0.0 if mask_track else 0.85
    mask_track = mask_track or find_mask(job, clip, progress=section(progress, 0.0, begun))
    track = tuned_mask(job, mask_track, clip)
    cuts = find_cuts(clip, progress=section(progress, begun, 1.0))
    pieces = plan(clip, track, cuts=cuts)
    if not pieces:
        raise MaskError("the mask is empty on every frame, so there is nothing to repair; mark it")
    return _Marked(mask_track, track, exclusion_mask(job, mask_track, clip), cuts, pieces)


def _advised(job: Job, known_forecast: Forecast | None) -> Advice | None:
    """What the forecast speaks for; None without one, or where no strategy takes what was given."""
    if known_forecast is None:
        return None
    facts = build_facts(known_forecast, job.fill)
    with contextlib.suppress(SettingsError, MissingError):
        return judge(facts, suggest(facts, job.fill.generation))
    return None


def _settled(job: Job, known_forecast: Forecast, heard: FillLog) -> Job:
    """The job with the strategy that `auto` chose; `heard` gets the sentences that say why."""
    facts = build_facts(known_forecast, job.fill)
    choice = suggest(facts, job.fill.generation)
    fill = dataclasses.replace(without_ignored(job.fill), strategy=choice.strategy)
    settled = dataclasses.replace(job, fill=fill)
    unheard = describe_ignored_prompt(choice.unheard, job.fill.prompt)
    words = unheard, describe_choice(choice), describe_unseen(facts), describe_alternative(facts)
    _check(settled.fill)
    heard.notes.extend(one for one in words if one)
    return settled


def _as_asked(asked: Job, done: Job) -> str:
    """Words before the verdict where the prompt was not followed; '' where it was."""
    return "" if asked.fill.prompt == done.fill.prompt else f"{PROMPT_IGNORED_NOTICE} "


def forecast_job(
    job: Job, *, progress: Progress = no_op, mask_track: MaskTrack | None = None
) -> Forecast:
    """Forecast, before any fill, which part of the hole other frames show.

    `mask_track`: the mask as found, so that it is not found again.

    Raises VinpaintError, and Cancelled when `progress` does.
    """
    with open_clip(job.source, fps=job.fps) as clip:
        begun = 0.1 if mask_track else 0.6
        on = _marked(job, clip, mask_track, section(progress, 0.0, begun))
        return forecast_visibility(
            clip, on.hidden, on.pieces, progress=section(progress, begun, 1.0)
        )


def advise(
    job: Job,
    *,
    answers: Answers | None = None,
    progress: Progress = no_op,
    mask_track: MaskTrack | None = None,
) -> Advice:
    """Before any fill: whether to repair at all, with which strategy, and why. Raises as above."""
    _check(job.fill)
    facts = build_facts(forecast_job(job, progress=progress, mask_track=mask_track), job.fill)
    return judge(facts, suggest(facts, job.fill.generation), answers=answers)


def describe_surroundings(
    job: Job, mask_track: MaskTrack, *, progress: Progress = no_op
) -> Surroundings | None:
    """What surrounds the job's mask, for its prompt; None where nothing does. Raises as above."""
    with open_clip(job.source, fps=job.fps) as clip:
        return measure_surroundings(clip, tuned_mask(job, mask_track, clip), progress=progress)


def inpaint(job: Job, clip: Clip, mask_track: MaskTrack, *, progress: Progress = no_op) -> Frames:
    """Fill a clip in memory: (T, H, W, 3) uint8 RGB, equal to the clip outside the mask.

    `clip` stands in for the job's source. Raises VinpaintError, and Cancelled when `progress` does.
    """
    _check(job.fill)
    mask = _marked(job, clip, mask_track, section(progress, 0.0, 0.05))
    pieces = mask.pieces
    if job.fill.strategy == AUTO:
        seen = forecast_visibility(clip, mask.hidden, pieces, progress=section(progress, 0.05, 0.2))
        job = _settled(job, seen, FillLog())
        pieces = plan(
            clip, mask.track, cuts=mask.cuts, times=get_strategy(job.fill.strategy).window_scale
        )
    check_duration(job, pieces)
    placing = section(progress, 0.2, 0.3)
    placed = _placed(job, mask_track, clip, pieces, cuts=mask.cuts, progress=placing)
    frames = clip.read(clip.span).frames
    filling = section(progress, 0.3, 1.0)
    for t, patch in repair_windows(clip, mask.hidden, pieces, job, filling, placed, FillLog()):
        frames[t][patch.box.slices][patch.touched] = patch.rgb[patch.touched]
    return frames


def preview(
    job: Job, frame: int, *, mask_track: MaskTrack, cuts: Sequence[int], progress: Progress = no_op
) -> Frames:
    """One frame repaired without those before it: (H, W, 3) uint8 RGB.

    Needs a strategy by name, not `auto`. Raises VinpaintError.
    """
    _check(job.fill)
    with open_clip(job.source, fps=job.fps) as clip:
        track = tuned_mask(job, mask_track, clip)
        whole: Frames = clip.read(Span(frame, frame + 1)).frames[0]
        pieces = plan(clip, masks.LimitedTrack(track, Span(frame, frame + 1)), cuts=cuts)
        told = section(progress, 0.0, 0.4)
        placed = (
            _placed(job, mask_track, clip, pieces, cuts=cuts, progress=told) if pieces else None
        )
        told = section(progress, 0.4, 1.0)
        hidden = exclusion_mask(job, mask_track, clip)
        for _, patch in repair_windows(clip, hidden, pieces, job, told, placed, FillLog()):
            whole[patch.box.slices] = patch.rgb
        return whole


def _placed(
    job: Job,
    mask_track: MaskTrack,
    clip: Clip,
    pieces: Sequence[Piece],
    *,
    cuts: Sequence[int],
    progress: Progress,
) -> PlacedReference | None:
    """The reference, if the job has one, placed on all frames that are repaired."""
    if not job.fill.has_reference:
        return None
    track = exclusion_mask(job, mask_track, clip)
    frames = [t for piece in pieces for t in piece.fill.frames]
    with clip.reopen() as source:
        return place_reference(job.fill, source, track, frames, cuts=cuts, progress=progress)


def _write(
    clip: Clip, outs: Sequence[Path], patches: Iterator[tuple[int, Patch]], track: MaskTrack
) -> tuple[int, list[str]]:
    """Write all frames to all outs: (largest difference outside before encoding, notes)."""
    worst = 0
    kept = OutsideMask(track)
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
    picture: Picture, written: Picture, kept: OutsideMask, patch: Patch | None
) -> int:
    if patch is None or written is picture:
        return 0
    return largest_difference(picture, written, kept.of(picture.index))[1]


def _examined(
    job: Job,
    clip: Clip,
    outs: Sequence[Path],
    track: MaskTrack,
    progress: Progress,
    before_encoding: int,
) -> tuple[OutsideDifference, tuple[Score, ...]]:
    """What changed outside the mask, and the measures: of the most exact file, decoded again."""
    with open_clip(evidence.output_to_measure(outs), fps=job.fps, trusted=True) as shown:
        proof, scores = evidence.measure_result(
            clip,
            shown,
            track,
            section(progress, 0.0, 0.9),
            before_encoding=before_encoding,
            measures=job.measures,
        )
        told = section(progress, 0.9, 1.0)
        return proof, scores + evidence.measure_prompt_adherence(job, clip, shown, track, told)


@dataclass(frozen=True)
class _Timer:
    """Wall time by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 3)

    def with_earlier(self, name: str, seconds: float) -> dict[str, float]:
        """The same, with what the runs before a stop took for one stage."""
        return {**self.seconds, name: round(self.seconds[name] + seconds, 3)}


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


def report(result: Result) -> dict[str, Any]:
    """What report.json holds."""
    plain = dataclasses.asdict(result)
    plain["job"] = job_to_dict(result.job)
    plain["outs"] = [str(out) for out in result.outs]
    return plain
