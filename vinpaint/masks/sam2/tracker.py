"""The SAM 2.1 tracker: follows an object from clicks, boxes and painted masks.

The masks of prompted frames condition the model. They are computed first, forwards and then
backwards from the first prompted frame, since a prompt on a further frame corrects what is found
there. Then all other frames are followed in both directions, conditioned on all prompted frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from vinpaint import models
from vinpaint.core import (
    Bools,
    BoxPrompt,
    Click,
    Device,
    Frames,
    LimitError,
    Painting,
    Progress,
    Span,
    no_op,
)
from vinpaint.masks.base import ObjectPrompt, OnArrival, Tick, check_found, start_frame, ticker
from vinpaint.masks.mask_file import read_paintings
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.sam2.session import ObjectSession, Sam2, labelled_points, load_sam2
from vinpaint.media import Clip
from vinpaint.runtime.devices import resolve_device

_READ_PIXELS = 24_000_000
_READ_FRAMES = 16
"""Maximum number of pixels and of frames that are decoded at once."""


@dataclass(frozen=True)
class Sam2Tracker:
    """A SAM 2.1 tracker. `weights`: the name of its weights in the model registry."""

    weights: str
    title: str
    device: Device = "auto"
    has_levels: bool = True
    """Follows the level of a click that is alone on its frame; the model has three levels."""

    def ready(self) -> bool:
        """Return True if the weights are on this machine."""
        return models.present(self.weights)

    def for_device(self, device: Device) -> Sam2Tracker:
        """Return the same tracker for another device."""
        return replace(self, device=device)

    def prepare(self, clip: Clip, frame: int) -> None:
        """See `Tracker.prepare`. The network is loaded; it is the same for all frames."""
        self._net()

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], previous: Bools | None
    ) -> Bools:
        """See `Tracker.segment`. Also raises MissingError if the weights are missing."""
        net = self._net()
        corrects = previous is not None and bool(previous.any())
        if not corrects:
            start_frame(prompts)
        _, picture = next(_pictures(clip, range(frame, frame + 1)))
        with models.inference():
            session = ObjectSession(net, (clip.width, clip.height))
            painted = any(isinstance(p, Painting) for p in prompts)
            if previous is not None and corrects and not painted:
                session.paint(frame, picture, previous)
                if not prompts:
                    return previous
            return _resolve(session, clip, frame, picture, prompts, corrects=corrects)

    def follow(
        self,
        clip: Clip,
        prompts: Sequence[ObjectPrompt],
        *,
        progress: Progress,
        on_arrival: OnArrival = no_op,
    ) -> StoredTrack:
        """See `Tracker.follow`. `on_arrival` is called for the first prompted frame only.

        Also raises MissingError if the weights are missing, LimitError if GPU memory runs out.
        """
        import torch

        progress(0.0, f"loading {models.weights_entry(self.weights).title}")
        net = self._net()
        on_arrival(start_frame(prompts), None)
        try:
            with models.inference():
                return _follow(net, clip, prompts, progress)
        except torch.OutOfMemoryError as error:
            raise LimitError(
                f"the graphics card ran out of memory with {self.title}; close what else uses it, "
                "or choose the tracker 'sam2-tiny' or 'free'"
            ) from error

    def _net(self) -> Sam2:
        device = resolve_device(self.device)
        return models.load_cached(
            self.weights,
            load_sam2,
            device=device,
            dtype="bfloat16" if device == "cuda" else "float32",
            instead="choose the tracker 'free', which needs no weights",
        )


def _follow(
    net: Sam2, clip: Clip, prompts: Sequence[ObjectPrompt], progress: Progress
) -> StoredTrack:
    start = start_frame(prompts)
    marked = {t: [p for p in prompts if p.frame == t] for t in sorted({p.frame for p in prompts})}
    corrections = [range(start, max(marked) + 1), range(start, min(marked) - 1, -1)]
    directions = [range(start, clip.frames), range(start, -1, -1)]
    total = sum(len(frames) for frames in (*corrections, *directions))
    tick = ticker(progress, total, "following the object")
    session = ObjectSession(net, (clip.width, clip.height))
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    _, picture = next(_pictures(clip, range(start, start + 1)))
    mask = _resolve(session, clip, start, picture, marked[start], corrects=False)
    check_found(mask, start)
    builder.put(start, mask)
    for frames in corrections:
        for t, picture in _stepped(session, clip, frames, tick):
            if t in marked:
                mask = _resolve(session, clip, t, picture, marked[t], corrects=True)
                builder.put(t, mask)
            else:
                session.step(t, picture, back=frames.step < 0)
    for frames in directions:
        for t, picture in _stepped(session, clip, frames, tick):
            if t not in marked:
                builder.put(t, session.step(t, picture, back=frames.step < 0))
    return builder.build()


def _stepped(
    session: ObjectSession, clip: Clip, frames: range, tick: Tick
) -> Iterator[tuple[int, Frames]]:
    """Yield (frame number, picture) after the first of `frames`.

    Starts by clearing all but the prompted frames from the memory of the session.
    """
    session.forget_steps()
    for t, picture in _pictures(clip, frames[1:]):
        tick()
        yield t, picture


def _resolve(
    session: ObjectSession,
    clip: Clip,
    t: int,
    picture: Frames,
    prompts: Sequence[ObjectPrompt],
    *,
    corrects: bool,
) -> Bools:
    """Return the (H, W) mask that the prompts of frame `t` give, and condition the session on it.

    corrects: the prompts correct what the session would find on this frame.
    """
    painted = read_paintings(clip, prompts)
    clicks = [p for p in prompts if isinstance(p, Click)]
    boxes = [p for p in prompts if isinstance(p, BoxPrompt)]
    if painted is not None:
        session.paint(t, picture, painted)
        if not clicks and not boxes:
            return painted
    elif len(boxes) > 1:
        mask = _segment_boxes(session, t, picture, boxes, clicks)
        session.paint(t, picture, mask)
        return mask
    box = boxes[0] if boxes else None
    points = labelled_points(clicks, box, session.size, session.net.side_px)
    corrects = corrects or painted is not None
    return session.mark(t, picture, points, corrects=corrects, level=_level(clicks, box))


def _level(clicks: Sequence[Click], box: BoxPrompt | None) -> int:
    """Return the level of the only click; 0 if there are several or a box."""
    return clicks[0].level if len(clicks) == 1 and box is None else 0


def _segment_boxes(
    session: ObjectSession,
    t: int,
    picture: Frames,
    boxes: Sequence[BoxPrompt],
    clicks: Sequence[Click],
) -> Bools:
    """Segment each box separately, with the clicks inside it, and return the union, (H, W) bool.

    The model takes only one box at a time. Clicks on the object outside of all boxes are segmented
    together; 'not this' clicks there are ignored.
    """
    groups: list[tuple[BoxPrompt | None, list[Click]]] = [
        (box, [c for c in clicks if box.box.contains(c.x, c.y)]) for box in boxes
    ]
    loose = [c for c in clicks if c.add and not any(box.box.contains(c.x, c.y) for box in boxes)]
    if loose:
        groups.append((None, loose))
    found = np.zeros(picture.shape[:2], np.bool_)
    for box, inside in groups:
        alone = ObjectSession(session.net, session.size)
        points = labelled_points(inside, box, session.size, session.net.side_px)
        level = _level(inside, box)
        found |= alone.mark(t, picture, points, corrects=False, level=level)
    return found


def _pictures(clip: Clip, frames: range) -> Iterator[tuple[int, Frames]]:
    """Yield (frame number, (H, W, 3) uint8 RGB) in the order of `frames`, which may be reversed."""
    count = max(1, min(_READ_FRAMES, _READ_PIXELS // (clip.width * clip.height)))
    with clip.reopen() as own:
        for at in range(0, len(frames), count):
            window = frames[at : at + count]
            start = min(window)
            images = own.read(Span(start, max(window) + 1)).frames
            for t in window:
                yield t, images[t - start]
