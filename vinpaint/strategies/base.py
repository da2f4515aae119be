"""What every strategy is."""

from __future__ import annotations

from typing import Protocol

from vinpaint.core import Context, FillSettings, Mask, Progress, Video


class Strategy(Protocol):
    """Fills the hole of one window."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def best_for(self) -> str:
        """One sentence: what it is best for."""
        ...

    @property
    def takes_prompt(self) -> bool:
        """Whether a prompt changes what it does."""
        ...

    @property
    def takes_reference(self) -> bool:
        """Whether a reference (a picture, a frame, a place to clone) changes what it does."""
        ...

    @property
    def needs_reference(self) -> bool:
        """Whether it can do nothing without one."""
        ...

    @property
    def models(self) -> tuple[str, ...]:
        """The models to choose from, as the register names them, its own first; () for none."""
        ...

    @property
    def options(self) -> tuple[str, ...]:
        """What of `Generation` changes what it does, by its names there."""
        ...

    @property
    def window_times(self) -> int:
        """So many times as many pixels as usual its windows may hold, in the same memory."""
        ...

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """The learned weights that it cannot do without, as `models` names them, or folders."""
        ...

    def lacks(self, settings: FillSettings) -> str:
        """What stands in its way here, and what to do, in one sentence; empty where nothing does.

        A few looks at the disk: it is asked often.
        """
        ...

    def seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:
        """About how long so many frames take here, of a window of (width, height); 0: no matter.

        Asked once it lacks nothing, and only of work that may take hours.
        """
        ...

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """The window with its hole (mask >= 0.5) filled: same T, H, W; the rest as it was."""
        ...
