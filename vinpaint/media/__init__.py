"""Read and write clips: video files and folders of images.

`clip.py` is the place to start: `open_clip` returns a `Clip`. `guard.py` restricts which files are
opened, `probe.py` examines them, `reader.py` decodes frames, `alpha.py` reads their transparency,
`planes.py` converts between YUV and RGB, `writer.py` and `audio.py` write the result, and
`scenes.py` finds scene cuts.
"""

from vinpaint.media.alpha import read_alpha
from vinpaint.media.clip import Clip, clip_of_frames, file_hash, open_clip
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
    "read_alpha",
    "read_image",
    "safe_output",
    "split_shots",
    "staged_output",
    "write_frames",
    "write_png",
]
