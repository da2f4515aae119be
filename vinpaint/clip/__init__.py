"""Clips: probe, read windows of frames, write; sound, timestamps, rotation, colour tags."""

from vinpaint.clip.folder import image_files, is_image, read_image
from vinpaint.clip.open import Clip, file_hash, open_clip
from vinpaint.clip.plain import write_frames
from vinpaint.clip.planes import Layout, Picture, outside_masks
from vinpaint.clip.shots import find_cuts, shots
from vinpaint.clip.write import (
    Patch,
    Writer,
    check_apart,
    check_out,
    kind_of,
    open_writer,
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
    "check_apart",
    "check_out",
    "file_hash",
    "find_cuts",
    "image_files",
    "is_image",
    "kind_of",
    "open_clip",
    "open_writer",
    "outside_masks",
    "read_image",
    "safe_output",
    "shots",
    "staged_output",
    "write_frames",
    "write_png",
]
