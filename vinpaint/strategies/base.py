"""The base class of all strategies, with the defaults that most of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod

from vinpaint.core import Context, FillSettings, Frames, Mask, MissingError, Progress, Video


class Strategy(ABC):
    """A way to fill the hole of one temporal window.

    To add a strategy, write a frozen dataclass that inherits from this class. Set `title` and
    `best_for`, override the attributes that differ from the defaults, implement `fill`, and add a
    line to `STRATEGIES`. The `repr` must be the same in every process, because it is part of the
    fingerprint by which a stopped job finds its checkpoints.
    """

    title: str
    """Display name."""
    best_for: str
    """One sentence for users: the cases in which this strategy is the best choice."""
    takes_prompt: bool = False
    """Whether a text prompt changes the result."""
    takes_reference: bool = False
    """Whether a reference (a picture, a clean frame, a place to clone) changes the result."""
    needs_reference: bool = False
    """Whether the strategy cannot work without a reference."""
    models: tuple[str, ...] = ()
    """Names of the models to choose from, as in the model registry; the default comes first."""
    options: tuple[str, ...] = ()
    """Names of the fields of `Generation` that change the result."""
    window_scale: int = 1
    """Factor on the number of pixels in a window. Above 1 for strategies that need less memory per
    pixel than the default allows for."""

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """Return the learned weights that are required: names in the model registry, or folders.

        By default this is the model that the settings choose, or else the first of `models`.
        """
        return (settings.generation.model or self.models[0],) if self.models else ()

    def missing_requirement(self, settings: FillSettings) -> str:  # noqa: ARG002
        """Return one sentence on what is missing on this machine and how to get it, or "".

        This is called often, so it must be fast: check a few files, load nothing.
        """
        return ""

    def require(self, settings: FillSettings) -> None:
        """Raise MissingError if something that the strategy needs is missing on this machine."""
        if reason := self.missing_requirement(settings):
            raise MissingError(reason)

    def estimate_seconds(
        self,
        frames: int,  # noqa: ARG002
        size: tuple[int, int],  # noqa: ARG002
        settings: FillSettings,  # noqa: ARG002
    ) -> float:
        """Estimate the seconds to fill `frames` frames of `size` (width, height) on this machine.

        Return 0 if the strategy is fast enough that no estimate is needed. This is called only if
        `missing_requirement` returns "".
        """
        return 0.0

    @abstractmethod
    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """Return the window with its hole (mask >= 0.5) filled and all other pixels unchanged.

        Args:
            video: the frames of one window, (T, H, W, 3) uint8.
            mask: the mask of the same frames, (T, H, W).
            context: the window's surroundings: frames repaired before, frames ahead, reference.
            settings: the user's settings.
            progress: called with the share that is done, 0 to 1, and a short text. It may raise to
                stop the work.

        Returns the filled frames, in the shape of `video`.
        """


def start_frames(video: Video, context: Context) -> tuple[Frames, int]:
    """Return a copy of the frames to fill, and the number of those already repaired.

    The first frames are replaced by the ones that the previous window repaired.
    """
    frames = video.frames.copy()
    if context.repaired is None:
        return frames, 0
    repaired = len(context.repaired.frames)
    frames[:repaired] = context.repaired.frames
    return frames, repaired
