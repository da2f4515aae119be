"""Pictures are kept up to a number of bytes, the newest ones."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from vinpaint.media import Layout, Picture, frame_cache
from vinpaint.media.frame_cache import FrameCache

LAYOUT = Layout("grey", "gray")


def picture(index: int, size: int = 10) -> Picture:
    return Picture(index, (np.zeros((size, 10), np.uint8),), LAYOUT)


def test_the_newest_are_kept_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_cache, "RECENT_BYTES", 350)
    held = FrameCache()
    for index in range(6):
        held.put(picture(index))
    assert [index for index in range(6) if held.get(index)] == [3, 4, 5]
    held.put(picture(6, size=20))
    assert [index for index in range(7) if held.get(index)] == [5, 6]
    held.put(picture(7, size=99))
    assert [index for index in range(8) if held.get(index)] == [7]  # whatever its size


def test_the_same_frame_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_cache, "RECENT_BYTES", 250)
    held, first = FrameCache(), picture(0)
    held.put(first)
    for _ in range(5):
        held.put(picture(0))
    assert held.get(0) is first
    held.put(picture(1))
    assert len(held) == 2


def test_it_is_empty_once_cleared_and_in_another_process() -> None:
    held = FrameCache()
    held.put(picture(0))
    assert len(pickle.loads(pickle.dumps(held))) == 0
    held.clear()
    assert held.get(0) is None
