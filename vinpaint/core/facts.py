"""Facts about a job before its fill: measurements and the user's answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Span

Question = Literal["keeper", "framing", "bodies"]

QUESTIONS: tuple[Question, ...] = ("keeper", "framing", "bodies")


@dataclass(frozen=True)
class Answers:
    """The user's answers to questions that cannot be measured; None if not answered.

    Args:
        keeper: Whether the rest of the shot is worth keeping.
        framing: Whether framing and light are right.
        bodies: Whether bodies or props touch where the mask is.
    """

    keeper: bool | None = None
    framing: bool | None = None
    bodies: bool | None = None


@dataclass(frozen=True)
class Facts:
    """Measurements of a job before its fill.

    Shares are 0 to 1. Motion is a share of the frame's diagonal per frame.

    Args:
        frames: Number of frames in the clip.
        masked_frames: Number of frames with a hole.
        share: Share of the frame that the hole covers, mean over the masked frames.
        largest_share: The same, maximum over the masked frames.
        never_seen: Share of the hole that no frame shows (see `Forecast`).
        distance_frames: Median distance in frames to the frame that shows a hole pixel; None if no
            pixel is shown.
        motion: Motion of the background behind the hole.
        inside_motion: Motion of the hole's content on the screen.
        own_motion: Motion of the hole's content relative to the background.
        rest_motion: Motion of the picture around the hole.
        contact: Share of the frames in which another moving object touches the hole.
        contact_times: Number of such contacts.
        crossings: Number of contacts in which the other object crosses the hole.
        seconds: Total duration of the masked frames.
        masked_mpx: Total size of all holes, in megapixels.
        picture_mpx: Total size of all frames, in megapixels.
        prompt: Whether a text prompt was given.
        reference: Whether a reference to copy from was given.
        worst: The frames in which the largest share of the hole is never seen, or None.
        worst_share: That share.
        place: Centroid (x, y) of the pixels that are never seen, as shares of width and height.
        commercial_safe: Whether only models with a commercial licence may be chosen.
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
"""Threshold on `Facts.never_seen`. Up to this share, the clip itself provides nearly all pixels, so
even a large hole can be filled."""
