"""Coverage: the hole's share of the picture, on the frames that have a hole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vinpaint.metrics.base import Reading, Window


@dataclass(frozen=True)
class Coverage:
    """Share of the picture repaired. `pixels`: of the whole picture, set by the caller."""

    title: str = "Picture repaired"
    unit: str = "%"
    better: Literal["lower", "higher", "neither"] = "neither"
    meaning: str = (
        "The mask's share of the picture on the frames that were repaired; "
        "above about 20 % a repair tends to show."
    )
    pixels: int = 0

    def read(self, window: Window) -> Sequence[Reading]:
        """One reading for each frame that has a hole."""
        pixels = self.pixels or window.mask.values[0].size
        readings = []
        for t in range(window.lead_frames, len(window.mask.values)):
            inside = int(window.mask.hole[t].sum())
            if inside:
                readings.append(Reading(window.first_frame + t, 100.0 * inside, pixels))
        return readings
