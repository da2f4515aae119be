"""Search a shot for lost blocks, frame by frame, with a few frames in memory."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import cv2
import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.imaging import flow
from vinpaint.masks.detect import lost_blocks
from vinpaint.masks.detect.lost_blocks import CellColours

_GAPS = ((1, 1), (1, 2), (2, 1))
"""Distances of the frames before and after that a frame is compared with. The second and the third
find blocks that stay for two frames."""
_REACH = 2
_MAX_RUN_FRAMES = 75
"""A patch of one colour that stays longer is a part of the picture."""
_GOES_ON = 0.5
"""Minimum share of a patch that keeps its colour on the next frame."""
_SUDDEN = 0.7
"""Minimum share of a patch that vanishes without a patch of its colour near by."""
_WORK_SIDE_PX = 480
"""Longer side of the pictures that are aligned."""


@dataclass(repr=False)
class _Run:
    """A patch of one colour. start: its first frame; cells: (h, w) bool; began: suddenly."""

    start: int
    cells: Bools
    began: bool


@dataclass(repr=False)
class BlockSearch:
    """Finds the lost blocks of one shot. Call `add` for every frame in order, then `finish`.

    size: (width, height) in pixels; found: cells by frame number.
    """

    size: tuple[int, int]
    found: dict[int, Bools] = field(default_factory=dict)
    _runs: list[_Run] = field(default_factory=list)
    _last: CellColours | None = None
    _window: deque[tuple[int, Frames, Frames]] = field(default_factory=lambda: deque(maxlen=5))
    """Number, frame and reduced luma of the latest frames."""

    def add(self, t: int, frame: Frames) -> None:
        """Add the next frame, (H, W, 3) uint8."""
        colours, edges = lost_blocks.cell_colours(frame), lost_blocks.grid_edges(frame)
        first = self._last is None
        new = colours.flat if self._last is None else colours.flat & ~colours.same(self._last)
        self._continue_runs(t, colours)
        self._runs += [
            _Run(t, patch, began=not first) for patch in lost_blocks.blocks_in(new, edges)
        ]
        self._last = colours
        scale = min(1.0, _WORK_SIDE_PX / max(self.size))
        small = round(self.size[0] * scale), round(self.size[1] * scale)
        luma = cv2.resize(flow.grey(frame), small, interpolation=cv2.INTER_AREA)
        self._window.append((t, frame, np.asarray(luma)))
        if len(self._window) > _REACH:
            self._compare(len(self._window) - 1 - _REACH)

    def finish(self) -> dict[int, Bools]:
        """Compare the last frames, accept patches that stay to the end, and return `found`."""
        for place in range(max(0, len(self._window) - _REACH), len(self._window)):
            self._compare(place)
        stop = self._window[-1][0] + 1 if self._window else 0
        for run in self._runs:
            if run.began:
                self._accept(run, stop)
        self._runs = []
        return self.found

    def _continue_runs(self, t: int, colours: CellColours) -> None:
        """Drop the runs that end before frame `t`, and accept those that end suddenly."""
        if self._last is None:
            return
        same = colours.same(self._last)
        kept: list[_Run] = []
        for run in self._runs:
            if same[run.cells].mean() >= _GOES_ON:
                kept += [run] if t - run.start < _MAX_RUN_FRAMES else []
            elif (~same[run.cells]).mean() >= _SUDDEN:
                self._accept(run, t)
        self._runs = kept

    def _accept(self, run: _Run, stop: int) -> None:
        for t in range(run.start, stop):
            self._mark(t, run.cells)

    def _mark(self, t: int, cells: Bools) -> None:
        self.found[t] = self.found[t] | cells if t in self.found else cells

    def _compare(self, place: int) -> None:
        """Find cells of a frame of the window that fit none of the frames beside it."""
        t, frame, luma = self._window[place]
        cells: Bools | None = None
        for before, after in _GAPS:
            if place - before < 0 or place + after >= len(self._window):
                continue
            earlier, later = self._window[place - before][2], self._window[place + after][2]
            share = before / (before + after)
            misfit = lost_blocks.misfit_cells(earlier, luma, later, share, self.size)
            cells = misfit if cells is None else cells | misfit
        if cells is None or not cells.any():
            return
        edges = lost_blocks.grid_edges(frame)
        for patch in lost_blocks.rectangles_in(cells, edges):
            self._mark(t, patch)
