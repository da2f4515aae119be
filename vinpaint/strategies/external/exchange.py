"""Frames and masks to files that other programs read, and what they left back into frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, EngineError, Frames, MediaError
from vinpaint.media import image_files, open_clip, read_image, write_png
from vinpaint.strategies.external.engine_file import Form, Hole

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def hand_over(place: Path, pictures: Frames, *, form: Form, fps: int) -> Path:
    """Pictures, (T, H, W, 3) RGB or (T, H, W) grey, as images in `place` or a video beside."""
    if form == "video":
        return _write_video(place.with_suffix(".mp4"), pictures, fps)
    place.mkdir()
    for number, picture in enumerate(pictures):
        write_png(place / f"{number:05d}.png", picture)
    return place


def painted(hole: Bools, *, colour: Hole, dilates_px: int) -> Frames:
    """(T, H, W) uint8: the masks, drawn so that what the engine makes of them covers the hole.

    An engine that grows the mask by itself (by a cross, as all of the field do) gets one that is
    smaller by as much; what is too thin for that stays.
    """
    drawn = np.stack([_shrunk(one.astype(np.uint8), dilates_px) for one in hole]) * np.uint8(255)
    return drawn if colour == "white" else 255 - drawn


def _shrunk(hole: Frames, by_px: int) -> Frames:
    if not by_px:
        return hole
    edge = cv2.BORDER_CONSTANT
    # beyond the picture's edge nothing is known: there it is no rim to draw in from
    small = cv2.erode(hole, _CROSS, iterations=by_px, borderType=edge, borderValue=1)
    again = cv2.dilate(small, _CROSS, iterations=by_px)
    return np.asarray(small | (hole & ~again & 1), np.uint8)


def _write_video(path: Path, pictures: Frames, fps: int) -> Path:
    """H.264 without loss, and with the colours that untagged files are taken to have."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.options = {"qp": "0", "preset": "ultrafast"}
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "gray" if picture.ndim == 2 else "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=5, dst_color_range=1)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def take_back(result: Path, *, count: int, size: tuple[int, int], title: str) -> Frames:
    """(count, H, W, 3) RGB: what lies at `result`: a video, a folder, or a pattern of images.

    `size`: (width, height). Raises EngineError for nothing, too many, too few, or another size.
    """
    files = _images(result)
    if not files and not result.is_file():
        raise EngineError(
            f"{title} ended well but left nothing at {result.name}; "
            "check 'result' in its file against what it writes"
        )
    try:
        frames = _read_images(files) if files else _read_video(result)
    except MediaError as error:
        raise EngineError(f"what {title} left cannot be read: {error}") from error
    if len(frames) != count:
        raise EngineError(
            f"{title} left {len(frames)} frames in place of {count}; "
            "check 'length' and 'result' in its file"
        )
    for frame in frames:
        if frame.shape[:2] != size[::-1]:
            raise EngineError(
                f"{title} left frames of {frame.shape[1]}x{frame.shape[0]} in place of "
                f"{size[0]}x{size[1]}; check 'size' in its file"
            )
    return np.stack(frames)


def _images(result: Path) -> Sequence[Path]:
    if result.is_dir():
        return image_files(result)
    if "*" in result.name or "?" in result.name:
        return image_files(result.parent, pattern=result.name) if result.parent.is_dir() else ()
    return ()


def _read_images(files: Sequence[Path]) -> list[Frames]:
    return [read_image(file) for file in files]


def _read_video(path: Path) -> list[Frames]:
    with open_clip(path) as clip:
        return list(clip.read(clip.span).frames)
