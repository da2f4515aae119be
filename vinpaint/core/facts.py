"""Facts about a job before its fill: measurements, and the user's answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Span

Question = Literal["keeper", "framing", "bodies"]

QUESTIONS: tuple[Question, ...] = ("keeper", "framing", "bodies")


@dataclass(frozen=True)
class Answers:
    """The user's answers to questions that cannot be measured. None: not answered.

    Args:
        keeper: the rest of the shot is worth keeping.
        framing: framing and light are right.
        bodies: bodies or props touch where the mask is.
    """

    keeper: bool | None = None
    framing: bool | None = None
    bodies: bool | None = None


@dataclass(frozen=True)
class Facts:
    """Measurements of a job before its fill. Shares are 0 to 1, motions are shares of the diagonal.

    Args:
        frames, masked_frames: frames of the clip, and those with a hole.
        share, largest_share: the hole's share of the frame, mean and maximum over those.
        never_seen: share of the hole that no frame shows, see `Forecast`.
        distance_frames: median distance to the frame that shows a pixel, None if none does.
        motion: motion of the background behind the hole, per frame.
        inside_motion, own_motion: motion of the hole's content, on the screen and against the
            background.
        rest_motion: motion of the picture around the hole.
        contact: share of the frames on which another moving object touches the hole.
        contact_times, crossings: number of contacts, and of those that cross the hole.
        seconds: masked seconds of the clip.
        masked_mpx, picture_mpx: megapixels of all holes, and of all frames.
        prompt, reference: whether a prompt, or a picture to copy from, was given.
        worst, worst_share: the frames where the most is never seen, and the share of their hole.
        place: centroid of everything never seen, (x, y) as shares of width and height.
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
"""Share never seen up to which even a large hole can be filled from the clip itself."""
