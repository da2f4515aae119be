"""The interface of optical flow estimators."""

from __future__ import annotations

from typing import Protocol

from vinpaint.core import Floats, Frames


class FlowEstimator(Protocol):
    """Estimates optical flow between two pictures."""

    @property
    def colour(self) -> bool:
        """True if the estimator takes (H, W, 3) RGB, False if it takes (H, W) luma."""

    def estimate_both(self, first: Frames, second: Frames) -> tuple[Floats, Floats]:
        """Return the flow from `first` to `second`, and the flow from `second` to `first`.

        first, second: uint8 pictures of one size, RGB or luma as `colour` says. Each flow is
        (H, W, 2) float32 in pixels. Raises LimitError if memory runs out.
        """
