"""The state of one user's work as an immutable value.

Methods that change a session return a new one. The page is drawn from the session alone, so the
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

    def new_version(self, **changes: Any) -> Session:
        """Return the session with changes that affect its mask, and without its last failure."""
        return replace(self, **changes, failure=None, version=self.version + 1)

    def use_clip(self, opened: OpenedClip) -> Session:
        """Start to work on the opened clip. Earlier repairs are kept."""
        return Session(
            opened=opened,
            inspection=self.inspection,
            clip=opened,
            tracker=self.tracker,
            tuning=opened.tuning,
            fill=without_reference(replace(self.fill, prompt="")),
            copy_from=self.copy_from,
            price=self.price,
            runs=self.runs,
            version=self.version + 1,
        )

    def current_inspection(self) -> state.Inspection | None:
        """Return the inspection of the opened clip; None if it was not inspected."""
        inspection, opened = self.inspection, self.opened
        return inspection if inspection and opened and inspection.key == opened.key else None

    def in_use(self) -> bool:
        """Return whether the opened clip is the one in use."""
        clip, opened = self.clip, self.opened
        return clip is not None and opened is not None and clip.key == opened.key

    def with_tracked(self, tracked: TrackedObjects) -> Session:
        """Store the tracked objects."""
        return replace(self, tracked=tracked, version=self.version + 1)

    def retune(self, *, tuning: Tuning, invert: bool, frames: Span | None) -> Session:
        """Change the tuning of the mask, its inversion and the frames to repair."""
        if (tuning, invert, frames) == (self.tuning, self.invert, self.frames):
            return self
        return self.new_version(tuning=tuning, invert=invert, frames=frames)

    def with_fill(self, fill: FillSettings) -> Session:
        """Change the settings of the fill."""
        return replace(self, fill=fill, failure=None)

    def with_clone_source(self, box: Box) -> Session:
        """Clone from `box` on the fill's reference frame."""
        source = state.CloneSource(self.fill.reference_frame or 0, box)
        return replace(self, clone_source=source, failure=None)

    def reference_missing(self) -> bool:
        """Return whether the strategy needs a reference and has none."""
        fill = self.fill
        needs = takes_reference(fill) and STRATEGIES[fill.strategy].needs_reference
        return needs and not fill.has_reference

    def strategy_unavailable(self) -> bool:
        """Return whether something that the strategy requires is not installed on this machine.

        Strategies that need a reference are always reported as available.
        """
        fill = self.fill
        if fill.strategy == AUTO or STRATEGIES[fill.strategy].needs_reference:
            return False
        return bool(STRATEGIES[fill.strategy].missing_requirement(effective_settings(fill)))

    def current_preview(self) -> state.FramePreview | None:
        """Return the previewed frame; None if anything has changed since."""
        preview = self.preview
        return preview if preview and _same_work(preview.job, self.job()) else None

    def with_repair(self, run: state.FinishedRepair) -> Session:
        """Add a finished repair."""
        return replace(self, runs=(*self.runs, run), shared=False, interrupted=None)

    def resumable_repair(self) -> state.InterruptedRepair | None:
        """Return the stopped repair that can be resumed; None if anything has changed since."""
        stopped = self.interrupted
        if stopped is None or stopped.mask != self.mask_key():
            return None
        if stopped.repaired_run_id != self.repaired_run_id():
            return None
        return stopped if _same_work(stopped.job, self.job()) else None

    def begin_span_repair(self, run_id: str, span: Span, strategy: str | None) -> Session:
        """Choose a span of a finished repair to repair again, on top of the result."""
        previous = self.current_span_repair()
        before = previous.frames_before if previous else self.frames
        fill = self.fill if strategy is None else replace(self.fill, strategy=strategy)
        moved = self.new_version(frames=span, fill=fill)
        return replace(moved, span_repair=state.SpanRepair(run_id, span, moved.mask_key(), before))

    def current_span_repair(self) -> state.SpanRepair | None:
        """Return the span to repair again; None if mask or frames have changed since."""
        span_repair = self.span_repair
        return span_repair if span_repair and span_repair.mask == self.mask_key() else None

    def repaired_run_id(self) -> str:
        """Return the id of the run whose span will be repaired; empty for a repair of the clip."""
        span_repair = self.current_span_repair()
        return span_repair.run_id if span_repair else ""

    def begin(self, step: Step) -> Session:
        """Mark a step as busy with a long task."""
        return replace(self, busy=step, failure=None)

    def fail(self, step: Step, message: str, *, stopped: bool = False) -> Session:
        """Store the failure of a step, or that the user stopped it."""
        return replace(self, failure=Failure(step, message, stopped))

    def tracker_options(self) -> TrackerOptions:
        """Return the options for finding and tracking the session's masks."""
        return TrackerOptions(self.tracker, self.fill.device, self.fill.commercial_safe)

    def job(self) -> Job:
        """Return the job that the session describes."""
        fill = self.fill
        if not takes_reference(fill):  # kept in the session for another strategy
            fill = without_reference(fill)
        return Job(
            source=str(self.clip.clip.path) if self.clip else "",
            where=self.prompts,
            tuning=self.tuning,
            fill=effective_settings(fill),
            invert=self.invert,
            frames=self.frames,
            objects=tuple(one for one in self.objects if one.name or one.hidden),
            tracker=self.tracker,
            measures=self.measures,
        )

    def last_run(self) -> state.FinishedRepair | None:
        """Return the latest repair of the clip in use."""
        if not self.runs or self.clip is None:
            return None
        run = self.runs[-1]
        return run if run.job.source == str(self.clip.clip.path) else None

    def step_state(self, step: Step) -> StepState:
        """Return whether a step is still to do, done, or out of date."""
        if self.clip is None:
            return "todo"
        match step:
            case "clip":
                return "done"
            case "mask":
                made, current = self.tracked is not None, self._mask_is_current()
            case "tune":
                made, current = self.edge_preview is not None, self._edge_is_current()
            case "fill" | "result":
                run = self.last_run()
                made, current = run is not None, bool(run and _same_work(run.job, self.job()))
        if not made:
            return "todo"
        return "done" if current else "stale"

    def masked_frames(self) -> int:
        """Return the number of frames on which a visible object has a mask."""
        if self.tracked is None:
            return 0
        return sum(area > 0 for area in self.tracked.areas(hidden_of(self.objects)))

    def is_current(self, number: int) -> bool:
        """Return whether an object was tracked with its current prompts and tracker."""
        tracked = self.tracked
        if tracked is None or tracked.tracker != self.tracker or number not in tracked.objects:
            return False
        return tracked.objects[number].prompts == by_object(self.prompts).get(number)

    def mask_key(self) -> state.MaskKey:
        """Return the key of the current tuned mask."""
        hidden = hidden_of(self.objects)
        return self.tracked, self.tuning, self.invert, self.frames, hidden

    def current_forecast(self) -> state.FillForecast | None:
        """Return the forecast; None if the mask has changed since."""
        forecast = self.fill_forecast
        if forecast is None or not self._mask_is_current() or forecast.mask != self.mask_key():
            return None
        return forecast

    def clip_in_use(self) -> Clip:
        """Return the clip in use. Raises MediaError if there is none."""
        if self.clip is None:
            raise MediaError(texts.MASK_NO_CLIP)
        return self.clip.clip

    def tracked_mask(self) -> MaskTrack:
        """Return the union of the visible tracked masks.

        Raises SettingsError if nothing was tracked, or all objects are hidden.
        """
        if self.tracked is None:
            raise SettingsError(texts.FILL_NO_MASK)
        track = self.tracked.track(hidden_of(self.objects))
        if track is None:
            raise SettingsError(texts.MASK_ALL_HIDDEN)
        return track

    def _mask_is_current(self) -> bool:
        wanted = by_object(self.prompts).keys() - hidden_of(self.objects)
        visible = self.tracked.visible(hidden_of(self.objects)).keys() if self.tracked else set()
        # A tracked object whose prompts were removed is still part of the mask.
        return bool(wanted) and wanted == visible and all(map(self.is_current, wanted))

    def _edge_is_current(self) -> bool:
        preview = self.edge_preview
        return preview is not None and self._mask_is_current() and preview.mask == self.mask_key()


def without_reference(fill: FillSettings) -> FillSettings:
    """Return the settings without a reference."""
    return replace(fill, reference="", reference_frame=None, clone=None)


def takes_reference(fill: FillSettings) -> bool:
    """Return whether the strategy copies from a reference. On the page, `auto` never does."""
    return fill.strategy != AUTO and STRATEGIES[fill.strategy].takes_reference


def _same_work(job: Job, other: Job) -> bool:
    """Return whether both jobs give the same result. Names of objects are ignored."""
    same_objects = hidden_of(job.objects) == hidden_of(other.objects)
    return same_objects and replace(job, objects=()) == replace(other, objects=())
