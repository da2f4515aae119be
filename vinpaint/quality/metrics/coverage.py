"""Coverage: the hole's share of the picture, on the frames that have a hole."""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core import Better
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums


@dataclass(frozen=True)
class Coverage:
    """Share of the picture repaired."""

    title: str = "Picture repaired"
    unit: str = "%"
    better: Better = "neither"
    meaning: str = (
        "The mask's share of the picture on the frames that were repaired; "
        "above about 20 % a repair tends to show."
    )

    def start(self) -> Gauge:
        """Sums of hole pixels over pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    inside = int(look.hole.sum())
    return Reading(100.0 * inside, look.pixels) if inside else None
