from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vinpaint.core import Box, Mask, Span, bounding_box
from vinpaint.media import open_clip, write_frames
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import OpenedClip

WIDTH, HEIGHT, FRAMES = 64, 48, 6


class SquareTrack:
    """A square that stands still, as a MaskTrack."""

    size = (WIDTH, HEIGHT)
    frames = FRAMES
    square = Box(10, 8, 30, 28)

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        values = np.zeros((span.length, HEIGHT, WIDTH), np.float32)
        rows, columns = self.square.slices
        values[:, rows, columns] = 1.0
        if box is not None:
            values = values[:, box.y0 : box.y1, box.x0 : box.x1].copy()
        return Mask(values)

    def bounds(self, frame: int) -> Box | None:
        return bounding_box(self.read(Span(frame, frame + 1)).values[0] > 0)


@pytest.fixture(scope="session")
def small_clip_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "small.mp4"
    picture = np.random.default_rng(0).integers(60, 90, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    picture[SquareTrack.square.slices] = (220, 40, 40)
    write_frames(path, [picture] * FRAMES, fps=Fraction(25))
    return path


@pytest.fixture
def loaded(small_clip_path: Path) -> OpenedClip:
    return OpenedClip("key", open_clip(small_clip_path), "small.mp4", playable=small_clip_path)


@pytest.fixture
def session(loaded: OpenedClip) -> Session:
    return Session().use_clip(loaded)
