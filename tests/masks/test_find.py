"""Test that `masks.find` sends each prompt to its source and joins the results."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import pan, write_folder
from tests.masks.making import folder_clip, overlap, silence, stored
from tests.masks.refine.test_shadow import scene
from vinpaint import masks
from vinpaint.core import Box, Click, MaskError, MaskFile, Region, SettingsError, Shadow, Span
from vinpaint.media import write_png


def test_every_kind_of_prompt_has_one_source() -> None:
    kinds = [kind for source in masks.SOURCES.values() for kind in source.kinds]
    assert sorted(kinds) == [
        "box",
        "captions",
        "click",
        "keyframe",
        "mask",
        "missing",
        "paint",
        "region",
        "text",
    ]
    assert all(source.title for source in masks.SOURCES.values())


def test_nothing_marked_is_refused(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(1, 8, 8))
    with pytest.raises(MaskError, match="nothing is marked"):
        masks.find(clip, [], progress=silence)


def no_work(fraction: float, words: str) -> None:
    raise AssertionError(words)


def test_a_shadow_needs_its_object(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(1, 8, 8))
    with pytest.raises(MaskError, match="object 2 is asked for, but nothing marks the object"):
        masks.find(clip, [Region(Box(0, 0, 4, 4)), Shadow(2)], progress=no_work)


def test_a_shadow_joins_its_own_object_only(tmp_path: Path) -> None:
    frames, walker, shadow = scene()
    clip = folder_clip(tmp_path / "in", frames)
    white = write_folder(tmp_path / "mask", np.repeat(walker[..., None], 3, -1) * np.uint8(255))
    where = [MaskFile(str(white)), Shadow(), Region(Box(0, 0, 4, 4), object_id=2)]
    found = masks.find_objects(clip, where, progress=silence)
    hole = found[1].read(clip.span).hole
    assert hole[walker].all()
    assert overlap(hole & ~walker, shadow) > 0.6
    assert (found[2].read(clip.span).hole.sum(axis=(1, 2)) == 16).all()


def test_an_error_of_any_source_comes_through(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(1, 8, 8))
    with pytest.raises(MaskError, match="outside the picture"):
        masks.find(clip, [Region(Box(0, 0, 4, 4)), Click(0, 9, 9)], progress=silence)


def test_sources_are_joined_and_progress_goes_from_one_to_the_next(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(2, 8, 12))
    image = np.zeros((8, 12, 3), np.uint8)
    image[6, 10] = 255
    write_png(tmp_path / "mask.png", image)
    told: list[float] = []
    track = masks.find(
        clip,
        [Region(Box(0, 0, 2, 2)), MaskFile(str(tmp_path / "mask.png"))],
        progress=lambda fraction, words: told.append(fraction),
    )
    hole = track.read(clip.span).hole
    assert hole[:, :2, :2].all()
    assert hole[:, 6, 10].all()
    assert hole.sum() == 2 * 5
    assert told == sorted(told)


def test_inverted_and_limited_masks_come_from_here() -> None:
    track = stored(np.ones((3, 4, 5), np.bool_))
    assert not masks.InvertedTrack(track).read(Span(0, 3)).hole.any()
    limited = masks.LimitedTrack(track, Span(1, 2)).read(Span(0, 3)).hole
    assert limited.any(axis=(1, 2)).tolist() == [False, True, False]


def test_a_tracker_is_checked_without_a_clip() -> None:
    for name in ("auto", *masks.TRACKERS):
        masks.check_tracker(name)
    with pytest.raises(
        SettingsError, match="no tracker 'nosuch'; choose auto or one of: sam2-tiny"
    ):
        masks.check_tracker("nosuch")
