"""Read and write masks as run lengths in JSON, in the format of COCO.

    {"clip": {"width": 640, "height": 360, "frames": 100, "fps": 25.0},
     "masks": [{"size": [360, 640], "counts": [1203, 4, 356, 4, ...]}, null, ...]}

There is one entry per frame, in order; null is an empty mask. `size` is [height, width]. `counts`
are the lengths of alternating runs of 0 and 1, in column-major order, starting with 0 (so the first
count is 0 if the first pixel is set). The reader also accepts a list of entries without "clip", a
single entry that applies to every frame, and COCO's compressed string as `counts`. Masks are
binary: values of 0.5 or more, which are repaired, are written as 1.

pycocotools is not used, because it is a compiled package and NumPy does the same in a few lines.

Source: Lin et al., "Microsoft COCO: Common Objects in Context", 2014, and the reference code in
https://github.com/cocodataset/cocoapi (common/maskApi.h, rleEncode and rleFrString).
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vinpaint.core import HOLE_LEVEL, Bools, MaskError, MaskTrack, Progress, Span, no_op, windows
from vinpaint.media import check_place, safe_output

LARGEST_MB = 512
"""Maximum file size, because the file is read as a whole."""
_WINDOW_FRAMES = 12
_FORM = '{"masks": [{"size": [height, width], "counts": [...]}, ...]}, one entry for every frame'

Entry = dict[str, Any]


def encode(mask: Bools) -> Entry:
    """Encode an (H, W) bool mask as run lengths."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    ends = [0] if len(flat) and flat[0] else []
    bounds = np.concatenate([ends, [0], edges, [len(flat)]]).astype(np.int64)
    return {"size": list(mask.shape), "counts": np.diff(bounds).tolist()}


def decode(entry: Entry, name: str = "the mask") -> Bools:
    """Decode an entry to an (H, W) bool mask.

    Raises MaskError if the entry is invalid or too large. `name` identifies it in the message.
    """
    height, width = size_of(entry, name)
    counts = entry["counts"]
    if isinstance(counts, str):
        counts = _decompress(counts, name)
    if not isinstance(counts, list) or not all(type(c) is int and 0 <= c < 2**31 for c in counts):
        raise MaskError(f"{name}: its counts are not whole numbers from 0 on; export it again")
    lengths = np.array(counts, np.int64)
    if int(lengths.sum()) != height * width:
        raise MaskError(
            f"{name}: its counts sum to {int(lengths.sum())}, but {width}x{height} are "
            f"{height * width} pixels; export the mask again"
        )
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape((height, width), order="F")


def size_of(entry: object, name: str) -> tuple[int, int]:
    """Return (height, width) of an entry. Raises MaskError if it is invalid or too large."""
    from vinpaint.media.guard import check_picture

    if not isinstance(entry, dict) or not {"size", "counts"} <= set(entry):
        raise MaskError(f"{name}: expected an entry with size and counts; give {_FORM}")
    size = entry["size"]
    valid = isinstance(size, list) and all(type(side) is int and side > 0 for side in size)
    if not valid or len(size) != 2:
        raise MaskError(f"{name}: its size is {str(size)[:60]}; give [height, width] in pixels")
    check_picture(name, size[1], size[0])
    return size[0], size[1]


def _decompress(text: str, name: str) -> list[int]:
    """Decode COCO's compressed string to counts.

    A character holds five bits of a number. From the fourth count on, a number is the difference to
    the count two before. Raises MaskError if the string is invalid.
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - 48
        if not 0 <= bits < 64 or shift > 60:
            raise MaskError(f"{name}: its counts are not a COCO run-length string; export it again")
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
    """Return the entries of a JSON file: a list with one per frame, or one entry for all.

    An entry is None if the mask is empty. Raises MaskError if the file is too large or invalid.
    """
    if path.stat().st_size > LARGEST_MB * 2**20:
        raise MaskError(
            f"{path.name}: {path.stat().st_size / 2**20:.0f} MB is over the limit of {LARGEST_MB} "
            "for RLE; give the mask as a video"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise MaskError(f"{path.name}: not JSON that can be read; give {_FORM}") from error
    if isinstance(content, dict) and "masks" in content:
        content = content["masks"]
    if isinstance(content, dict):
        size_of(content, path.name)
        return content
    if not isinstance(content, list) or not any(content):
        raise MaskError(f"{path.name}: it holds no masks; give {_FORM}")
    for number, entry in enumerate(content):
        if entry is not None:
            size_of(entry, f"{path.name}, frame {number}")
    return content


def write_rle(
    out: Path, track: MaskTrack, *, fps: float | Fraction, progress: Progress = no_op
) -> None:
    """Write a mask as JSON, with one entry per line. An existing file is replaced.

    `fps`: the frame rate to store. Raises OutputError if the file cannot be written; then none is
    left behind.
    """
    check_place(out, folder=False, overwrite=True)
    width, height = track.size
    clip = {"width": width, "height": height, "frames": track.frames, "fps": float(fps)}
    with safe_output(out) as temporary, temporary.open("w", encoding="utf-8") as file:
        file.write(f'{{"clip": {json.dumps(clip)},\n"masks": [\n')
        for span in windows(Span(0, track.frames), _WINDOW_FRAMES):
            progress(span.start / track.frames, f"writing the mask, frame {span.start}")
            masks = track.read(span).values >= HOLE_LEVEL
            lines = [json.dumps(encode(mask) if mask.any() else None) for mask in masks]
            file.write(",\n".join(lines) + (",\n" if span.stop < track.frames else "\n"))
        file.write("]}\n")
