"""Which frames and which pixels to work on: windows in time, a region of interest in space.

Frames without a mask are not worked on; those next to it serve as sources. A window is as long
as memory allows for its region, so ten minutes cost the memory of one window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vinpaint.core import Box, MaskTrack, Piece, Span
from vinpaint.media import Clip, split_shots

MAX_FRAMES = 120
"""A window's frames, sources included."""

MIN_FRAMES = 12

SOURCE_FRAMES = 20
"""Frames before and behind a window that serve as sources."""

MAX_PIXELS = 16_000_000
"""Pixels of a window, over all its frames: about 60 bytes are held for each, so 1 GB.

A strategy that holds less of each may say that it takes more (`Strategy.window_scale`)."""

CONTEXT_PX = 112
"""Pixels around the mask: for motion, for texture, for the rim."""


def plan(clip: Clip, track: MaskTrack, *, cuts: Sequence[int] = (), times: int = 1) -> list[Piece]:
    """The pieces of work, in order of time, their `fill` spans apart from each other.

    `cuts`: the first frame of each new shot. No piece reaches over a cut: what is behind the hole
    in one shot says nothing about another. A window may hold `times` as many
    pixels as usual.
    """
    bounds = [track.bounds(t) for t in range(clip.frames)]
    pieces: list[Piece] = []
    for shot in split_shots(cuts, clip.frames):
        for run in _runs(bounds, shot):
            start = run.start
            while start < run.stop:
                piece = _piece(clip, bounds, Span(start, run.stop), shot, times * MAX_PIXELS)
                pieces.append(piece)
                start = piece.fill.stop
    return pieces


def split_piece(piece: Piece) -> tuple[Piece, Piece]:
    """A piece of two frames or more in two, each with its sources from the same span."""
    middle = piece.fill.start + piece.fill.length // 2
    first, second = Span(piece.fill.start, middle), Span(middle, piece.fill.stop)
    stop = min(piece.span.stop, middle + SOURCE_FRAMES)
    start = max(piece.span.start, middle - SOURCE_FRAMES)
    return (
        Piece(Span(piece.span.start, stop), piece.box, first),
        Piece(Span(start, piece.span.stop), piece.box, second),
    )


def _runs(bounds: list[Box | None], shot: Span) -> Iterator[Span]:
    """Stretches of a shot's frames that have a mask."""
    start = None
    for t, box in enumerate([*bounds[shot.start : shot.stop], None], start=shot.start):
        if box is not None and start is None:
            start = t
        elif box is None and start is not None:
            yield Span(start, t)
            start = None


def _piece(clip: Clip, bounds: list[Box | None], rest: Span, shot: Span, most_pixels: int) -> Piece:
    """The longest window at the start of `rest` that fits the limits."""
    most = MAX_FRAMES
    while True:
        sources = min(SOURCE_FRAMES, most // 4)
        fill = Span(rest.start, min(rest.stop, rest.start + most - 2 * sources))
        if 0 < rest.stop - fill.stop < sources:  # no tiny last window
            fill = Span(rest.start, rest.start + (rest.length + 1) // 2)
        span = Span(fill.start - sources, fill.stop + sources).intersection(shot)
        box = _region(clip, bounds, span)
        fits = box.width * box.height * span.length <= most_pixels
        if fits or most <= MIN_FRAMES:
            return Piece(span, box, fill)
        most = max(MIN_FRAMES, most * 3 // 4)


def _region(clip: Clip, bounds: list[Box | None], span: Span) -> Box:
    boxes = [box for box in bounds[span.start : span.stop] if box is not None]
    region = boxes[0]
    for box in boxes[1:]:
        region = region.join(box)
    return region.grow(CONTEXT_PX, clip.width, clip.height)
