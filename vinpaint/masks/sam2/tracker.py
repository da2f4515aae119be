"""The tracker with learned weights: SAM 2.1, from points, boxes and paintings, both ways in time.

Marked frames become conditions of the model's memory. Corrections on further frames are settled
first, on the way from the first mark; then every frame is followed with all of them in mind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    MaskError,
    Painting,
    Progress,
    Span,
)
from vinpaint.masks.base import ObjectPrompt, first_frame
from vinpaint.masks.mask_file import read_painting
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.sam2.session import ObjectSession, Sam2, labelled, load_sam2
from vinpaint.media import Clip
from vinpaint.runtime.devices import resolve_device

_WINDOW_PIXELS = 24_000_000
"""Of the clip, so much is read at once."""
_MOST_FRAMES = 16

Tick = Callable[[], None]


@dataclass(frozen=True)
class Sam2Tracker:
    """Works where its weights, `weights` in the register, have been fetched."""

    weights: str
    title: str
    device: Device = "auto"

    def ready(self) -> bool:
        """Whether the weights are on this machine."""
        return models.present(self.weights)

    def on(self, device: Device) -> Sam2Tracker:
        """The same tracker, for that device."""
        return replace(self, device=device)

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], before: Bools | None
    ) -> Bools:
        """See `Tracker.segment`. Raises MissingError where the weights are absent."""
        net = self._net()
        known = before is not None and bool(before.any())
        if not known:
            first_frame(prompts)
        _, picture = next(_pictures(clip, range(frame, frame + 1)))
        with models.inference():
            session = ObjectSession(net, (clip.width, clip.height))
            if before is not None and known and not any(isinstance(p, Painting) for p in prompts):
                session.paint(frame, picture, before)
                if not prompts:
                    return before
            return _settled(session, clip, frame, picture, prompts, known=known)

    def follow(
        self, clip: Clip, prompts: Sequence[ObjectPrompt], *, progress: Progress
    ) -> StoredTrack:
        """See `Tracker.follow`. Raises MissingError where the weights are absent."""
        import torch

        progress(0.0, f"loading {models.weights_entry(self.weights).title}")
        net = self._net()
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
    first = first_frame(prompts)
    last = clip.frames - 1
    on = {t: [p for p in prompts if p.frame == t] for t in sorted({p.frame for p in prompts})}
    ways = [range(first, max(on) + 1), range(first, min(on) - 1, -1)]
    ends = [range(first, last + 1), range(first, -1, -1)]
    tick = _ticker(progress, sum(len(way) for way in (*ways, *ends)))
    session = ObjectSession(net, (clip.width, clip.height))
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    _, picture = next(_pictures(clip, range(first, first + 1)))
    start = _settled(session, clip, first, picture, on[first], known=False)
    if not start.any():
        raise MaskError(
            f"nothing was found at the mark on frame {first}; "
            "mark the object with a box or paint it"
        )
    builder.put(first, start)
    for way in ways:
        _settle(session, clip, way, on, builder, tick)
    for way in ends:
        _run(session, clip, way, on, builder, tick)
    return builder.build()


def _settle(
    session: ObjectSession,
    clip: Clip,
    way: range,
    on: dict[int, list[ObjectPrompt]],
    builder: TrackBuilder,
    tick: Tick,
) -> None:
    """The marked frames of `way` after its first, each with what came before it in mind."""
    session.forget_steps()
    for t, picture in _pictures(clip, way[1:]):
        tick()
        if t in on:
            builder.put(t, _settled(session, clip, t, picture, on[t], known=True))
        else:
            session.step(t, picture, back=way.step < 0)


def _run(
    session: ObjectSession,
    clip: Clip,
    way: range,
    on: dict[int, list[ObjectPrompt]],
    builder: TrackBuilder,
    tick: Tick,
) -> None:
    """Every frame of `way` that is not marked, from all that are."""
    session.forget_steps()
    for t, picture in _pictures(clip, way[1:]):
        tick()
        if t not in on:
            builder.put(t, session.step(t, picture, back=way.step < 0))


def _settled(
    session: ObjectSession,
    clip: Clip,
    t: int,
    picture: Frames,
    prompts: Sequence[ObjectPrompt],
    *,
    known: bool,
) -> Bools:
    """(H, W): what the prompts of frame `t` say, told to the session as well."""
    painted = [read_painting(clip, p.path) for p in prompts if isinstance(p, Painting)]
    clicks = [p for p in prompts if isinstance(p, Click)]
    boxes = [p for p in prompts if isinstance(p, BoxPrompt)]
    if painted:
        mask = np.logical_or.reduce(painted)
        session.paint(t, picture, mask)
        if not clicks and not boxes:
            return np.asarray(mask)
    elif len(boxes) > 1:
        mask = _in_boxes(session, t, picture, boxes, clicks)
        session.paint(t, picture, mask)
        return mask
    box = boxes[0] if boxes else None
    points = labelled(clicks, box, session.size, session.net.side_px)
    return session.mark(t, picture, points, known=known or bool(painted))


def _in_boxes(
    session: ObjectSession,
    t: int,
    picture: Frames,
    boxes: Sequence[BoxPrompt],
    clicks: Sequence[Click],
) -> Bools:
    """The model takes one box a look: each is looked at alone, with the clicks that lie in it.

    Clicks that add and lie in no box are one more look.
    """
    looks: list[tuple[BoxPrompt | None, list[Click]]] = [
        (box, [click for click in clicks if _holds(box, click)]) for box in boxes
    ]
    loose = [c for c in clicks if c.add and not any(_holds(box, c) for box in boxes)]
    if loose:
        looks.append((None, loose))
    found = np.zeros(picture.shape[:2], np.bool_)
    for box, inside in looks:
        alone = ObjectSession(session.net, session.size)
        points = labelled(inside, box, session.size, session.net.side_px)
        found |= alone.mark(t, picture, points, known=False)
    return found


def _holds(box: BoxPrompt, click: Click) -> bool:
    x0, y0, x1, y1 = box.box
    return x0 <= click.x < x1 and y0 <= click.y < y1


def _pictures(clip: Clip, frames: range) -> Iterator[tuple[int, Frames]]:
    """(frame number, (H, W, 3) RGB) in the range's order, read a few at a time."""
    count = max(1, min(_MOST_FRAMES, _WINDOW_PIXELS // (clip.width * clip.height)))
    with clip.reopen() as clip:
        for at in range(0, len(frames), count):
            window = frames[at : at + count]
            start = min(window)
            seen = clip.read(Span(start, max(window) + 1)).frames
            for t in window:
                yield t, seen[t - start]


def _ticker(progress: Progress, total: int) -> Tick:
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(min(done / total, 1.0), "following the object")

    return tick
