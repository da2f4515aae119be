"""What every estimator of flow is."""

from __future__ import annotations

from typing import Protocol

from vinpaint.core import Floats, Frames


class FlowEstimator(Protocol):
    """Estimates flow between two pictures."""

    @property
    def colour(self) -> bool:
        """Whether it looks at RGB, (H, W, 3), rather than at luma, (H, W)."""
        ...

    def estimate_both(self, first: Frames, second: Frames) -> tuple[Floats, Floats]:
        """(forward, backward), each (H, W, 2) float32: from first to second, and back.

        The pictures are uint8, of one size. Raises LimitError where the memory does not suffice.
        """
        ...
