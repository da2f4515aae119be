"""The interfaces of mask sources and trackers, and what they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from vinpaint.core import (
    Bools,
    BoxPrompt,
    Click,
    Device,
    MaskError,
    MaskTrack,
    Painting,
    Progress,
    Prompt,
    section,
)
from vinpaint.media import Clip

ObjectPrompt = Click | BoxPrompt | Painting
"""A prompt that marks an object on one frame, from which the object is followed."""

Tick = Callable[[], None]
"""Called once per frame of work; may raise `Cancelled`."""


class TrackerOptions(NamedTuple):
    """The settings of a job that trackers and detectors need."""

    tracker: str = "auto"
    """A name in TRACKERS, or 'auto'."""
    device: Device = "auto"
    commercial_safe: bool = False


class MaskSource(Protocol):
    """Turns prompts into a mask for every frame."""

    @property
    def title(self) -> str:
        """The name shown to users."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of prompt that the source accepts."""
        ...

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the binary mask of one object on every frame.

        Raises MaskError if a prompt does not fit the clip.
        """
        ...


class Tracker(Protocol):
    """Segments one object on a frame, and follows it through the clip."""

    @property
    def title(self) -> str:
        """The name shown to users."""
        ...

    @property
    def weights(self) -> str:
        """The name of the weights in the model registry; empty if none are needed."""
        ...

    def ready(self) -> bool:
        """Return True if the weights, if any, are on this machine."""
        ...

    def for_device(self, device: Device) -> Tracker:
        """Return the same tracker for another device."""
        ...

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], previous: Bools | None
    ) -> Bools:
        """Return the (H, W) bool mask of the object on one frame.

        `previous`: (H, W) bool, an existing mask that the prompts correct.
        """
        ...

    def follow(
        self, clip: Clip, prompts: Sequence[ObjectPrompt], *, progress: Progress
    ) -> MaskTrack:
        """Return the object's mask on every frame, following it both ways from the prompts.

        A painted frame keeps exactly the painted mask. Raises MaskError.
        """
        ...


def start_frame(prompts: Sequence[ObjectPrompt]) -> int:
    """Return the frame of the first prompt that marks the object itself. Raises MaskError."""
    for prompt in prompts:
        if not isinstance(prompt, Click) or prompt.add:
            return prompt.frame
    click = prompts[0]
    raise MaskError(
        f"object {click.object_id} has only 'not this' clicks (frame {click.frame}); "
        "click the object itself first"
    )


def check_found(mask: Bools, frame: int) -> None:
    """Raise MaskError if the prompts of the start frame mark nothing."""
    if not mask.any():
        raise MaskError(
            f"nothing was found at the mark on frame {frame}; "
            "mark the object with a box or paint it"
        )


def split(progress: Progress, count: int) -> list[Progress]:
    """Return `count` consecutive sections of equal length of `progress`."""
    return [section(progress, i / count, (i + 1) / count) for i in range(count)]


def ticker(progress: Progress, total: int, message: str) -> Tick:
    """Return a function that advances `progress` by one of `total` steps at each call."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(min(1.0, done / total), message)

    return tick
