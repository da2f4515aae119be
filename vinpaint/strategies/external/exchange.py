"""Write frames and masks to files that other programs read, and read their result."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, EngineError, Frames, MediaError
from vinpaint.media import image_files, open_clip, read_image, write_png
from vinpaint.strategies.external.engine_file import FrameFormat, HoleColour

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


def export_frames(path: Path, frames: Frames, *, form: FrameFormat, fps: int) -> Path:
    """Write frames to a folder of PNG files or to a video.

    frames: (T, H, W, 3) RGB or (T, H, W) grey, uint8. Returns the path that was written: the folder
    `path`, or the video `path`.mp4.
    """
    if form == "video":
        return _write_video(path.with_suffix(".mp4"), frames, fps)
    path.mkdir()
    for number, frame in enumerate(frames):
        write_png(path / f"{number:05d}.png", frame)
    return path


def draw_masks(hole: Bools, *, colour: HoleColour, dilates_px: int) -> Frames:
    """Return masks as images, (T, H, W) uint8, 0 or 255, for a hole of (T, H, W) bool.

    If the engine itself dilates the mask by `dilates_px` (with a cross, as published programs do),
    the mask is eroded by the same distance, so that the engine fills exactly the hole. Parts that
    are too thin to survive erosion are kept.
    """
    masks = np.stack([_eroded(frame.astype(np.uint8), dilates_px) for frame in hole])
    images = masks * np.uint8(255)
    return images if colour == "white" else 255 - images


def _eroded(mask: Frames, by_px: int) -> Frames:
    if not by_px:
        return mask
    # pixels beyond the image border count as hole, so the mask is not eroded there
    small = cv2.erode(mask, _CROSS, iterations=by_px, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    restored = cv2.dilate(small, _CROSS, iterations=by_px)
    return np.asarray(small | (mask & ~restored & 1), np.uint8)


def _write_video(path: Path, frames: Frames, fps: int) -> Path:
    """Write lossless H.264 in BT.601, limited range, which readers assume for untagged files."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.options = {"qp": "0", "preset": "ultrafast"}
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, "gray" if pixels.ndim == 2 else "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=5, dst_color_range=1)
            frame.pts, frame.time_base = number, Fraction(1, fps)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def import_frames(result: Path, *, count: int, size: tuple[int, int], title: str) -> Frames:
    """Read the result of an engine and return it, (count, H, W, 3) uint8 RGB.

    Args:
        result: path of a video, a folder of images, or a pattern of images.
        count: expected number of frames.
        size: expected (width, height).
        title: name of the engine, for errors.

    Raises EngineError if there is no result, it cannot be read, or its number of frames or size
    differs from what is expected.
    """
    files = _find_images(result)
    if not files and not result.is_file():
        raise EngineError(
            f"{title} ended well but left nothing at {result.name}; "
            "check 'result' in its file against what it writes"
        )
    try:
        frames = [read_image(file) for file in files] if files else _read_video(result)
    except MediaError as error:
        raise EngineError(f"the result of {title} cannot be read: {error}") from error
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


def _find_images(result: Path) -> Sequence[Path]:
    if result.is_dir():
        return image_files(result)
    is_pattern = "*" in result.name or "?" in result.name
    if is_pattern and result.parent.is_dir():
        return image_files(result.parent, pattern=result.name)
    return ()


def _read_video(path: Path) -> list[Frames]:
    with open_clip(path) as clip:
        return list(clip.read(clip.span).frames)
