"""Clips: probe, read windows of frames, write; sound, timestamps, rotation, colour tags."""

from vinpaint.media.arrays import clip_of_frames
from vinpaint.media.clip import Clip, file_hash, open_clip
from vinpaint.media.encode import write_frames
from vinpaint.media.image_sequence import image_files, is_image, read_image
from vinpaint.media.planes import Layout, Picture, outside_masks
from vinpaint.media.scenes import find_cuts, split_shots
from vinpaint.media.writer import (
    Patch,
    Writer,
    check_output,
    check_place,
    image_name,
    open_writer,
    output_kind,
    safe_output,
    staged_output,
    write_png,
)

__all__ = [
    "Clip",
    "Layout",
    "Patch",
    "Picture",
    "Writer",
    "check_output",
    "check_place",
    "clip_of_frames",
    "file_hash",
    "find_cuts",
    "image_files",
    "image_name",
    "is_image",
    "open_clip",
    "open_writer",
    "output_kind",
    "outside_masks",
    "read_image",
    "safe_output",
    "split_shots",
    "staged_output",
    "write_frames",
    "write_png",
]
