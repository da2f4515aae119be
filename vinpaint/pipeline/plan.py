"""Divide the work into temporal windows, each with a box of pixels to read.

Only frames with a mask are repaired; the frames next to them serve as sources. The larger the box
of a window, the fewer frames it holds, so memory does not grow with the length of the clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vinpaint.core import Box, MaskTrack, Piece, Span
from vinpaint.media import Clip, split_shots

MAX_FRAMES = 120
"""Maximum number of frames in a window, sources included."""

MIN_FRAMES = 12
"""A window is not shortened below this number of frames, even if it exceeds `MAX_PIXELS`."""

SOURCE_FRAMES = 20
"""Maximum number of source frames on either side of the repaired frames of a window."""

MAX_PIXELS = 16_000_000
"""Maximum number of pixels in a window, over all its frames.

About 60 bytes are held per pixel, which is 1 GB. A strategy that needs less memory per pixel can
raise the limit with `Strategy.window_scale`."""

CONTEXT_PX = 112
"""Margin around the mask in pixels, needed for optical flow, texture and the hole's border."""


def plan(clip: Clip, track: MaskTrack, *, cuts: Sequence[int] = (), times: int = 1) -> list[Piece]:
    """Return the pieces of work in temporal order. Their `fill` spans do not overlap.

    Args:
        clip: The source.
        track: The tuned mask.
        cuts: The first frame of each new shot. No piece crosses a cut.
        times: Factor on `MAX_PIXELS`.
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
    """Split a piece of two or more repaired frames into two, without reading any new frames."""
    middle = piece.fill.start + piece.fill.length // 2
    first, second = Span(piece.fill.start, middle), Span(middle, piece.fill.stop)
    stop = min(piece.span.stop, middle + SOURCE_FRAMES)
    start = max(piece.span.start, middle - SOURCE_FRAMES)
    return (
        Piece(Span(piece.span.start, stop), piece.box, first),
        Piece(Span(start, piece.span.stop), piece.box, second),
    )


def _runs(bounds: list[Box | None], shot: Span) -> Iterator[Span]:
    """Yield the runs of consecutive frames in a shot that have a mask."""
    start = None
    for t, box in enumerate([*bounds[shot.start : shot.stop], None], start=shot.start):
        if box is not None and start is None:
            start = t
        elif box is None and start is not None:
            yield Span(start, t)
            start = None


def _piece(clip: Clip, bounds: list[Box | None], rest: Span, shot: Span, most_pixels: int) -> Piece:
    """Return the longest piece at the start of `rest` that fits the limits."""
    most = MAX_FRAMES
    while True:
        sources = min(SOURCE_FRAMES, most // 4)
        fill = Span(rest.start, min(rest.stop, rest.start + most - 2 * sources))
        if 0 < rest.stop - fill.stop < sources:  # avoid a very short last window
            fill = Span(rest.start, rest.start + (rest.length + 1) // 2)
        span = Span(fill.start - sources, fill.stop + sources).intersection(shot)
        box = _region(clip, bounds, span)
        fits = box.width * box.height * span.length <= most_pixels
        if fits or most <= MIN_FRAMES:
            return Piece(span, box, fill)
        most = max(MIN_FRAMES, most * 3 // 4)


def _region(clip: Clip, bounds: list[Box | None], span: Span) -> Box:
    """Return the box around the masks of `span`, enlarged by the margin."""
    boxes = [box for box in bounds[span.start : span.stop] if box is not None]
    region = boxes[0]
    for box in boxes[1:]:
        region = region.join(box)
    return region.grow(CONTEXT_PX, clip.width, clip.height)
