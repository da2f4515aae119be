"""What every mask source is, and what every tracker is."""

from __future__ import annotations

from collections.abc import Sequence
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
)
from vinpaint.media import Clip

ObjectPrompt = Click | BoxPrompt | Painting
"""A prompt that marks an object on one frame, to be followed from there."""


class TrackerOptions(NamedTuple):
    """What a mask may be found with: a job's settings of that name."""

    tracker: str = "auto"
    """A name in TRACKERS, or 'auto'."""
    device: Device = "auto"
    commercial_safe: bool = False


class MaskSource(Protocol):
    """Turns prompts into a mask for every frame."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of prompt that it takes."""
        ...

    def find(
        self, clip: Clip, where: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """The masks of one object, 0 and 1 only.

        Raises MaskError where a prompt does not fit the clip.
        """
        ...


class Tracker(Protocol):
    """Segments one object on a frame, and follows it through the clip."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def weights(self) -> str:
        """The name of the weights that it needs; '' where it needs none."""
        ...

    def ready(self) -> bool:
        """Whether it can work now: its weights, if any, are on this machine."""
        ...

    def on(self, device: Device) -> Tracker:
        """The same tracker, for that device."""
        ...

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], before: Bools | None
    ) -> Bools:
        """(H, W) bool: one frame's object. `before`, (H, W): a mask that the prompts mend."""
        ...

    def follow(
        self, clip: Clip, prompts: Sequence[ObjectPrompt], *, progress: Progress
    ) -> MaskTrack:
        """The object on every frame, from prompts on one or more frames, both ways in time.

        A painted frame comes out exactly as painted. Raises MaskError.
        """
        ...


def first_frame(prompts: Sequence[ObjectPrompt]) -> int:
    """The frame to start from: the first prompt that says what the object is. Raises MaskError."""
    for prompt in prompts:
        if not isinstance(prompt, Click) or prompt.add:
            return prompt.frame
    click = prompts[0]
    raise MaskError(
        f"object {click.object_id} has only 'not this' clicks (frame {click.frame}); "
        "click the object itself first"
    )
