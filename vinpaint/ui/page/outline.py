"""The mask's outline as polygons: light enough to be drawn over a playing video.

A picture of every mask would have to be encoded again for each colour and each change; polygons
weigh a few kilobytes a second and the browser draws them at any size.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import HOLE_LEVEL, Bools, Floats, Frames, MaskTrack, Progress, Span, windows

_WINDOW = 8
_TOLERANCE_PX = 0.6
_REACH_LEVEL = 0.02
"""Below this a blend cannot be seen."""

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
            holes.append(polygons(values >= HOLE_LEVEL))
            areas.append(float(np.mean(values >= HOLE_LEVEL)))
            if soft:
                reaches.append(polygons(values > _REACH_LEVEL))
        progress(span.stop / track.frames, f"Drawing frame {span.stop} of {track.frames}")
    width, height = track.size
    drawn = {"width": width, "height": height, "holes": holes, "reaches": reaches}
    path.write_text(json.dumps(drawn, separators=(",", ":")))
    return tuple(areas)


def polygons(inside: Bools) -> Polygons:
    """The borders of the true pixels of an (H, W) array."""
    found, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    simple = (cv2.approxPolyDP(one, _TOLERANCE_PX, closed=True) for one in found)
    return [one.reshape(-1).tolist() for one in simple if len(one) > 2]


def layered_png(layers: Mapping[int, Floats], *, longest_px: int) -> bytes:
    """Several (H, W) masks as one PNG: red the largest value, green the object that it is of."""
    values = np.stack(list(layers.values()))
    top = values.argmax(axis=0)
    grey = np.rint(values.max(axis=0) * 255).astype(np.uint8)
    owner = np.array(list(layers), np.uint8)[top]
    scale = longest_px / max(grey.shape)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        size = (grey.shape[1], grey.shape[0])
        owner = cv2.resize(owner, size, interpolation=cv2.INTER_NEAREST)
    bgr = np.dstack([np.zeros_like(grey), owner, grey])
    _, png = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return png.tobytes()


def jpeg(rgb: Frames, *, longest_px: int) -> bytes:
    """An (H, W, 3) RGB frame as a JPEG, no longer than `longest_px` on a side."""
    scale = longest_px / max(rgb.shape[:2])
    if scale < 1:
        rgb = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    return data.tobytes()
