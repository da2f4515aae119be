"""What one visitor has made so far, as a value; and the steps from one such value to the next.

Every function here is pure: a session goes in, another comes out. The browser's page is drawn
from the session alone, so going back to an earlier step can lose nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from vinpaint.core import (
    Answers,
    Box,
    FillSettings,
    Job,
    Measures,
    ObjectInfo,
    Prompt,
    Span,
    TextPrompt,
    Tuning,
)
from vinpaint.masks import TrackerOptions
from vinpaint.strategies import AUTO, STRATEGIES
from vinpaint.ui.session.model_settings import taken
from vinpaint.ui.session.state import (
    Aim,
    CopyFrom,
    Edge,
    Failure,
    Halted,
    Inspected,
    Loaded,
    Marks,
    MaskKey,
    Mending,
    Outlook,
    Preview,
    Run,
    State,
    Step,
)
from vinpaint.ui.session.tracked_objects import Found, Offers, by_object, hidden_of


@dataclass(frozen=True)
class Session:
    """One visitor's work. `version` changes with everything that a mask's picture depends on."""

    offered: Loaded | None = None
    inspected: Inspected | None = None
    clip: Loaded | None = None
    prompts: tuple[Prompt, ...] = ()
    objects: tuple[ObjectInfo, ...] = (ObjectInfo(1),)
    active: int = 1
    """The object that new marks belong to."""
    history: tuple[Marks, ...] = ()
    interpolate: bool = False
    """Whether painted frames are key frames."""
    tracker: str = "auto"
    asked: TextPrompt = field(default_factory=lambda: TextPrompt(""))
    """What was last looked for by words."""
    offers: Offers = field(default_factory=Offers)
    found: Found | None = None
    tuning: Tuning = field(default_factory=Tuning)
    invert: bool = False
    frames: Span | None = None
    edge: Edge | None = None
    outlook: Outlook | None = None
    answers: Answers = field(default_factory=Answers)
    price: float | None = None
    """Of one generation, in the visitor's own money."""
    fill: FillSettings = field(default_factory=FillSettings)
    measures: Measures = "quick"
    copy_from: CopyFrom = "frame"
    aim: Aim | None = None
    looked_at: int = 0
    """The frame that is to be previewed."""
    preview: Preview | None = None
    runs: tuple[Run, ...] = ()
    mending: Mending | None = None
    halted: Halted | None = None
    shared: bool = False
    busy: Step | None = None
    failure: Failure | None = None
    version: int = 0


def offer(session: Session, loaded: Loaded) -> Session:
    """A clip was opened; it is looked at, and not yet worked on."""
    return replace(session, offered=loaded, failure=None)


def use(session: Session, loaded: Loaded) -> Session:
    """The opened clip becomes the one to work on. Earlier runs are kept."""
    return Session(
        offered=loaded,
        inspected=session.inspected,
        clip=loaded,
        tracker=session.tracker,
        tuning=loaded.tuning,
        fill=without_reference(replace(session.fill, prompt="")),
        copy_from=session.copy_from,
        price=session.price,
        runs=session.runs,
        version=session.version + 1,
    )


def inspection(session: Session) -> Inspected | None:
    """What stood out in the clip that is looked at, once that was looked for."""
    seen, loaded = session.inspected, session.offered
    return seen if seen and loaded and seen.key == loaded.key else None


def in_use(session: Session) -> bool:
    """Whether the clip that is looked at is the one that is worked on."""
    return (
        session.clip is not None
        and session.offered is not None
        and (session.clip.key == session.offered.key)
    )


def followed(session: Session, found: Found) -> Session:
    """The mask was followed through the clip."""
    return replace(session, found=found, version=session.version + 1)


def retune(session: Session, *, tuning: Tuning, invert: bool, frames: Span | None) -> Session:
    """Other settings of the edge."""
    if (tuning, invert, frames) == (session.tuning, session.invert, session.frames):
        return session
    return replace(
        session,
        tuning=tuning,
        invert=invert,
        frames=frames,
        failure=None,
        version=session.version + 1,
    )


def edged(session: Session, edge: Edge) -> Session:
    """The edge was previewed."""
    return replace(session, edge=edge)


def looked(session: Session, outlook: Outlook) -> Session:
    """What other frames show of the hole was looked for."""
    return replace(session, outlook=outlook)


def refill(session: Session, fill: FillSettings) -> Session:
    """Other settings of the fill."""
    return replace(session, fill=fill, failure=None)


def copy_from(session: Session, kind: CopyFrom) -> Session:
    """Another kind of reference; what was given before is let go."""
    fill = without_reference(session.fill)
    return replace(session, copy_from=kind, fill=fill, aim=None, failure=None)


def aimed(session: Session, box: Box) -> Session:
    """What is cloned lies in `box` on the fill's reference frame."""
    return replace(session, aim=Aim(session.fill.reference_frame or 0, box), failure=None)


def without_reference(fill: FillSettings) -> FillSettings:
    """The settings with nothing to copy from."""
    return replace(fill, reference="", reference_frame=None, clone=None)


def with_reference(fill: FillSettings, other: FillSettings) -> FillSettings:
    """The settings with what the other ones copy from."""
    return replace(
        fill, reference=other.reference, reference_frame=other.reference_frame, clone=other.clone
    )


def copies(fill: FillSettings) -> bool:
    """Whether the chosen strategy takes a reference; here `auto` chooses among those without."""
    return fill.strategy != AUTO and STRATEGIES[fill.strategy].takes_reference


def lacks_reference(session: Session) -> bool:
    """Whether the strategy can do nothing yet for want of something to copy from."""
    fill = session.fill
    return copies(fill) and STRATEGIES[fill.strategy].needs_reference and not fill.has_reference


def lacks_here(session: Session) -> bool:
    """Whether the chosen strategy lacks something on this machine, beside what to copy from."""
    fill = session.fill
    if fill.strategy == AUTO or STRATEGIES[fill.strategy].needs_reference:
        return False
    return bool(STRATEGIES[fill.strategy].missing_requirement(taken(fill)))


def shown_preview(session: Session) -> Preview | None:
    """The previewed frame, if nothing has changed since."""
    seen = session.preview
    return seen if seen and _same_work(seen.job, job(session)) else None


def repaired(session: Session, run: Run) -> Session:
    """A repair is finished and kept."""
    return replace(session, runs=(*session.runs, run), shared=False, halted=None)


def halt(session: Session, halted: Halted | None) -> Session:
    """A repair was stopped, and some of it is kept; None: nothing is kept any more."""
    return replace(session, halted=halted)


def fresh_halted(session: Session) -> Halted | None:
    """What a repair would go on from, if nothing has changed since it was stopped."""
    halted = session.halted
    if halted is None or (halted.mask, halted.mended) != (mask_key(session), mended(session)):
        return None
    return halted if _same_work(halted.job, job(session)) else None


def mend(session: Session, run_id: str, span: Span, strategy: str | None) -> Session:
    """Only a span of a kept run is to be repaired again, on top of it."""
    old = fresh_mending(session)
    before = old.frames_before if old else session.frames
    fill = session.fill if strategy is None else replace(session.fill, strategy=strategy)
    moved = replace(session, frames=span, fill=fill, failure=None, version=session.version + 1)
    return replace(moved, mending=Mending(run_id, span, mask_key(moved), before))


def fresh_mending(session: Session) -> Mending | None:
    """What is to be mended, if mask and frames are still those it was asked for."""
    mending = session.mending
    return mending if mending and mending.mask == mask_key(session) else None


def mended(session: Session) -> str:
    """The id of the run that the next repair mends; '' where it repairs the clip itself."""
    mending = fresh_mending(session)
    return mending.run_id if mending else ""


def share(session: Session) -> Session:
    """The visitor asked for the link."""
    return replace(session, shared=True)


def begin(session: Session, step: Step) -> Session:
    """Work on a step has begun."""
    return replace(session, busy=step, failure=None)


def end(session: Session) -> Session:
    """Work has ended, one way or another."""
    return replace(session, busy=None)


def fail(session: Session, step: Step, words: str, *, stopped: bool = False) -> Session:
    """Something went wrong in a step, or it was stopped; all that was made is kept."""
    return replace(session, failure=Failure(step, words, stopped))


def tracker_options(session: Session) -> TrackerOptions:
    """What the session's masks may be found with."""
    return TrackerOptions(session.tracker, session.fill.device, session.fill.commercial_safe)


def job(session: Session) -> Job:
    """What is to be run, as the session stands."""
    fill = session.fill
    if not copies(fill):  # kept for when one is chosen that does
        fill = without_reference(fill)
    fill = taken(fill)
    return Job(
        source=str(session.clip.clip.path) if session.clip else "",
        where=session.prompts,
        tuning=session.tuning,
        fill=fill,
        invert=session.invert,
        frames=session.frames,
        objects=tuple(thing for thing in session.objects if thing.name or thing.hidden),
        tracker=session.tracker,
        measures=session.measures,
    )


def last_run(session: Session) -> Run | None:
    """The latest repair of the clip that is worked on."""
    if not session.runs or session.clip is None:
        return None
    run = session.runs[-1]
    return run if run.job.source == str(session.clip.clip.path) else None


def state(session: Session, step: Step) -> State:
    """Whether a step is still to do, done, or out of date."""
    if session.clip is None:
        return "todo"
    run = last_run(session)
    match step:
        case "clip":
            return "done"
        case "mask":
            return _state(session.found is not None, _found_is_fresh(session))
        case "tune":
            return _state(session.edge is not None, _edge_is_fresh(session))
        case "fill" | "result":
            return _state(run is not None, run is not None and _same_work(run.job, job(session)))


def _same_work(one: Job, other: Job) -> bool:
    """Whether both jobs give the same result: names of objects change nothing."""
    same_objects = hidden_of(one.objects) == hidden_of(other.objects)
    return same_objects and replace(one, objects=()) == replace(other, objects=())


def _state(made: bool, fresh: bool) -> State:
    if not made:
        return "todo"
    return "done" if fresh else "stale"


def found_frames(session: Session) -> int:
    """On how many frames the shown objects have any mask."""
    if session.found is None:
        return 0
    return sum(area > 0 for area in session.found.areas(hidden_of(session.objects)))


def is_fresh(session: Session, number: int) -> bool:
    """Whether an object was followed from the prompts that it has now."""
    found = session.found
    if found is None or found.tracker != session.tracker or number not in found.parts:
        return False
    return found.parts[number].prompts == by_object(session.prompts).get(number)


def _found_is_fresh(session: Session) -> bool:
    wanted = by_object(session.prompts).keys() - hidden_of(session.objects)
    return bool(wanted) and all(is_fresh(session, number) for number in wanted)


def mask_key(session: Session) -> MaskKey:
    """What the tuned mask depends on as the session stands."""
    hidden = hidden_of(session.objects)
    return session.found, session.tuning, session.invert, session.frames, hidden


def fresh_outlook(session: Session) -> Outlook | None:
    """The forecast, if it is one of the mask as it is now."""
    outlook = session.outlook
    if outlook is None or not _found_is_fresh(session) or outlook.mask != mask_key(session):
        return None
    return outlook


def _edge_is_fresh(session: Session) -> bool:
    edge = session.edge
    if edge is None or not _found_is_fresh(session):
        return False
    shown = (edge.found, edge.tuning, edge.invert, edge.frames, edge.hidden)
    return shown == mask_key(session)
