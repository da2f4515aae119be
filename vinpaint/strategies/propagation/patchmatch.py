"""Texture for what no frame ever shows: PatchMatch, in a child process since it cannot be stopped.

PatchMatch: Barnes, Shechtman, Finkelstein and Goldman, "PatchMatch: A Randomized Correspondence
Algorithm for Structural Image Editing", 2009; the library is PyPatchMatch (MIT). Where it has no
build (Linux on Arm), OpenCV's Telea inpainting stands in.
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

from vinpaint.core import Bools, Box, Frames, VinpaintError, bounding_box
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.runtime.worker import WorkerProcess

log = logging.getLogger(__name__)

PATCH_PX, LARGE_PATCH_PX = 5, 7
"""The radius of a patch, and that in a hole that is deep: there 5 made one dark torn patch of a
crowd's legs (DAVIS breakdance); 9 gains nothing, and 7 takes twice as long."""

_DEEP_PX = 20.0
_THIN_PX = 2.0
"""What is nowhere farther than this from its rim shows no texture: a membrane closes it."""

_TONE_SHARE = 0.24
"""Of how deep the hole is: the deviation of the blur that tells tone from texture."""
_LEAST_TONE_PX = 3.0
_TONE_LEVELS = 12.0
"""So far the tone of what is made may be from that of its rim."""

_RIM_PX = 16
"""So far around the hole pixels say what colour to expect in it."""

_CONTEXT_PX = 32
_SECONDS = 600.0
_MEMORY_GB = 16.0
_MOST_HOLE = 0.85
"""Beyond this share PatchMatch finds too few patches and leaves black; a membrane closes it."""


def has_patchmatch() -> bool:
    """Whether PatchMatch is here."""
    return importlib.util.find_spec("patchmatch") is not None


class TextureSynthesizer(Protocol):
    """Makes what no frame shows, in one frame at a time."""

    def warm(self) -> None:
        """Get ready beside other work: soon there will be something to make."""
        ...

    def fill(
        self, frame: Frames, hole: Bools, *, keep_out: Bools, beat: Callable[[], None]
    ) -> Frames:
        """The frame with its hole filled, all else as it was.

        frame: (H, W, 3); hole: (H, W), not everywhere true; keep_out: (H, W), what moves in front
        and is not to be copied; beat: called often while it works, and may raise to stop it.
        """
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...


class PatchMatchTexture:
    """Fills holes of single frames; holds its child process until it is closed."""

    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._child: WorkerProcess | None = None
        self._warming: threading.Thread | None = None

    def warm(self) -> None:
        """Start the child now, beside other work: it takes as long as a small fill."""
        if has_patchmatch() and self._child is None:
            self._child = WorkerProcess(memory_gb=_MEMORY_GB)
            self._warming = threading.Thread(target=_wake, args=(self._child,), daemon=True)
            self._warming.start()

    def _warmed(self) -> WorkerProcess:
        if self._child is None:
            self._child = WorkerProcess(memory_gb=_MEMORY_GB)
        if self._warming is not None:
            self._warming.join()
            self._warming = None
        return self._child

    def close(self) -> None:
        """End the child process."""
        if self._child is None:
            return
        self._child.kill()
        if self._warming is not None:  # before its pipe is closed under it
            self._warming.join()
            self._warming = None
        self._child.close()
        self._child = None

    def fill(
        self, frame: Frames, hole: Bools, *, keep_out: Bools, beat: Callable[[], None]
    ) -> Frames:
        """The frame with its hole filled.

        frame: (H, W, 3); hole: (H, W), not everywhere true; keep_out: (H, W), what no texture is
        copied from; beat: called often while it works, and may raise to stop it.
        """
        thin, hole, depth_px = _by_depth(hole)
        frame = smoothed(frame, thin)
        around = bounding_box(hole)
        if around is None:
            return frame
        box = _with_context(around, hole)
        if hole[box.slices].mean() > _MOST_HOLE:
            plate = solve_membrane(frame[box.slices].astype(np.float32), ~hole[box.slices])
            part = np.clip(np.rint(plate), 0, 255).astype(np.uint8)
        elif has_patchmatch():
            part = self._warmed().call(
                _patchmatch,
                frame[box.slices].copy(),
                hole[box.slices].copy(),
                (keep_out & ~hole)[box.slices].copy(),
                LARGE_PATCH_PX if depth_px > _DEEP_PX else PATCH_PX,
                self._seed,
                seconds=_SECONDS,
                heartbeat=beat,
            )
        else:
            log.warning("PatchMatch has no build for this machine; Telea's inpainting stands in")
            part = _telea(frame[box.slices], hole[box.slices])
        filled = frame.copy()
        filled[box.slices] = np.where(hole[box.slices][..., None], part, frame[box.slices])
        rim = around.grow(_RIM_PX, hole.shape[1], hole.shape[0]).slices
        filled[rim] = toned(filled[rim], hole[rim], ~(hole | keep_out)[rim])
        return filled


def smoothed(frame: Frames, area: Bools) -> Frames:
    """The frame with a membrane over `area`."""
    around = bounding_box(area)
    if around is None:
        return frame
    box = around.grow(_RIM_PX, area.shape[1], area.shape[0]).slices
    plate = solve_membrane(frame[box].astype(np.float32), ~area[box])
    filled = frame.copy()
    filled[box] = np.clip(np.rint(plate), 0, 255).astype(np.uint8)
    return filled


def _by_depth(hole: Bools) -> tuple[Bools, Bools, float]:
    """(thin pieces of the hole, all others, how deep these are): (H, W) bool twice, pixels."""
    depth = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3)
    count, pieces = cv2.connectedComponents(hole.astype(np.uint8))
    deepest = np.zeros(count, np.float32)
    np.maximum.at(deepest, pieces[hole], depth[hole])
    deep = (deepest > _THIN_PX)[pieces] & hole
    return hole & ~deep, deep, float(deepest.max())


def _wake(child: WorkerProcess) -> None:
    with contextlib.suppress(VinpaintError):  # whoever needs the child is told then
        child.call(_load, seconds=_SECONDS)


def _load() -> None:
    import patchmatch.patch_match  # noqa: F401


def _with_context(around: Box, hole: Bools) -> Box:
    """The hole's box with texture around it to copy from; more where most of it is hole."""
    height, width = hole.shape
    margin = max(_CONTEXT_PX, max(around.width, around.height) // 2)
    box = around.grow(margin, width, height)
    while hole[box.slices].mean() > 0.7 and (box.width < width or box.height < height):
        margin *= 2
        box = around.grow(margin, width, height)
    return box


def _patchmatch(frame: Frames, hole: Bools, keep_out: Bools, patch_px: int, seed: int) -> Frames:
    from patchmatch import patch_match

    patch_match.set_random_seed(seed)
    small = min(*hole.shape) < 4 * patch_px
    radius = max(1, min(hole.shape) // 8) if small else patch_px
    mask = hole.astype(np.uint8) * 255
    barred = keep_out.astype(np.uint8) * 255
    if (hole | keep_out).mean() > _MOST_HOLE:
        barred[:] = 0
    filled = patch_match.inpaint(frame, mask, global_mask=barred, patch_size=radius)
    return np.asarray(filled, np.uint8)


def toned(frame: Frames, hole: Bools, known: Bools) -> Frames:
    """The frame with what was made in its hole, the tone of that no farther from the rim's.

    frame: (H, W, 3); hole: (H, W), what was made; known: (H, W), the pixels that say what tone to
    expect. PatchMatch may copy a dark part of the picture into the middle of a light one:
    no rim is near to object. A membrane over the rim says what tone lies there; what the blurred
    fill differs from it by more than `_TONE_LEVELS` is taken off.
    """
    if not known.any():
        return frame
    expected = solve_membrane(frame.astype(np.float32), known)
    weight = hole.astype(np.float32)
    depth = float(cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 3).max())
    sigma = max(_LEAST_TONE_PX, _TONE_SHARE * depth)
    apart = cv2.GaussianBlur((expected - frame) * weight[..., None], (0, 0), sigma)
    apart /= cv2.GaussianBlur(weight, (0, 0), sigma)[..., None] + 1e-6
    too_far = (apart - np.clip(apart, -_TONE_LEVELS, _TONE_LEVELS)) * weight[..., None]
    return np.asarray(np.clip(np.rint(frame + too_far), 0, 255), np.uint8)


def _telea(frame: Frames, hole: Bools) -> Frames:
    mask = hole.astype(np.uint8)
    return np.asarray(cv2.inpaint(np.ascontiguousarray(frame), mask, 5, cv2.INPAINT_TELEA))
