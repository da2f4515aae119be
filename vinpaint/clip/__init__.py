"""Clips: probe, read windows of frames, write; sound, timestamps, rotation, colour tags."""

from vinpaint.clip.folder import read_image
from vinpaint.clip.open import Clip, file_hash, open_clip
from vinpaint.clip.planes import Layout, Picture, outside_masks

__all__ = ["Clip", "Layout", "Picture", "file_hash", "open_clip", "outside_masks", "read_image"]
