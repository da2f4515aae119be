"""The values that a session is made of."""

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
from vinpaint.ui.session.tracked_objects import TrackedObjects

Step = Literal["clip", "mask", "tune", "fill", "result"]
STEPS: tuple[Step, ...] = ("clip", "mask", "tune", "fill", "result")
StepState = Literal["todo", "done", "stale"]


@dataclass(frozen=True, eq=False)
class OpenedClip:
    """A clip that the user has opened.

    `key` is part of the addresses of its frames. An example also has `suggested` (what to do, in
    a sentence), `first_frame` (where to do it), `words` (a text prompt) and `tuning`.
    """

    key: str
    clip: Clip
    name: str
    suggested: str = ""
    words: str = ""
    first_frame: int = 0
    tuning: Tuning = field(default_factory=Tuning)
    playable: Path | None = None
    """A file that every browser plays; None until it has been made."""
    is_source: bool = False
    """Whether `playable` is the clip's own file, byte for byte."""


MaskKey = tuple[TrackedObjects | None, Tuning, bool, Span | None, frozenset[int]]
"""Everything that a tuned mask depends on: objects, tuning, invert, frames, hidden objects."""


@dataclass(frozen=True, eq=False)
class EdgePreview:
    """The outline (JSON) of the tuned mask on every frame, and the mask that it shows."""

    mask: MaskKey
    outline: Path


@dataclass(frozen=True, eq=False)
class FillForecast:
    """A forecast of the fill, and the mask that it was made for.

    `seen`, `unseen`: outlines (JSON) of the hole's pixels that other frames show, and of those
    that no frame shows; `past`: durations of earlier repairs on this machine; `around`: the
    picture around the mask.
    """

    mask: MaskKey
    forecast: Forecast
    seen: Path
    unseen: Path
    past: tuple[PastRun, ...] = ()
    around: Surroundings | None = None


@dataclass(frozen=True, eq=False)
class FinishedRepair:
    """A finished repair, kept in the store under `id`."""

    id: str
    job: Job
    report: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class InterruptedRepair:
    """A repair that was stopped; `finished` of its `windows` windows are kept on disk.

    `repaired_run_id`: the id of the run that it repairs a span of; '' for a repair of the clip.
    """

    job: Job
    mask: MaskKey
    repaired_run_id: str
    finished: int
    windows: int


CopyFrom = Literal["frame", "picture", "clone"]
"""The kind of reference that a strategy copies from."""


@dataclass(frozen=True)
class CloneSource:
    """The box on a frame that is cloned into the mask."""

    frame: int
    box: Box


@dataclass(frozen=True)
class FramePreview:
    """One repaired frame, and the job that made it."""

    job: Job
    frame: int
    picture: Path


@dataclass(frozen=True)
class Inspection:
    """The artifacts of the clip with this `key`; `chosen`: the one to use as the mask."""

    key: str
    artifacts: tuple[Artifact, ...]
    chosen: Artifact | None = None


@dataclass(frozen=True, eq=False)
class SpanRepair:
    """A span of a finished repair that is to be repaired again, on top of it.

    `frames_before`: the frame range that was set before.
    """

    run_id: str
    span: Span
    mask: MaskKey
    frames_before: Span | None


MarksSnapshot = tuple[tuple[Prompt, ...], tuple[ObjectInfo, ...], int]
"""The prompts, the objects and the active object before a change."""


@dataclass(frozen=True)
class Failure:
    """A sentence about what went wrong in a step; `stopped`: the user cancelled it."""

    step: Step
    message: str
    stopped: bool = False
