"""The unit of work: one temporal window and the box that is read for it."""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core.boxes import Box, Span


@dataclass(frozen=True)
class Piece:
    """One temporal window of the work.

    Args:
        span: The frames to read, sources included.
        box: The pixels to read.
        fill: The frames to repair, a part of `span`.
    """

    span: Span
    box: Box
    fill: Span

    @property
    def ahead_frames(self) -> int:
        """Number of frames at the end of `span` that are sources only."""
        return self.span.stop - self.fill.stop

    @property
    def before_frames(self) -> int:
        """Number of frames at the start of `span` that are sources only.

        They are original frames, or frames that the previous piece repaired.
        """
        return self.fill.start - self.span.start
