"""The tuned mask in two parts: what other frames show, and what none does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vinpaint.advice.forecast import Forecast
from vinpaint.core import Box, Mask, MaskTrack, Span


@dataclass(frozen=True)
class Part:
    """A `MaskTrack`: the part of `track` that is never seen, or the rest of it."""

    track: MaskTrack
    forecast: Forecast
    unseen: bool

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.track.size

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.track.frames

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        whole = self.track.read(span, box=box).values
        cut = box.slices if box else (slice(None), slice(None))
        lost = np.stack([self.forecast.unseen(t)[cut] for t in span.frames])
        return Mask(np.where(lost == self.unseen, whole, np.float32(0)))

    def bounds(self, frame: int) -> Box | None:
        """See `MaskTrack.bounds`."""
        return self.track.bounds(frame)
