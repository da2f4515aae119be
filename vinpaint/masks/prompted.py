"""Mask source: clicks, boxes and painted masks, from which each object is followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Box, BoxPrompt, Click, Mask, MaskError, MaskTrack, Progress, Prompt
from vinpaint.masks.base import ObjectPrompt, Tracker, TrackerOptions, split
from vinpaint.masks.click_effect import describe_unchanged, unchanged_clicks
from vinpaint.masks.mask_tracks import union
from vinpaint.masks.obey import obey
from vinpaint.masks.trackers import load_tracker
from vinpaint.media import Clip


@dataclass(frozen=True)
class PromptedSource:
    """Accepts `Click`, `BoxPrompt` and `Painting` prompts."""

    title: str = "Click, box or brush"
    kinds: tuple[str, ...] = ("click", "box", "paint")

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Follow each object from its prompts through the clip.

        Raises MaskError if a prompt lies outside the clip or marks nothing.
        """
        objects, tracker = by_object(clip, prompts), load_tracker(options)
        sections = zip(objects, split(progress, len(objects)), strict=True)
        return union(
            [_follow(tracker, clip, group, part, options.note) for group, part in sections]
        )


def _follow(
    tracker: Tracker,
    clip: Clip,
    prompts: Sequence[ObjectPrompt],
    progress: Progress,
    note: Callable[[str], None] | None,
) -> MaskTrack:
    """Follow one object; its mask agrees with the clicks on each prompted frame.

    `note`: called with a sentence for each click that changes nothing.
    """
    arrived: dict[int, Bools | None] = {}
    track = tracker.follow(clip, prompts, progress=progress, on_arrival=arrived.__setitem__)
    if note is not None:
        for t, followed in arrived.items():
            on_frame = [prompt for prompt in prompts if prompt.frame == t]
            for click in unchanged_clicks(clip, tracker, on_frame, followed):
                note(describe_unchanged(click))
    clicks = [p for p in prompts if isinstance(p, Click)]
    frames = sorted({click.frame for click in clicks})
    obeyed = {t: obey(clip, track.frame(t), [c for c in clicks if c.frame == t]) for t in frames}
    return track.replaced(obeyed)


def segment_frame(
    clip: Clip,
    prompts: Sequence[Prompt],
    frame: int,
    *,
    options: TrackerOptions = TrackerOptions(),
    previous: Bools | None = None,
) -> Mask:
    """Segment the prompted objects on one frame, without following them.

    Args:
        clip: The clip to read the frame from.
        prompts: Clicks, boxes and painted masks. Those of other frames or kinds are ignored.
        frame: The frame number.
        options: Which tracker and device to use.
        previous: (H, W) bool, an existing mask that the prompts correct.

    Returns:
        The union of the objects, a mask of shape (1, H, W).

    Raises:
        MaskError: a prompt lies outside the clip, or no prompt marks the object itself.
    """
    selected = [p for p in prompts if isinstance(p, ObjectPrompt) and p.frame == frame]
    found = np.zeros((clip.height, clip.width), np.bool_)
    for group in by_object(clip, selected):
        mask = load_tracker(options).segment(clip, frame, group, previous)
        found |= obey(clip, mask, [p for p in group if isinstance(p, Click)])
    return Mask(found[None].astype(np.float32))


def prepare_frame(clip: Clip, frame: int, *, options: TrackerOptions = TrackerOptions()) -> None:
    """Let the tracker compute ahead what it needs for the first click on a frame."""
    load_tracker(options).prepare(clip, frame)


def by_object(clip: Clip, prompts: Sequence[Prompt]) -> list[list[ObjectPrompt]]:
    """Group the prompts by object; other kinds than `ObjectPrompt` are left out.

    Raises MaskError if a prompt lies outside the clip.
    """
    objects: dict[int, list[ObjectPrompt]] = {}
    for prompt in prompts:
        if isinstance(prompt, ObjectPrompt):
            _check(clip, prompt)
            objects.setdefault(prompt.object_id, []).append(prompt)
    return list(objects.values())


def _check(clip: Clip, prompt: ObjectPrompt) -> None:
    if not 0 <= prompt.frame < clip.frames:
        raise MaskError(
            f"the {prompt.kind} is on frame {prompt.frame}, but the clip has frames 0 to "
            f"{clip.frames - 1}; choose one of them"
        )
    if isinstance(prompt, BoxPrompt):
        check_box(clip, prompt.box, "box", "draw")
    elif isinstance(prompt, Click) and not clip.box.contains(prompt.x, prompt.y):
        raise MaskError(
            f"the click at {prompt.x},{prompt.y} lies outside the picture, which is "
            f"{clip.width}x{clip.height}; click inside it"
        )


def check_box(clip: Clip, box: Box, noun: str, verb: str) -> Box:
    """Return the part of a box that lies inside the frame.

    Raises MaskError if the box is empty or lies outside. `noun` and `verb` word the message: what
    the box is called, and what the user does with it.
    """
    corners = ",".join(str(edge) for edge in box)
    if box.width <= 0 or box.height <= 0:
        raise MaskError(f"the {noun} {corners} is empty; give X0,Y0,X1,Y1 with X1 > X0 and Y1 > Y0")
    inside = box.intersection(clip.box)
    if inside is None:
        raise MaskError(
            f"the {noun} {corners} lies outside the picture, "
            f"which is {clip.width}x{clip.height}; {verb} it inside"
        )
    return inside
