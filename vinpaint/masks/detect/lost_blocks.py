"""Find blocks that a decoder lost: rectangles on the block grid that suddenly show something else.

Video codecs code a frame in blocks of 16 x 16 pixels or a multiple of 8. Where data are missing, a
decoder leaves blocks of one colour, blocks of an earlier frame, or garbage. Two tests find them:

* A patch of one colour that appears suddenly and vanishes suddenly (`_FlatRuns`).
* A patch that differs from the frames before and after it, aligned by optical flow, while these
  agree with each other (`misfit_cells`). After Kokaram, "Motion Picture Restoration", 1998, SDIp.

Either counts only if its outline lies on the grid and is an edge of the picture (`on_grid`), which
objects, overlays and flashes do not fulfil.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging import flow

CELL = 8
"""Side of a grid cell in pixels; every usual codec's blocks are multiples of it."""
_FLAT_RANGE = 12
"""Largest difference of the pixels of a flat cell, in levels of any channel."""
_FLAT_DEVIATION = 2.0
_SAME_COLOUR = 10
"""Largest difference of the mean colours of two cells that count as one patch, in levels."""
_MIN_CELLS = 12
"""Minimum number of cells of a patch of one colour; strong compression leaves smaller ones."""
_MIN_WHOLE_CELLS, _MIN_WHOLE_OUTLINE = 24, 0.8
"""Minimum number of cells of a patch that is taken without peeling, and share of its outline that
is an edge."""
_MIN_JUMP = 5.0
"""Minimum difference across the outline of a lost block, in levels."""
_JUMP_RATIO = 1.7
"""Minimum ratio of the difference across the outline to the differences beside it."""
_ALONG = 3
"""Number of neighbouring cells along a line over which its jump is averaged."""
_MIN_OUTLINE = 0.65
"""Minimum share of the outline that is such an edge."""
_MIN_MARKED = 0.72
"""Minimum share of a rectangle that must differ from the frames beside it."""
_MIN_BLOCKS, _MIN_BLOCKS_ACROSS = 16, 3
"""Minimum number of blocks of 2 x 2 cells in a rectangle, and along each side. In fast motion,
strong compression leaves smaller rectangles of its own."""
_MIN_AROUND = 0.62
"""Minimum share of a rectangle's outline that is an edge."""
_MIN_SIDE = 0.4
"""The same for a single side, of which three must have it."""
_MAX_RECTANGLES = 12
_MISFIT = 9.0
"""Minimum mean difference of a lost cell from the frames beside it, in levels."""
_AGREE = 0.5
"""Largest difference between the frames beside a lost cell, relative to its own."""


@dataclass(frozen=True, repr=False)
class CellColours:
    """The grid cells of one frame. flat: (h, w) bool; mean: (h, w, 3) float32, in levels."""

    flat: Bools
    mean: Floats

    def same(self, other: CellColours) -> Bools:
        """Return the (h, w) cells that are flat in both frames, in one colour."""
        near = np.abs(self.mean - other.mean).max(axis=2) <= _SAME_COLOUR
        return np.asarray(self.flat & other.flat & near)


def _cells(image: Frames | Floats) -> np.ndarray:
    """Return (h, CELL, w, CELL, C) views of the cells; cells at the far edges are padded."""
    height, width = image.shape[:2]
    pad = ((0, -height % CELL), (0, -width % CELL), (0, 0))
    whole = np.pad(image.reshape(height, width, -1), pad, mode="edge")
    return whole.reshape(whole.shape[0] // CELL, CELL, whole.shape[1] // CELL, CELL, -1)


def cell_colours(frame: Frames) -> CellColours:
    """Find the flat cells of an (H, W, 3) frame, and their colours."""
    cells = _cells(frame)
    span = cells.max(axis=(1, 3)).astype(np.int16) - cells.min(axis=(1, 3))
    mean = cells.mean(axis=(1, 3), dtype=np.float32)
    flat = span.max(axis=2) <= _FLAT_RANGE
    return CellColours(np.asarray(flat), np.asarray(mean))


def misfit_cells(
    before: Frames, frame: Frames, after: Frames, share: float, size: tuple[int, int]
) -> Bools:
    """Return the (h, w) cells of `frame` that fit neither neighbour, though these fit each other.

    before, frame, after: (H, W) uint8 luma, possibly reduced; share: position of `frame` between
    the others, 0 to 1; size: (width, height) of the frames before they were reduced.
    """
    field = flow.estimate(before, after)
    earlier = flow.warp(before, np.asarray(-share * field, np.float32))
    later = flow.warp(after, np.asarray((1 - share) * field, np.float32))
    own = np.minimum(_difference(frame, earlier, size), _difference(frame, later, size))
    return np.asarray((own >= _MISFIT) & (_difference(earlier, later, size) <= _AGREE * own))


def _difference(first: Frames, second: Frames, size: tuple[int, int]) -> Floats:
    """Return the (h, w) mean absolute difference of every cell."""
    cells = -(-size[0] // CELL), -(-size[1] // CELL)
    difference = cv2.absdiff(first, second).astype(np.float32)
    right = round(difference.shape[1] * (cells[0] * CELL / size[0] - 1))
    below = round(difference.shape[0] * (cells[1] * CELL / size[1] - 1))
    whole = cv2.copyMakeBorder(difference, 0, below, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(whole, cells, interpolation=cv2.INTER_AREA))


def rectangles_in(cells: Bools, edges: tuple[Bools, Bools]) -> list[Bools]:
    """Return rectangles of whole blocks of 2 x 2 cells that fit the marked cells and the edges.

    Unlike `blocks_in`, gaps in the marks and in the outline are allowed: where a lost block looks
    like the picture, it has no edge. edges: the result of `grid_edges`.
    """
    height, width = cells.shape
    left = np.pad(cells, ((0, height % 2), (0, width % 2)))
    marks = left.reshape(left.shape[0] // 2, 2, left.shape[1] // 2, 2).sum(axis=(1, 3)) / 4.0
    lines = _block_lines(edges, marks.shape)
    usual = float(edges[0][:, 1::2].mean())
    found: list[Bools] = []
    while len(found) < _MAX_RECTANGLES:
        best = _best_rectangle(marks, lines, usual)
        if best is None:
            break
        marks[best] = 0.0
        rows, columns = best
        shape = np.zeros(cells.shape, np.bool_)
        shape[2 * rows.start : 2 * rows.stop, 2 * columns.start : 2 * columns.stop] = True
        found.append(shape)
    return found


def _block_lines(edges: tuple[Bools, Bools], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return the edges at the lines between blocks of 2 x 2 cells, summed along the lines.

    Returns (upright, level): (h + 1, w + 1) sums from above of edges left of a block, and from the
    left of edges above a block. The lines at the edge of the frame count half.
    """
    rows, columns = shape
    across = np.full((2 * rows, columns + 1), 0.5, np.float32)
    inner = edges[0][:, 1::2][:, : columns - 1]
    across[: inner.shape[0], 1 : 1 + inner.shape[1]] = inner
    down = np.full((rows + 1, 2 * columns), 0.5, np.float32)
    inner = edges[1][1::2][: rows - 1]
    down[1 : 1 + inner.shape[0], : inner.shape[1]] = inner
    upright = np.zeros((rows + 1, columns + 1), np.float32)
    upright[1:] = across.reshape(rows, 2, columns + 1).mean(axis=1).cumsum(axis=0)
    level = np.zeros((rows + 1, columns + 1), np.float32)
    level[:, 1:] = down.reshape(rows + 1, columns, 2).mean(axis=2).cumsum(axis=1)
    return upright, level


def _best_rectangle(
    marks: Floats, lines: tuple[Floats, Floats], usual: float
) -> tuple[slice, slice] | None:
    """Return (rows, columns) of the best rectangle with enough marks inside and edges around.

    usual: share of edges at the lines between all blocks of the frame. Frames that are blurred by
    motion and strongly compressed have many.
    """
    used = np.argwhere(marks >= 0.5)
    if len(used) < _MIN_BLOCKS:
        return None
    (top, first), (bottom, last) = used.min(axis=0), used.max(axis=0) + 1
    upright, level = (line[top:, first : last + 1] for line in lines)
    sums = np.pad(marks.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))[top:, first : last + 1]
    x = np.arange(last - first + 1)
    width = np.maximum(x[None, :] - x[:, None], 0)
    best, found = 0.0, None
    for y0 in range(bottom - top):
        for y1 in range(y0 + 1, bottom - top + 1):
            height = y1 - y0
            sides = upright[y1] - upright[y0]
            above, below = (line[None, :] - line[:, None] for line in (level[y0], level[y1]))
            around = (sides[:, None] + sides[None, :] + above + below) / (2 * (width + height))
            clear = (sides >= _MIN_SIDE * height).astype(np.int8)
            count = clear[:, None] + clear[None, :] + (above >= _MIN_SIDE * width)
            count = count + (below >= _MIN_SIDE * width)
            inside = sums[y1] - sums[y0]
            marked, area = inside[None, :] - inside[:, None], width * height
            good = (area >= _MIN_BLOCKS) & (marked >= _MIN_MARKED * area) & (count >= 3)
            good &= (width >= _MIN_BLOCKS_ACROSS) & (height >= _MIN_BLOCKS_ACROSS)
            good &= around >= max(_MIN_AROUND, 4.0 * usual)
            value = np.where(good, (2.5 * marked - 1.5 * area) * np.square(around), 0.0)
            if value.max() > best:
                best = float(value.max())
                i, j = np.unravel_index(int(value.argmax()), value.shape)
                columns = slice(int(first + i), int(first + j))
                found = slice(int(top + y0), int(top + y1)), columns
    return found


def patches(cells: Bools) -> list[Bools]:
    """Return the connected patches of cells that are large enough."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cells.astype(np.uint8), connectivity=4
    )
    return [
        np.asarray(labels == i)
        for i in range(1, count)
        if stats[i, cv2.CC_STAT_AREA] >= _MIN_CELLS
        and min(stats[i, cv2.CC_STAT_WIDTH], stats[i, cv2.CC_STAT_HEIGHT]) >= 2
    ]


def blocks_in(cells: Bools, edges: tuple[Bools, Bools]) -> list[Bools]:
    """Return the patches of marked cells whose outline lies on edges of the picture.

    A large patch whose outline has enough edges is taken as it is: through a gap, where the picture
    beside it has its colour, all of it would be peeled. All others are peeled first.

    edges: the result of `grid_edges`.
    """
    if not cells.any():
        return []
    whole = [
        patch
        for patch in patches(cells)
        if patch.sum() >= _MIN_WHOLE_CELLS and on_grid(patch, edges, share=_MIN_WHOLE_OUTLINE)
    ]
    rest = cells & ~np.logical_or.reduce([np.zeros_like(cells), *whole])
    return whole + [patch for patch in patches(peel(rest, edges)) if on_grid(patch, edges)]


def peel(cells: Bools, edges: tuple[Bools, Bools]) -> Bools:
    """Remove cells from the outside in, until the outline runs along edges of the picture.

    edges: the result of `grid_edges`. What is left of a region whose outline has no such edges is
    nothing.
    """
    across, down = (np.pad(edge, 1) for edge in edges)
    right, below = across[1:-1, 1:], down[1:, 1:-1]
    left, above = across[1:-1, :-1], down[:-1, 1:-1]
    while True:
        padded = np.pad(cells, 1, mode="edge")
        open_left, open_right = cells & ~padded[1:-1, :-2], cells & ~padded[1:-1, 2:]
        open_above, open_below = cells & ~padded[:-2, 1:-1], cells & ~padded[2:, 1:-1]
        outline = open_left * 1 + open_right + open_above + open_below
        held = (open_left & left) * 1 + (open_right & right)
        held = held + (open_above & above) + (open_below & below)
        loose = (outline > 0) & (2 * held < outline)
        if not loose.any():
            return cells
        cells = cells & ~loose


def on_grid(patch: Bools, edges: tuple[Bools, Bools], *, share: float = _MIN_OUTLINE) -> bool:
    """Return True if at least a share of the outline of a patch is an edge of the picture.

    edges: the result of `grid_edges`. The edge of the frame does not count as an outline.
    """
    across, down = edges
    sides = [across[patch[:, 1:] != patch[:, :-1]], down[patch[1:] != patch[:-1]]]
    outline = np.concatenate(sides)
    return bool(len(outline) >= 4 and outline.mean() >= share)


def grid_edges(frame: Frames) -> tuple[Bools, Bools]:
    """Return where the picture jumps between neighbouring cells, exactly at the grid line.

    Returns (across, down): (h, w - 1) bool, between a cell and the one to its right, and (h - 1, w)
    bool, between a cell and the one below.
    """
    turned = np.ascontiguousarray(frame.swapaxes(0, 1))
    return _jumps(frame), np.asarray(_jumps(turned).T)


def _jumps(frame: Frames) -> Bools:
    """Return (h, w - 1) bool: the jumps at the grid lines between columns."""
    cells = _cells(frame).astype(np.int16)
    left, right = cells[:, :, :-1], cells[:, :, 1:]
    at_line = np.abs(left[:, :, :, -1] - right[:, :, :, 0])
    beside = np.maximum(
        np.abs(left[:, :, :, -1] - left[:, :, :, -2]), np.abs(right[:, :, :, 0] - right[:, :, :, 1])
    )
    jump, usual = (
        cv2.blur(part.mean(axis=1).max(axis=2).astype(np.float32), (1, _ALONG))
        for part in (at_line, beside)
    )
    return np.asarray((jump >= _MIN_JUMP) & (jump >= _JUMP_RATIO * usual))


def pixels(cells: Bools, size: tuple[int, int]) -> Bools:
    """Return (H, W) bool pixels of the cells. `size`: (width, height) of the frame."""
    width, height = size
    return np.asarray(cells.repeat(CELL, axis=0).repeat(CELL, axis=1)[:height, :width])
