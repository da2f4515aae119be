"""List the nested regions of a click: part, whole object, and what is larger."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from vinpaint.core import Bools, Click, MaskError
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.click_effect import visibly_differs
from vinpaint.masks.prompted import segment_frame
from vinpaint.masks.trackers import has_levels
from vinpaint.media import Clip

_MAX_STEPS = 24
"""Maximum number of levels that are tried in each direction."""


@dataclass(frozen=True, eq=False, repr=False)
class ClickCandidate:
    """One region at a click.

    level: the `Click.level` that selects it, 0 for the likeliest; mask: (H, W) bool.
    """

    level: int
    mask: Bools

    def __repr__(self) -> str:
        return f"ClickCandidate(level {self.level}, {int(self.mask.sum())} px)"


def candidates_of_click(
    clip: Clip, click: Click, *, options: TrackerOptions = TrackerOptions()
) -> tuple[ClickCandidate, ...]:
    """Return the regions at a click, from the smallest to the largest.

    Levels whose regions do not visibly differ count as one.

    Args:
        clip: The clip.
        click: A click on the object. Its own level is ignored.
        options: Which tracker and device to use. A tracker without levels gives one region.

    Raises:
        MaskError: The click lies outside the clip, or is a 'not this' click.
    """
    if not click.add:
        raise MaskError("a 'not this' click has no regions; give a click on the object")
    found = [_candidate(clip, click, 0, options)]
    for direction in (1, -1) if has_levels(options) else ():
        last = kept = found[0].mask
        for step in range(1, _MAX_STEPS + 1):
            following = _candidate(clip, click, direction * step, options)
            if (following.mask == last).all():  # levels past the last one repeat it
                break
            last = following.mask
            if visibly_differs(kept, last):
                found.append(following)
                kept = last
    return tuple(sorted(found, key=lambda one: int(one.mask.sum())))


def _candidate(clip: Clip, click: Click, level: int, options: TrackerOptions) -> ClickCandidate:
    marked = dataclasses.replace(click, level=level)
    found = segment_frame(clip, [marked], click.frame, options=options)
    return ClickCandidate(level, found.hole[0])
