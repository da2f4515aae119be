"""What every strategy is."""

from __future__ import annotations

from typing import Protocol

from vinpaint.types import Context, FillSettings, Mask, Progress, Video


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

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """The learned weights that it cannot do without, as `models` names them, or folders."""
        ...

    def lacks(self, settings: FillSettings) -> str:
        """What stands in its way here, and what to do, in one sentence; empty where nothing does.

        A few looks at the disk: it is asked often.
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
