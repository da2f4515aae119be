"""Test that the transparency of folders and of videos is read, whatever stores it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from tests.making import disk_hole, pan, write_folder
from vinpaint.core import Bools, Frames
from vinpaint.media import open_clip, read_alpha

COUNT, HEIGHT, WIDTH = 6, 96, 128


def clip_and_hole() -> tuple[Frames, Bools]:
    """RGBA frames, (T, H, W, 4), and their transparent pixels."""
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=20, start=(40, 48), step=(6, 0))
    alpha = np.where(hole, 0, 255).astype(np.uint8)
    return np.concatenate([pan(COUNT, HEIGHT, WIDTH), alpha[..., None]], axis=3), hole


def write_video(path: Path, rgba: Frames, codec: str, pixel_format: str) -> Path:
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        for image in rgba:
            frame = av.VideoFrame.from_ndarray(image, "rgba").reformat(format=pixel_format)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pixel_format"),
    [
        ("a.mov", "prores_ks", "yuva444p10le"),
        ("a.mov", "qtrle", "argb"),
        ("a.mkv", "ffv1", "yuva420p"),
        ("a.mkv", "ffv1", "bgra"),
        ("a.mov", "png", "rgba"),
        ("a.webm", "libvpx-vp9", "yuva420p"),
    ],
)
def test_the_alpha_of_a_video_is_read(
    tmp_path: Path, name: str, codec: str, pixel_format: str
) -> None:
    rgba, hole = clip_and_hole()
    path = write_video(tmp_path / name, rgba, codec, pixel_format)
    with open_clip(path) as clip:
        assert clip.info.alpha
        assert any("transparency" in note for note in clip.notes)
        found = np.stack([alpha < 250 for alpha in read_alpha(clip) if alpha is not None])
        # Every hole is found to within the pixel that lossy coding blends.
        assert found.shape == hole.shape
        assert (found & hole).sum() >= 0.99 * hole.sum()
        assert found.sum() <= 1.12 * hole.sum()


def test_the_alpha_of_a_folder_is_read_image_by_image(tmp_path: Path) -> None:
    rgba, hole = clip_and_hole()
    for t, image in enumerate(rgba):
        plain = cv2.cvtColor(image, cv2.COLOR_RGBA2BGR if t == 2 else cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(tmp_path / f"{t:03d}.png"), plain)
    with open_clip(tmp_path) as clip:
        assert clip.info.alpha
        alphas = list(read_alpha(clip))
        assert alphas[2] is None
        for t in (0, 1, 3, 4, 5):
            alpha = alphas[t]
            assert alpha is not None
            assert ((alpha < 250) == hole[t]).all()


def test_a_clip_without_alpha_is_opaque(tmp_path: Path) -> None:
    write_folder(tmp_path / "in", pan(3, 16, 16))
    with open_clip(tmp_path / "in") as clip:
        assert not clip.info.alpha
        assert list(read_alpha(clip)) == [None, None, None]
        assert clip.notes == ()
