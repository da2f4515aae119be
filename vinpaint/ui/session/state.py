"""What a session holds, piece by piece: plain values, made by the steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vinpaint.advice.estimates import PastRun
from vinpaint.advice.forecast import Forecast
from vinpaint.advice.surroundings import Surroundings
from vinpaint.core import Artifact, Box, Job, ObjectInfo, Prompt, Span, Tuning
from vinpaint.media import Clip
from vinpaint.ui.session.tracked_objects import Found

Step = Literal["clip", "mask", "tune", "fill", "result"]
STEPS: tuple[Step, ...] = ("clip", "mask", "tune", "fill", "result")
State = Literal["todo", "done", "stale"]


@dataclass(frozen=True, eq=False)
class Loaded:
    """A clip that the visitor has opened.

    `key` stands in the addresses of its frames. For an example, `suggested`: what to do,
    `first_frame`: where, `words`: what to look for by words, `tuning`: its edge.
    """

    key: str
    clip: Clip
    name: str
    suggested: str = ""
    words: str = ""
    first_frame: int = 0
    tuning: Tuning = field(default_factory=Tuning)
    before: Path | None = None
    """What a browser can play, once it has been made."""
    is_source: bool = False
    """Whether `before` is the clip's own file, byte for byte."""


@dataclass(frozen=True, eq=False)
class Edge:
    """A previewed edge: the settings that it shows."""

    found: Found
    tuning: Tuning
    invert: bool
    frames: Span | None
    outline: Path
    hidden: frozenset[int] = frozenset()


MaskKey = tuple[Found | None, Tuning, bool, Span | None, frozenset[int]]
"""All that a tuned mask depends on."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """A forecast, and the mask that it is for. `seen`, `unseen`: the outlines of both parts.

    `past`: what this machine's earlier runs tell of time; `around`: what surrounds the mask.
    """

    mask: MaskKey
    forecast: Forecast
    seen: Path
    unseen: Path
    past: tuple[PastRun, ...] = ()
    around: Surroundings | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """A finished repair, kept under `id`."""

    id: str
    job: Job
    report: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Halted:
    """A repair that was stopped after so many of its windows, which are kept; its job and mask.

    `mended`: the id of the run that it was to mend; '' where it was none of those.
    """

    job: Job
    mask: MaskKey
    mended: str
    finished: int
    windows: int


CopyFrom = Literal["frame", "picture", "clone"]
"""What a strategy that takes a reference copies from."""


@dataclass(frozen=True)
class Aim:
    """Where the mask of a frame is cloned from."""

    frame: int
    box: Box


@dataclass(frozen=True)
class Preview:
    """One frame repaired, by the job as it stood."""

    job: Job
    frame: int
    picture: Path


@dataclass(frozen=True)
class Inspected:
    """What stood out in the clip of this `key`; `wanted`: the one to take as the mask."""

    key: str
    faults: tuple[Artifact, ...]
    wanted: Artifact | None = None


@dataclass(frozen=True, eq=False)
class Mending:
    """A span of a kept run to be repaired again, on top of it.

    `frames_before`: the frames that were asked for until then.
    """

    run_id: str
    span: Span
    mask: MaskKey
    frames_before: Span | None


Marks = tuple[tuple[Prompt, ...], tuple[ObjectInfo, ...], int]
"""Prompts, objects and the active one, as they were before a change."""


@dataclass(frozen=True)
class Failure:
    """A sentence about what went wrong in a step; `stopped`: the visitor wanted it so."""

    step: Step
    words: str
    stopped: bool = False
