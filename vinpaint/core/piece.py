"""One piece of work: which frames and pixels to read, and which frames to repair."""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core.boxes import Box, Span


@dataclass(frozen=True)
class Piece:
    """One stretch of work: read `span` cut to `box`, repair `fill` (a part of `span`)."""

    span: Span
    box: Box
    fill: Span

    @property
    def ahead_frames(self) -> int:
        """Frames at the end that are sources only."""
        return self.span.stop - self.fill.stop

    @property
    def before_frames(self) -> int:
        """Frames at the start that are sources only: real, or repaired by the piece before."""
        return self.fill.start - self.span.start
