"""What is known of a job before its fill: measured facts, and what the user answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Span

Question = Literal["keeper", "framing", "bodies"]

QUESTIONS: tuple[Question, ...] = ("keeper", "framing", "bodies")


@dataclass(frozen=True)
class Answers:
    """What no machine can see. None: not answered.

    keeper: the rest of the shot is worth keeping; framing: framing and light are right; bodies:
    bodies or props touch where the mask is.
    """

    keeper: bool | None = None
    framing: bool | None = None
    bodies: bool | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a job before its fill. Shares are 0 to 1.

    frames, masked_frames: of the clip, and those with a hole; share: the hole's of the frame, the
    mean over those, and largest_share the most; never_seen: of the hole, see `Forecast`;
    distance_frames: to the frame that shows a pixel, None where none does; motion: behind the
    hole, from frame to frame, of the picture's diagonal; inside_motion: the same of what is in it,
    on the screen, own_motion: against what is behind it, rest_motion: of the picture around;
    contact: share of the frames on which something else that moves touches the hole,
    contact_times: how often that begins, crossings: how often it goes across; seconds: of the
    clip with a hole; masked_mpx, picture_mpx: megapixels of all holes, and of all frames;
    prompt, reference: whether words, or
    something to copy from, were given;
    worst: the frames around the one where most is never seen, worst_share how much of its hole;
    place: the middle of all that is never seen, (x, y) as shares of width and height;
    commercial_safe: only models whose licence allows commercial use may be chosen.
    """

    frames: int
    masked_frames: int
    share: float
    largest_share: float
    never_seen: float
    distance_frames: int | None = None
    motion: float = 0.0
    inside_motion: float = 0.0
    own_motion: float = 0.0
    rest_motion: float = 0.0
    contact: float = 0.0
    contact_times: int = 0
    crossings: int = 0
    seconds: float = 0.0
    masked_mpx: float = 0.0
    picture_mpx: float = 0.0
    prompt: bool = False
    reference: bool = False
    worst: Span | None = None
    worst_share: float = 0.0
    place: tuple[float, float] | None = None
    commercial_safe: bool = False


NEARLY_ALL_SEEN = 0.05
"""So little is never seen that even a large hole is filled from the clip itself."""
