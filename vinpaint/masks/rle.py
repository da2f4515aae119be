"""Masks as run lengths in JSON, of the kind that COCO uses; imported and exported.

    {"clip": {"width": 640, "height": 360, "frames": 100, "fps": 25.0},
     "masks": [{"size": [360, 640], "counts": [1203, 4, 356, 4, ...]}, null, ...]}

One entry for every frame, in order; null is an empty mask. `size` is [height, width]. `counts` are
lengths of runs down the columns, from left to right, of 0 and 1 by turns, 0 first (so the first
count is 0 where the first pixel is marked). A list of entries alone is read too, a single entry
stands for every frame, and `counts` may be COCO's compressed string. A mask here is 0 or 1: of a
soft one, 0.5 or more counts as 1, which is what gets repaired.

Source: Lin et al., "Microsoft COCO: Common Objects in Context", 2014, and the reference code in
https://github.com/cocodataset/cocoapi (common/maskApi.h, rleEncode and rleFrString).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import HOLE_LEVEL, Bools, MaskError, MaskTrack, Progress, Span, no_op, windows
from vinpaint.media import check_place, safe_output

LARGEST_MB = 512
"""A larger file is refused: it is read whole."""
_WINDOW_FRAMES = 12
_FORM = '{"masks": [{"size": [height, width], "counts": [...]}, ...]}, one entry for every frame'

Entry = dict[str, Any]


def encode(mask: Bools) -> Entry:
    """One frame's (H, W) mask as an entry."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    ends = [0] if len(flat) and flat[0] else []
    bounds = np.concatenate([ends, [0], edges, [len(flat)]]).astype(np.int64)
    return {"size": list(mask.shape), "counts": np.diff(bounds).tolist()}


def decode(entry: Entry, name: str = "the mask") -> Bools:
    """One entry as an (H, W) mask. Raises MaskError, naming `name`."""
    height, width = size_of(entry, name)
    counts = entry["counts"]
    if isinstance(counts, str):
        counts = _unpacked(counts, name)
    lengths = _lengths(counts, name)
    if int(lengths.sum()) != height * width:
        raise MaskError(
            f"{name}: its counts sum to {int(lengths.sum())}, but {width}x{height} are "
            f"{height * width} pixels; export the mask again"
        )
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape((height, width), order="F")


def size_of(entry: object, name: str) -> tuple[int, int]:
    """(height, width) of an entry. Raises MaskError where it is none, or too large to be one."""
    from vinpaint.media.guard import check_picture

    if not isinstance(entry, dict) or not {"size", "counts"} <= set(entry):
        raise MaskError(f"{name}: expected an entry with size and counts; give {_FORM}")
    size = entry["size"]
    whole = isinstance(size, list) and all(type(side) is int and side > 0 for side in size)
    if not whole or len(size) != 2:
        raise MaskError(f"{name}: its size is {str(size)[:60]}; give [height, width] in pixels")
    check_picture(name, size[1], size[0])
    return size[0], size[1]


def _lengths(counts: object, name: str) -> NDArray[np.int64]:
    fair = isinstance(counts, list) and all(type(c) is int and 0 <= c < 2**31 for c in counts)
    if not fair:
        raise MaskError(f"{name}: its counts are not whole numbers from 0 on; export it again")
    return np.array(counts, np.int64)


def _unpacked(text: str, name: str) -> list[int]:
    """Counts out of COCO's string: five bits a character, from the third on as differences."""
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise MaskError(f"{name}: its counts are no COCO run-length string; export it again")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:  # the sign
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    return counts


def read_rle(path: Path) -> list[Entry | None] | Entry:
    """The entries of a file, one a frame, or the one that stands for all. Raises MaskError."""
    if path.stat().st_size > LARGEST_MB * 2**20:
        raise MaskError(
            f"{path.name}: {path.stat().st_size / 2**20:.0f} MB is over the limit of {LARGEST_MB} "
            "for RLE; give the mask as a video"
        )
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MaskError(f"{path.name}: not JSON that can be read; give {_FORM}") from error
    if isinstance(held, dict) and "masks" in held:
        held = held["masks"]
    if isinstance(held, dict):
        size_of(held, path.name)
        return held
    if not isinstance(held, list) or not any(held):
        raise MaskError(f"{path.name}: it holds no masks; give {_FORM}")
    for number, entry in enumerate(held):
        if entry is not None:
            size_of(entry, f"{path.name}, frame {number}")
    return held


def write_rle(
    out: Path, track: MaskTrack, *, fps: float | Fraction, progress: Progress = no_op
) -> None:
    """A mask as JSON, an entry a line. Raises OutputError; then nothing is left behind."""
    check_place(out, folder=False, overwrite=True)
    width, height = track.size
    facts = {"width": width, "height": height, "frames": track.frames, "fps": float(fps)}
    with safe_output(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'{{"clip": {json.dumps(facts)},\n"masks": [\n')
        for span in windows(Span(0, track.frames), _WINDOW_FRAMES):
            progress(span.start / track.frames, f"writing the mask, frame {span.start}")
            lines = _lines(track, span)
            file.write(",\n".join(lines) + (",\n" if span.stop < track.frames else "\n"))
        file.write("]}\n")


def _lines(track: MaskTrack, span: Span) -> Sequence[str]:
    masks = track.read(span).values >= HOLE_LEVEL
    return [json.dumps(encode(mask) if mask.any() else None) for mask in masks]
