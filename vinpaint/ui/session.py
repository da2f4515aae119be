"""What one visitor has made so far, as a value; and the steps from one such value to the next.

Every function here is pure: a session goes in, another comes out. The browser's page is drawn
from the session alone, so going back to an earlier step can lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from vinpaint.clip import Clip
from vinpaint.types import (
    BoxPrompt,
    Click,
    FillSettings,
    Imported,
    Job,
    MaskTrack,
    Painting,
    Prompt,
    Span,
    Tuning,
)

Step = Literal["clip", "mask", "tune", "fill", "result"]
STEPS: tuple[Step, ...] = ("clip", "mask", "tune", "fill", "result")
State = Literal["todo", "done", "stale"]


@dataclass(frozen=True, eq=False)
class Loaded:
    """A clip that the visitor has opened.

    `key` stands in the addresses of its frames. `suggested`: what to do, for an example, and
    `first_frame`: where.
    """

    key: str
    clip: Clip
    name: str
    suggested: str = ""
    first_frame: int = 0
    before: Path | None = None
    """What a browser can play, once it has been made."""
    is_source: bool = False
    """Whether `before` is the clip's own file, byte for byte."""


@dataclass(frozen=True, eq=False)
class Found:
    """The mask as it was followed through the clip, and the prompts that it was found from."""

    prompts: tuple[Prompt, ...]
    track: MaskTrack
    outline: Path
    areas: tuple[float, ...]
    """The share of each frame that the mask covers."""

    @property
    def frames(self) -> int:
        """On how many frames there is any mask."""
        return sum(area > 0 for area in self.areas)


@dataclass(frozen=True, eq=False)
class Edge:
    """A previewed edge: the settings that it shows."""

    found: Found
    tuning: Tuning
    invert: bool
    frames: Span | None
    outline: Path


@dataclass(frozen=True, eq=False)
class Run:
    """A finished repair, kept under `id`."""

    id: str
    job: Job
    report: Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """A sentence about what went wrong in a step; `stopped`: the visitor wanted it so."""

    step: Step
    words: str
    stopped: bool = False


@dataclass(frozen=True)
class Session:
    """One visitor's work. `version` changes with everything that a mask's picture depends on."""

    offered: Loaded | None = None
    clip: Loaded | None = None
    prompts: tuple[Prompt, ...] = ()
    history: tuple[tuple[Prompt, ...], ...] = ()
    found: Found | None = None
    tuning: Tuning = field(default_factory=Tuning)
    invert: bool = False
    frames: Span | None = None
    edge: Edge | None = None
    fill: FillSettings = field(default_factory=FillSettings)
    runs: tuple[Run, ...] = ()
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
        clip=loaded,
        fill=replace(session.fill, prompt=""),
        runs=session.runs,
        version=session.version + 1,
    )


def in_use(session: Session) -> bool:
    """Whether the clip that is looked at is the one that is worked on."""
    return (
        session.clip is not None
        and session.offered is not None
        and (session.clip.key == session.offered.key)
    )


def prompted(session: Session, prompts: tuple[Prompt, ...]) -> Session:
    """Other prompts; the ones before can be had back."""
    if prompts == session.prompts:
        return session
    return replace(
        session,
        prompts=prompts,
        history=(*session.history, session.prompts),
        failure=None,
        version=session.version + 1,
    )


def add(session: Session, prompt: Prompt) -> Session:
    """One more click, box or region, or a finished mask (of which there is one at most)."""
    kept = session.prompts
    if isinstance(prompt, Imported):
        kept = tuple(one for one in kept if not isinstance(one, Imported))
    return prompted(session, (*kept, prompt))


def paint(session: Session, frame: int, painting: Painting | None) -> Session:
    """A painted mask says all about its frame: it takes the place of the other prompts there.

    None: everything on the frame was erased.
    """
    kept = tuple(one for one in session.prompts if not is_on(one, frame))
    return prompted(session, (*kept, painting) if painting else kept)


def undo(session: Session) -> Session:
    """The prompts as they were before the last change."""
    if not session.history:
        return session
    *earlier, last = session.history
    return replace(
        session,
        prompts=last,
        history=tuple(earlier),
        failure=None,
        version=session.version + 1,
    )


def clear(session: Session) -> Session:
    """No prompts; undo brings them back."""
    return prompted(session, ())


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


def refill(session: Session, fill: FillSettings) -> Session:
    """Other settings of the fill."""
    return replace(session, fill=fill)


def repaired(session: Session, run: Run) -> Session:
    """A repair is finished and kept."""
    return replace(session, runs=(*session.runs, run), shared=False)


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


def job(session: Session) -> Job:
    """What is to be run, as the session stands."""
    return Job(
        source=str(session.clip.clip.path) if session.clip else "",
        where=session.prompts,
        tuning=session.tuning,
        fill=session.fill,
        invert=session.invert,
        frames=session.frames,
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
            return _state(run is not None, run is not None and run.job == job(session))


def is_on(prompt: Prompt, frame: int) -> bool:
    """Whether a prompt speaks about this one frame; regions and finished masks speak of all."""
    return isinstance(prompt, Click | BoxPrompt | Painting) and prompt.frame == frame


def _state(made: bool, fresh: bool) -> State:
    if not made:
        return "todo"
    return "done" if fresh else "stale"


def _found_is_fresh(session: Session) -> bool:
    return session.found is not None and session.found.prompts == session.prompts


def _edge_is_fresh(session: Session) -> bool:
    edge = session.edge
    if edge is None or not _found_is_fresh(session):
        return False
    shown = (edge.tuning, edge.invert, edge.frames)
    wanted = (session.tuning, session.invert, session.frames)
    return edge.found is session.found and shown == wanted
