"""Nested regions at a click: the likeliest, and its larger and smaller ones."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.masks.making import folder_clip, moving_disk
from vinpaint.core import Bools, Box, Click, MediaError, bounding_box
from vinpaint.masks.tracker import scene_cache
from vinpaint.masks.tracker.frame_context import FrameContext
from vinpaint.masks.tracker.object_candidates import (
    RegionScene,
    candidates_at,
    likelihoods,
    read_scene,
)
from vinpaint.masks.tracker.object_selection import MAX_LEVEL, Mark, choose_region
from vinpaint.masks.tracker.scene_cache import scene_of
from vinpaint.masks.tracker.segmentation import segment
from vinpaint.masks.tracker.working_crop import make_crop
from vinpaint.media import Clip


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools]:
    """A moving disk with a stripe of another colour, and where it truly is."""
    frames, holes = moving_disk(count=5)
    for t, hole in enumerate(holes):
        box = bounding_box(hole)
        assert box is not None
        stripe = hole.copy()
        stripe[: box.y0 + 20] = False
        frames[t][stripe] = frames[t][stripe] // 3
    return folder_clip(tmp_path_factory.mktemp("striped") / "in", frames), holes


def test_levels_are_nested_and_end(scene: tuple[Clip, Bools]) -> None:
    clip, holes = scene
    regions = scene_of(clip, 2, make_crop(clip.box, clip.width, clip.height))
    box = bounding_box(holes[2])
    assert box is not None
    x, y = (box.x0 + box.x1) // 2, box.y0 + 8
    found = [
        choose_region(regions, [Mark(x, y, level)], [])
        for level in range(-MAX_LEVEL - 2, MAX_LEVEL + 3)
    ]
    for smaller, larger in itertools.pairwise(found):
        assert not (smaller & ~larger).any()
    assert found[0].sum() < found[-1].sum()
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[-1], found[-2])
    assert len({one.tobytes() for one in found}) >= 3


def test_level_0_is_the_likeliest(scene: tuple[Clip, Bools]) -> None:
    clip, holes = scene
    regions = scene_of(clip, 2, make_crop(clip.box, clip.width, clip.height))
    y, x = (int(v) for v in np.argwhere(holes[2]).mean(axis=0))
    options = candidates_at(regions, x, y)
    best = options[int(likelihoods(regions, options).argmax())]
    assert np.array_equal(choose_region(regions, [Mark(x, y)], []), best)


def test_a_larger_level_gives_a_larger_mask(scene: tuple[Clip, Bools]) -> None:
    clip, holes = scene
    y, x = (int(v) for v in np.argwhere(holes[2]).mean(axis=0))
    small, large = (
        segment(clip, 2, [Click(2, x, y, level=level)], [], None).sum() for level in (-3, 3)
    )
    assert large > 1.2 * small


def test_two_threads_compute_the_regions_of_a_frame_once(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, _ = scene
    calls = []

    def slow_read(context: FrameContext) -> RegionScene:
        calls.append(1)
        time.sleep(0.2)
        return read_scene(context)

    monkeypatch.setattr(scene_cache, "read_scene", slow_read)
    crop = make_crop(Box(0, 0, 40, 40), clip.width, clip.height)
    with ThreadPoolExecutor(2) as threads:
        both = list(threads.map(lambda _: scene_of(clip, 1, crop), range(2)))
    assert both[0] is both[1]
    assert len(calls) == 1


def test_a_failure_is_not_kept(scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch) -> None:
    clip, _ = scene
    crop = make_crop(Box(0, 0, 44, 44), clip.width, clip.height)

    def fail(_: FrameContext) -> RegionScene:
        raise MediaError("the frame cannot be read")

    with monkeypatch.context() as patched:
        patched.setattr(scene_cache, "read_scene", fail)
        with pytest.raises(MediaError):
            scene_of(clip, 1, crop)
    assert scene_of(clip, 1, crop).graph.count > 1
