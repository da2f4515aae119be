"""The base class of all strategies, with the defaults that most of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod

from vinpaint.core import Context, FillSettings, Mask, Progress, Video


class Strategy(ABC):
    """A way to fill the hole of one temporal window.

    To write one, subclass this as a frozen dataclass, set `title` and `best_for`, override what
    differs from the defaults, implement `fill`, and add a line to `STRATEGIES`. The `repr` must
    not vary between processes: it is part of the fingerprint of unfinished windows.
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
    """Factor on the number of pixels in a window, for strategies that hold less per pixel."""

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """Return the learned weights that are required: names in the registry, or folders.

        By default the chosen one of `models`, or the first.
        """
        return (settings.generation.model or self.models[0],) if self.models else ()

    def missing_requirement(self, settings: FillSettings) -> str:  # noqa: ARG002
        """Return one sentence that says what is missing on this machine and what to do, or "".

        Called often, so it must not do more than look at a few files.
        """
        return ""

    def estimate_seconds(
        self,
        frames: int,  # noqa: ARG002
        size: tuple[int, int],  # noqa: ARG002
        settings: FillSettings,  # noqa: ARG002
    ) -> float:
        """Estimate the seconds to fill `frames` frames of `size` (width, height) on this machine.

        0 means that the time does not matter. Called only when nothing is missing.
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

        The result has the shape (T, H, W, 3) of `video`.
        """
