"""Outlines of masks as polygons, and the pictures that the stage loads.

Polygons are light enough to be drawn over a playing video: a few kilobytes a second, at any size
and in any colour.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import HOLE_LEVEL, Bools, Floats, Frames, MaskTrack, Progress, Span, windows
from vinpaint.ui.session.uploads import shrink

_WINDOW = 8
_TOLERANCE_PX = 0.6
_REACH_LEVEL = 0.02
"""A blend weaker than this cannot be seen."""

Polygons = list[list[int]]
"""Each polygon as x, y, x, y ..., in source pixels; holes are polygons too (even-odd rule)."""


def trace(track: MaskTrack, path: Path, *, soft: bool, progress: Progress) -> tuple[float, ...]:
    """Write the outline of every frame to `path` (JSON); return each frame's covered share.

    `soft`: also trace how far the soft edge reaches.
    """
    holes: list[Polygons] = []
    reaches: list[Polygons] = []
    areas: list[float] = []
    for span in windows(Span(0, track.frames), _WINDOW):
        for values in track.read(span).values:
            hole = values >= HOLE_LEVEL
            holes.append(polygons(hole))
            areas.append(float(np.mean(hole)))
            if soft:
                reaches.append(polygons(values > _REACH_LEVEL))
        progress(span.stop / track.frames, f"Drawing frame {span.stop} of {track.frames}")
    width, height = track.size
    outline = {"width": width, "height": height, "holes": holes, "reaches": reaches}
    path.write_text(json.dumps(outline, separators=(",", ":")), encoding="utf-8")
    return tuple(areas)


def polygons(inside: Bools) -> Polygons:
    """Return the borders of the True pixels of an (H, W) array."""
    borders, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    simple = (cv2.approxPolyDP(one, _TOLERANCE_PX, closed=True) for one in borders)
    return [one.reshape(-1).tolist() for one in simple if len(one) > 2]


def layered_png(layers: Mapping[int, Floats], *, longest_px: int) -> bytes:
    """Encode several (H, W) masks as one PNG: red is the largest value, green its object."""
    values = np.stack(list(layers.values()))
    top = values.argmax(axis=0)
    grey = np.rint(values.max(axis=0) * 255).astype(np.uint8)
    owner = np.array(list(layers), np.uint8)[top]
    small = shrink(grey, longest_px)
    if small.shape != grey.shape:
        owner = cv2.resize(owner, small.shape[::-1], interpolation=cv2.INTER_NEAREST)
    bgr = np.dstack([np.zeros_like(small), owner, small])
    _, png = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return png.tobytes()


def jpeg(rgb: Frames, *, longest_px: int) -> bytes:
    """Encode an (H, W, 3) RGB frame as a JPEG, no longer than `longest_px` on a side."""
    bgr = shrink(rgb, longest_px)[..., ::-1]
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return data.tobytes()
