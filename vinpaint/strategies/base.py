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


def takes_reference(strategy: Strategy) -> bool:
    """Whether a reference (a picture, a frame, a place to clone) changes what it does.

    A strategy says so by an attribute of this name; without one it takes none.
    """
    return bool(getattr(strategy, "takes_reference", False))


def needs_reference(strategy: Strategy) -> bool:
    """Whether it can do nothing without one; said by an attribute of this name."""
    return bool(getattr(strategy, "needs_reference", False))
