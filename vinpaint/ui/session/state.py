"""The values that a session contains."""

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

    Args:
        key: Random part of the URLs of its frames.
        clip: The clip.
        name: Display name.
        suggested: Description of the suggested repair; examples only.
        words: A text prompt for the object; examples only.
        first_frame: The frame to show first.
        tuning: Initial tuning of the mask.
    """

    key: str
    clip: Clip
    name: str
    suggested: str = ""
    words: str = ""
    first_frame: int = 0
    tuning: Tuning = field(default_factory=Tuning)
    playable: Path | None = None
    """A video that all browsers can play; None until it was created."""
    is_source: bool = False
    """Whether `playable` is an exact copy of the clip's file."""


MaskKey = tuple[TrackedObjects | None, Tuning, bool, Span | None, frozenset[int]]
"""The values that determine a tuned mask: objects, tuning, inversion, frames, hidden objects."""


@dataclass(frozen=True, eq=False)
class EdgePreview:
    """A file with the outline of the tuned mask on every frame (JSON), and the key of that mask."""

    mask: MaskKey
    outline: Path


@dataclass(frozen=True, eq=False)
class FillForecast:
    """A forecast of the fill.

    Args:
        mask: Key of the mask that the forecast was made for.
        forecast: The forecast.
        seen: File with outlines (JSON) of the hole pixels that other frames show.
        unseen: File with outlines (JSON) of the hole pixels that no frame shows.
        past: Timings of earlier repairs on this machine.
        around: Measurements of the surroundings of the mask, or None.
        leftover: A sentence on what the mask leaves of the object; empty if nothing was found.
    """

    mask: MaskKey
    forecast: Forecast
    seen: Path
    unseen: Path
    past: tuple[PastRun, ...] = ()
    around: Surroundings | None = None
    leftover: str = ""


@dataclass(frozen=True, eq=False)
class LeftoverFiles:
    """What a repair left of the object, in files of the session's folder.

    Args:
        mask: A mask file (.mkv).
        outline: Its outline on every frame (JSON).
        areas: Share of each frame that it covers, 0 to 1.
    """

    mask: Path
    outline: Path
    areas: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class FinishedRepair:
    """A finished repair, stored under `id`. `leftover` is None if nothing is left over."""

    id: str
    job: Job
    report: Mapping[str, Any]
    leftover: LeftoverFiles | None = None


@dataclass(frozen=True, eq=False)
class InterruptedRepair:
    """A repair that was stopped and can be resumed.

    Args:
        job: The job.
        mask: Key of its mask.
        repaired_run_id: Id of the run whose span it repairs; empty for a repair of the clip.
        finished: Number of windows that are stored on disk.
        windows: Number of all windows.
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
    """The box on a frame whose content is cloned into the hole."""

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
    """The artifacts found in the clip with this `key`.

    `chosen` is the artifact to use as the mask, or None.
    """

    key: str
    artifacts: tuple[Artifact, ...]
    chosen: Artifact | None = None


@dataclass(frozen=True, eq=False)
class SpanRepair:
    """A span of a finished repair that will be repaired again, on top of the result.

    Args:
        run_id: Id of the finished repair.
        span: The frames to repair again.
        mask: Key of the mask.
        frames_before: The frame range that was set before.
    """

    run_id: str
    span: Span
    mask: MaskKey
    frames_before: Span | None


MarksSnapshot = tuple[tuple[Prompt, ...], tuple[ObjectInfo, ...], int]
"""The prompts, the objects and the active object, saved for undo."""


@dataclass(frozen=True)
class Failure:
    """A message about the failure of a step. `stopped` is True if the user cancelled it."""

    step: Step
    message: str
    stopped: bool = False
