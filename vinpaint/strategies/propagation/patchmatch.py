"""Synthesise texture for pixels that no frame shows, by PatchMatch in a worker process.

A separate process can be stopped in the middle of a fill, and limited in memory.

PatchMatch: Barnes, Shechtman, Finkelstein and Goldman, "PatchMatch: A Randomized Correspondence
Algorithm for Structural Image Editing", 2009; the library is PyPatchMatch (MIT). On platforms
without a build of it (Linux on Arm), OpenCV's Telea inpainting is used instead.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import threading
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, VinpaintError, bounding_box
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.runtime.worker import WorkerProcess

log = logging.getLogger(__name__)

PATCH_RADIUS_PX, LARGE_PATCH_RADIUS_PX = 5, 7
"""Patch radius for most holes, and for deep ones. In a deep hole a radius of 5 produced a dark,
torn patch (the legs of the crowd in DAVIS breakdance). A radius of 9 is no better than 7; 7 takes
twice the time of 5."""

_DEEP_PX = 20.0
"""Depth (largest distance to the border) above which a hole is deep."""
_THIN_PX = 2.0
"""Components of the hole no deeper than this are too thin for texture and filled with a
membrane."""

_TONE_SHARE = 0.24
"""Standard deviation of the blur that separates tone from texture, as a share of the hole's
depth."""
_MIN_TONE_PX = 3.0
_TONE_LEVELS = 12.0
"""Largest accepted difference of tone between the fill and its border."""

_BORDER_PX = 16
"""Width of the ring around the hole from which the expected tone is interpolated."""

_CONTEXT_PX = 32
_SECONDS = 600.0
_MEMORY_GB = 16.0
_MAX_HOLE_SHARE = 0.85
"""If the hole covers a larger share of the crop, PatchMatch finds too few patches and leaves black
pixels, so a membrane is used instead."""


def has_patchmatch() -> bool:
    """Return whether PatchMatch is installed."""
    return importlib.util.find_spec("patchmatch") is not None


class TextureSynthesizer(Protocol):
    """Interface of generators for pixels that no frame shows; they fill one frame at a time."""

    def warm(self) -> None:
        """Prepare for a call of `fill`, for example load a model or start a process."""
        ...

    def fill(
        self, frame: Frames, hole: Bools, *, keep_out: Bools, heartbeat: Callable[[], None]
    ) -> Frames:
        """Return the frame with its hole filled and all other pixels unchanged.

        Args:
            frame: (H, W, 3) uint8.
            hole: (H, W) bool, not True everywhere.
            keep_out: (H, W) bool, the foreground, which must not be copied into the hole.
            heartbeat: called often during the work; it may raise to stop it.
        """
        ...

    def close(self) -> None:
        """Release all resources."""
        ...


class PatchMatchTexture:
    """A `TextureSynthesizer` that uses PatchMatch. Call `close` to end its worker process."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._worker: WorkerProcess | None = None
        self._warming: threading.Thread | None = None

    def warm(self) -> None:
        """Start the worker process in a background thread; that takes as long as a small fill."""
        if has_patchmatch() and self._worker is None:
            self._worker = WorkerProcess(memory_gb=_MEMORY_GB)
            self._warming = threading.Thread(target=_load_in, args=(self._worker,), daemon=True)
            self._warming.start()

    def _ready_worker(self) -> WorkerProcess:
        if self._worker is None:
            self._worker = WorkerProcess(memory_gb=_MEMORY_GB)
        self._join_warming()
        return self._worker

    def _join_warming(self) -> None:
        if self._warming is not None:
            self._warming.join()
            self._warming = None

    def close(self) -> None:
        """End the worker process."""
        if self._worker is not None:
            self._worker.kill()
            self._join_warming()  # before its pipe is closed
            self._worker.close()
            self._worker = None

    def fill(
        self, frame: Frames, hole: Bools, *, keep_out: Bools, heartbeat: Callable[[], None]
    ) -> Frames:
        """See `TextureSynthesizer.fill`."""
        thin, hole, depth_px = _split_by_depth(hole)
        frame = fill_smoothly(frame, thin)
        around = bounding_box(hole)
        if around is None:
            return frame
        inside = _with_context(around, hole).slices
        image, area = frame[inside], hole[inside]
        if area.mean() > _MAX_HOLE_SHARE:
            texture = _to_levels(solve_membrane(image.astype(np.float32), ~area))
        elif has_patchmatch():
            texture = self._ready_worker().call(
                _patchmatch,
                image.copy(),
                area.copy(),
                (keep_out & ~hole)[inside].copy(),
                LARGE_PATCH_RADIUS_PX if depth_px > _DEEP_PX else PATCH_RADIUS_PX,
                self._seed,
                seconds=_SECONDS,
                heartbeat=heartbeat,
            )
        else:
            log.warning("PatchMatch has no build for this machine; Telea's inpainting is used")
            image = np.ascontiguousarray(image)
            texture = cv2.inpaint(image, area.astype(np.uint8), 5, cv2.INPAINT_TELEA)
        filled = frame.copy()
        filled[inside] = np.where(area[..., None], texture, image)
        ring = around.grow(_BORDER_PX, hole.shape[1], hole.shape[0]).slices
        filled[ring] = match_tone(filled[ring], hole[ring], ~(hole | keep_out)[ring])
        return filled


def fill_smoothly(frame: Frames, area: Bools) -> Frames:
    """Return the frame with `area` (H, W) interpolated by a membrane."""
    around = bounding_box(area)
    if around is None:
        return frame
    box = around.grow(_BORDER_PX, area.shape[1], area.shape[0]).slices
    filled = frame.copy()
    filled[box] = _to_levels(solve_membrane(frame[box].astype(np.float32), ~area[box]))
    return filled


def _to_levels(values: Floats) -> Frames:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _split_by_depth(hole: Bools) -> tuple[Bools, Bools, float]:
    """Return (thin components of the hole, all others, largest depth of the hole in pixels)."""
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    count, pieces = cv2.connectedComponents(hole.astype(np.uint8))
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, pieces[hole], depth[hole])
    deep = (deepest > _THIN_PX)[pieces] & hole
    return hole & ~deep, deep, float(deepest.max())


def _load_in(worker: WorkerProcess) -> None:
    with contextlib.suppress(VinpaintError):  # the call that needs the worker raises it again
        worker.call(_load, seconds=_SECONDS)


def _load() -> None:
    import patchmatch.patch_match  # noqa: F401


def _with_context(around: Box, hole: Bools) -> Box:
    """Grow the hole's box to include texture to copy from, until at most 70 % of it is hole."""
    height, width = hole.shape
    margin = max(_CONTEXT_PX, max(around.width, around.height) // 2)
    box = around.grow(margin, width, height)
    while hole[box.slices].mean() > 0.7 and (box.width < width or box.height < height):
        margin *= 2
        box = around.grow(margin, width, height)
    return box


def _patchmatch(frame: Frames, hole: Bools, keep_out: Bools, radius_px: int, seed: int) -> Frames:
    from patchmatch import patch_match

    patch_match.set_random_seed(seed)
    if min(*hole.shape) < 4 * radius_px:
        radius_px = max(1, min(hole.shape) // 8)
    mask = hole.astype(np.uint8) * 255
    barred = keep_out.astype(np.uint8) * 255
    if (hole | keep_out).mean() > _MAX_HOLE_SHARE:
        barred[:] = 0
    filled = patch_match.inpaint(frame, mask, global_mask=barred, patch_size=radius_px)
    return np.asarray(filled, np.uint8)


def match_tone(frame: Frames, hole: Bools, known: Bools) -> Frames:
    """Return the frame with the tone of its filled hole limited to the tone of its surroundings.

    PatchMatch may copy a dark part of the picture into the middle of a light one, far from any
    border. The expected tone is a membrane over the known pixels. Where the blurred fill differs
    from it by more than `_TONE_LEVELS`, the excess is removed.

    Args:
        frame: (H, W, 3) uint8.
        hole: (H, W) bool, the filled area.
        known: (H, W) bool, pixels from which the expected tone is interpolated.
    """
    if not known.any():
        return frame
    expected = solve_membrane(frame.astype(np.float32), known)
    weight = hole.astype(np.float32)
    depth = float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3).max())
    sigma = max(_MIN_TONE_PX, _TONE_SHARE * depth)
    difference = cv2.GaussianBlur((expected - frame) * weight[..., None], (0, 0), sigma)
    difference /= cv2.GaussianBlur(weight, (0, 0), sigma)[..., None] + 1e-6
    excess = difference - np.clip(difference, -_TONE_LEVELS, _TONE_LEVELS)
    return _to_levels(frame + excess * weight[..., None])
