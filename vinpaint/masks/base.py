"""The interfaces of mask sources and trackers, and helpers that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
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
    no_op,
    section,
)
from vinpaint.masks.mask_tracks import StoredTrack
from vinpaint.media import Clip

ObjectPrompt = Click | BoxPrompt | Painting
"""A prompt that marks an object on one frame, from which a tracker follows it."""

OnArrival = Callable[[int, Bools | None], None]
"""Called with a prompted frame and the (H, W) mask followed to it, before its prompts correct it.

The mask is None on a frame from which the object is followed."""

Tick = Callable[[], None]
"""Called once per frame that is processed; may raise `Cancelled`."""


class TrackerOptions(NamedTuple):
    """Settings of a job that trackers and detectors need.

    device: device for networks; commercial_safe: use only weights whose licence allows commercial
    use.
    """

    tracker: str = "auto"
    """A name in TRACKERS, or 'auto'."""
    device: Device = "auto"
    commercial_safe: bool = False
    note: Callable[[str], None] | None = None
    """Called with a sentence for each click that changes nothing. None saves the time to find out.
    """


class MaskSource(Protocol):
    """Turns prompts of certain kinds into a mask for every frame."""

    @property
    def title(self) -> str:
        """The name shown to users."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of prompt that the source accepts."""

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the binary mask of one object on every frame of the clip.

        `prompts`: the prompts of the object, all of the kinds in `kinds`. Raises MaskError if one
        does not fit the clip.
        """


class Tracker(Protocol):
    """Segments an object on one frame, and follows it through the clip."""

    @property
    def title(self) -> str:
        """The name shown to users."""

    @property
    def weights(self) -> str:
        """The name of the weights in the model registry; empty if none are needed."""

    @property
    def has_levels(self) -> bool:
        """Return True if the tracker follows `Click.level`."""

    def ready(self) -> bool:
        """Return True if the weights, if any, are on this machine."""

    def for_device(self, device: Device) -> Tracker:
        """Return the same tracker for another device."""

    def prepare(self, clip: Clip, frame: int) -> None:
        """Compute ahead of the first click on a frame what `segment` needs, if anything."""

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], previous: Bools | None
    ) -> Bools:
        """Return the (H, W) bool mask of the object on one frame.

        `previous`: (H, W) bool, an existing mask that the prompts correct.
        """

    def follow(
        self,
        clip: Clip,
        prompts: Sequence[ObjectPrompt],
        *,
        progress: Progress,
        on_arrival: OnArrival = no_op,
    ) -> StoredTrack:
        """Follow the object from its prompts in both directions of time; return its mask track.

        `on_arrival`: called for prompted frames; a tracker may leave out those to which it follows
        no mask without their prompts. A painted frame keeps exactly the painted mask. Raises
        MaskError if no prompt marks the object itself, or if nothing is found at the prompts.
        """


def start_frame(prompts: Sequence[ObjectPrompt]) -> int:
    """Return the frame of the first prompt that marks the object itself.

    Raises MaskError if all prompts are 'not this' clicks.
    """
    for prompt in prompts:
        if not isinstance(prompt, Click) or prompt.add:
            return prompt.frame
    click = prompts[0]
    raise MaskError(
        f"object {click.object_id} has only 'not this' clicks (frame {click.frame}); "
        "click the object itself first"
    )


def check_found(mask: Bools, frame: int) -> None:
    """Raise MaskError if `mask`, found at the prompts of `frame`, is empty."""
    if not mask.any():
        raise MaskError(
            f"nothing was found at the mark on frame {frame}; "
            "mark the object with a box or paint it"
        )


def split(progress: Progress, parts: int) -> list[Progress]:
    """Return `parts` consecutive sections of equal length of `progress`."""
    return [section(progress, i / parts, (i + 1) / parts) for i in range(parts)]


def ticker(progress: Progress, total: int, message: str) -> Tick:
    """Return a function that advances `progress` by one of `total` steps at each call."""
    steps = count(1)
    return lambda: progress(min(1.0, next(steps) / total), message)
