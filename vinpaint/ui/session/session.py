"""The state of one user's work as an immutable value, and the functions that change it.

All functions are pure: they return a new session. The page is drawn from the session alone, so the
user can return to an earlier step without losing anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from vinpaint.core import (
    Answers,
    Box,
    FillSettings,
    Job,
    MaskTrack,
    Measures,
    MediaError,
    ObjectInfo,
    Prompt,
    SettingsError,
    Span,
    TextPrompt,
    Tuning,
)
from vinpaint.masks import TrackerOptions
from vinpaint.media import Clip
from vinpaint.strategies import AUTO, STRATEGIES
from vinpaint.ui import texts
from vinpaint.ui.session import state
from vinpaint.ui.session.model_settings import effective_settings
from vinpaint.ui.session.state import Failure, OpenedClip, Step, StepState
from vinpaint.ui.session.tracked_objects import Detections, TrackedObjects, by_object, hidden_of


@dataclass(frozen=True)
class Session:
    """The state of one user's work.

    `version` is incremented with every change that affects how a mask looks.
    """

    opened: OpenedClip | None = None
    """The clip on the Clip tab, which need not be in use yet."""
    inspection: state.Inspection | None = None
    clip: OpenedClip | None = None
    """The clip in use."""
    prompts: tuple[Prompt, ...] = ()
    objects: tuple[ObjectInfo, ...] = (ObjectInfo(1),)
    active: int = 1
    """Number of the object that new prompts belong to."""
    history: tuple[state.MarksSnapshot, ...] = ()
    interpolate: bool = False
    """Whether painted frames are key frames."""
    tracker: str = "auto"
    query: TextPrompt = field(default_factory=lambda: TextPrompt(""))
    """The last search with a text prompt."""
    detections: Detections = field(default_factory=Detections)
    tracked: TrackedObjects | None = None
    tuning: Tuning = field(default_factory=Tuning)
    invert: bool = False
    frames: Span | None = None
    edge_preview: state.EdgePreview | None = None
    fill_forecast: state.FillForecast | None = None
    answers: Answers = field(default_factory=Answers)
    price: float | None = None
    """Price of one generation, in the user's own currency."""
    fill: FillSettings = field(default_factory=FillSettings)
    measures: Measures = "quick"
    copy_from: state.CopyFrom = "frame"
    clone_source: state.CloneSource | None = None
    preview_frame: int = 0
    """Number of the frame to repair as a preview."""
    preview: state.FramePreview | None = None
    runs: tuple[state.FinishedRepair, ...] = ()
    span_repair: state.SpanRepair | None = None
    interrupted: state.InterruptedRepair | None = None
    shared: bool = False
    """Whether the user has requested the link to the result."""
    busy: Step | None = None
    failure: Failure | None = None
    version: int = 0


def new_version(session: Session, **changes: Any) -> Session:
    """Return the session with changes that affect its mask, and without its last failure."""
    return replace(session, **changes, failure=None, version=session.version + 1)


def use_clip(session: Session, opened: OpenedClip) -> Session:
    """Start to work on the opened clip. Earlier repairs are kept."""
    return Session(
        opened=opened,
        inspection=session.inspection,
        clip=opened,
        tracker=session.tracker,
        tuning=opened.tuning,
        fill=without_reference(replace(session.fill, prompt="")),
        copy_from=session.copy_from,
        price=session.price,
        runs=session.runs,
        version=session.version + 1,
    )


def current_inspection(session: Session) -> state.Inspection | None:
    """Return the inspection of the opened clip; None if it was not inspected."""
    inspection, opened = session.inspection, session.opened
    return inspection if inspection and opened and inspection.key == opened.key else None


def in_use(session: Session) -> bool:
    """Return whether the opened clip is the one in use."""
    clip, opened = session.clip, session.opened
    return clip is not None and opened is not None and clip.key == opened.key


def with_tracked(session: Session, tracked: TrackedObjects) -> Session:
    """Store the tracked objects."""
    return replace(session, tracked=tracked, version=session.version + 1)


def retune(session: Session, *, tuning: Tuning, invert: bool, frames: Span | None) -> Session:
    """Change the tuning of the mask, its inversion and the frames to repair."""
    if (tuning, invert, frames) == (session.tuning, session.invert, session.frames):
        return session
    return new_version(session, tuning=tuning, invert=invert, frames=frames)


def with_fill(session: Session, fill: FillSettings) -> Session:
    """Change the settings of the fill."""
    return replace(session, fill=fill, failure=None)


def with_clone_source(session: Session, box: Box) -> Session:
    """Clone from `box` on the fill's reference frame."""
    source = state.CloneSource(session.fill.reference_frame or 0, box)
    return replace(session, clone_source=source, failure=None)


def without_reference(fill: FillSettings) -> FillSettings:
    """Return the settings without a reference."""
    return replace(fill, reference="", reference_frame=None, clone=None)


def takes_reference(fill: FillSettings) -> bool:
    """Return whether the strategy copies from a reference. On the page, `auto` never does."""
    return fill.strategy != AUTO and STRATEGIES[fill.strategy].takes_reference


def reference_missing(session: Session) -> bool:
    """Return whether the strategy needs a reference and has none."""
    fill = session.fill
    needs = takes_reference(fill) and STRATEGIES[fill.strategy].needs_reference
    return needs and not fill.has_reference


def strategy_unavailable(session: Session) -> bool:
    """Return whether something that the strategy requires is not installed on this machine.

    Strategies that need a reference are always reported as available.
    """
    fill = session.fill
    if fill.strategy == AUTO or STRATEGIES[fill.strategy].needs_reference:
        return False
    return bool(STRATEGIES[fill.strategy].missing_requirement(effective_settings(fill)))


def current_preview(session: Session) -> state.FramePreview | None:
    """Return the previewed frame; None if anything has changed since."""
    preview = session.preview
    return preview if preview and _same_work(preview.job, job(session)) else None


def with_repair(session: Session, run: state.FinishedRepair) -> Session:
    """Add a finished repair."""
    return replace(session, runs=(*session.runs, run), shared=False, interrupted=None)


def resumable_repair(session: Session) -> state.InterruptedRepair | None:
    """Return the stopped repair that can be resumed; None if anything has changed since."""
    stopped = session.interrupted
    if stopped is None or stopped.mask != mask_key(session):
        return None
    if stopped.repaired_run_id != repaired_run_id(session):
        return None
    return stopped if _same_work(stopped.job, job(session)) else None


def begin_span_repair(session: Session, run_id: str, span: Span, strategy: str | None) -> Session:
    """Choose a span of a finished repair to repair again, on top of the result."""
    previous = current_span_repair(session)
    before = previous.frames_before if previous else session.frames
    fill = session.fill if strategy is None else replace(session.fill, strategy=strategy)
    moved = new_version(session, frames=span, fill=fill)
    return replace(moved, span_repair=state.SpanRepair(run_id, span, mask_key(moved), before))


def current_span_repair(session: Session) -> state.SpanRepair | None:
    """Return the span to repair again; None if mask or frames have changed since."""
    span_repair = session.span_repair
    return span_repair if span_repair and span_repair.mask == mask_key(session) else None


def repaired_run_id(session: Session) -> str:
    """Return the id of the run whose span will be repaired; empty for a repair of the clip."""
    span_repair = current_span_repair(session)
    return span_repair.run_id if span_repair else ""


def begin(session: Session, step: Step) -> Session:
    """Mark a step as busy with a long task."""
    return replace(session, busy=step, failure=None)


def fail(session: Session, step: Step, message: str, *, stopped: bool = False) -> Session:
    """Store the failure of a step, or that the user stopped it."""
    return replace(session, failure=Failure(step, message, stopped))


def tracker_options(session: Session) -> TrackerOptions:
    """Return the options for finding and tracking the session's masks."""
    return TrackerOptions(session.tracker, session.fill.device, session.fill.commercial_safe)


def job(session: Session) -> Job:
    """Return the job that the session describes."""
    fill = session.fill
    if not takes_reference(fill):  # kept in the session for another strategy
        fill = without_reference(fill)
    return Job(
        source=str(session.clip.clip.path) if session.clip else "",
        where=session.prompts,
        tuning=session.tuning,
        fill=effective_settings(fill),
        invert=session.invert,
        frames=session.frames,
        objects=tuple(one for one in session.objects if one.name or one.hidden),
        tracker=session.tracker,
        measures=session.measures,
    )


def last_run(session: Session) -> state.FinishedRepair | None:
    """Return the latest repair of the clip in use."""
    if not session.runs or session.clip is None:
        return None
    run = session.runs[-1]
    return run if run.job.source == str(session.clip.clip.path) else None


def step_state(session: Session, step: Step) -> StepState:
    """Return whether a step is still to do, done, or out of date."""
    if session.clip is None:
        return "todo"
    match step:
        case "clip":
            return "done"
        case "mask":
            made, current = session.tracked is not None, _mask_is_current(session)
        case "tune":
            made, current = session.edge_preview is not None, _edge_is_current(session)
        case "fill" | "result":
            run = last_run(session)
            made, current = run is not None, bool(run and _same_work(run.job, job(session)))
    if not made:
        return "todo"
    return "done" if current else "stale"


def _same_work(job: Job, other: Job) -> bool:
    """Return whether both jobs give the same result. Names of objects are ignored."""
    same_objects = hidden_of(job.objects) == hidden_of(other.objects)
    return same_objects and replace(job, objects=()) == replace(other, objects=())


def masked_frames(session: Session) -> int:
    """Return the number of frames on which a visible object has a mask."""
    if session.tracked is None:
        return 0
    return sum(area > 0 for area in session.tracked.areas(hidden_of(session.objects)))


def is_current(session: Session, number: int) -> bool:
    """Return whether an object was tracked from its current prompts with the current tracker."""
    tracked = session.tracked
    if tracked is None or tracked.tracker != session.tracker or number not in tracked.objects:
        return False
    return tracked.objects[number].prompts == by_object(session.prompts).get(number)


def mask_key(session: Session) -> state.MaskKey:
    """Return the key of the current tuned mask."""
    hidden = hidden_of(session.objects)
    return session.tracked, session.tuning, session.invert, session.frames, hidden


def current_forecast(session: Session) -> state.FillForecast | None:
    """Return the forecast; None if the mask has changed since."""
    forecast = session.fill_forecast
    if forecast is None or not _mask_is_current(session) or forecast.mask != mask_key(session):
        return None
    return forecast


def clip_in_use(session: Session) -> Clip:
    """Return the clip in use. Raises MediaError if there is none."""
    if session.clip is None:
        raise MediaError(texts.MASK_NO_CLIP)
    return session.clip.clip


def tracked_mask(session: Session) -> MaskTrack:
    """Return the union of the visible tracked masks.

    Raises SettingsError if nothing was tracked, or all objects are hidden.
    """
    if session.tracked is None:
        raise SettingsError(texts.FILL_NO_MASK)
    track = session.tracked.track(hidden_of(session.objects))
    if track is None:
        raise SettingsError(texts.MASK_ALL_HIDDEN)
    return track


def _mask_is_current(session: Session) -> bool:
    wanted = by_object(session.prompts).keys() - hidden_of(session.objects)
    return bool(wanted) and all(is_current(session, number) for number in wanted)


def _edge_is_current(session: Session) -> bool:
    preview = session.edge_preview
    return preview is not None and _mask_is_current(session) and preview.mask == mask_key(session)
