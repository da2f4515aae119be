"""Encode masks as polygons and images, and frames as JPEG, for the stage.

Polygons take a few kilobytes per second of video, so they can be drawn over a playing video at any
size.
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
"""Mask values up to this threshold are treated as invisible."""

Polygons = list[list[int]]
"""Polygons as [x, y, x, y, ...] in source pixels, filled by the even-odd rule."""


def trace(track: MaskTrack, path: Path, *, soft: bool, progress: Progress) -> tuple[float, ...]:
    """Write the outline of a mask on every frame to a JSON file.

    Args:
        track: The mask.
        path: The file.
        soft: Include the outline of the soft edge.
        progress: Called with the progress.

    Returns:
        The share of each frame that the hole covers, 0 to 1.
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
    """Return the outlines of the True pixels of an (H, W) array, inner ones included."""
    borders, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    simple = (cv2.approxPolyDP(one, _TOLERANCE_PX, closed=True) for one in borders)
    return [one.reshape(-1).tolist() for one in simple if len(one) > 2]


def layered_png(layers: Mapping[int, Floats], *, longest_px: int) -> bytes:
    """Encode several (H, W) masks as one PNG.

    Red is the largest mask value of a pixel, 0 to 255, and green the number of its object.
    """
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
    """Encode an (H, W, 3) RGB frame as JPEG, scaled down to at most `longest_px` on a side."""
    bgr = shrink(rgb, longest_px)[..., ::-1]
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return data.tobytes()
