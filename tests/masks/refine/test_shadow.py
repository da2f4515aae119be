"""Test that an object's shadow is found and tracked, and that none is found without one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import pan, texture, write_folder
from tests.masks.making import folder_clip, lay, overlap, silence, stored
from vinpaint import masks
from vinpaint.core import Bools, Cancelled, Floats, Frames, MaskFile, Shadow
from vinpaint.masks.refine.shadow import find_shadow, track_shadow
from vinpaint.media import open_clip, read_image

HEIGHT, WIDTH, COUNT = 160, 240, 9
LIGHT = (0.48, 0.5, 0.55)
"""What a shadow leaves of each channel: it is a little blue."""


def ellipses(
    centre: tuple[float, float], axes: tuple[int, int], *, step: float = 4.0, count: int = COUNT
) -> Bools:
    """Return (T, H, W) bool: an ellipse that moves to the right."""
    shapes = np.zeros((count, HEIGHT, WIDTH), np.uint8)
    for t, shape in enumerate(shapes):
        cv2.ellipse(shape, (round(centre[0] + step * t), round(centre[1])), axes, 0, 0, 360, 1, -1)
    return shapes > 0


def scene(*, shaded: bool = True) -> tuple[Frames, Bools, Bools]:
    """Return (frames, object, shadow): a walker on sand with a shadow to the right."""
    sand = pan(COUNT, HEIGHT, WIDTH, step=(1, 0), seed=4).astype(np.float32)
    frames = 0.25 * (sand - 128) + np.array((190, 165, 130), np.float32)
    walker = ellipses((80, 75), (16, 42))
    shadow = ellipses((108, 116), (36, 7)) & ~walker
    if shaded:
        soft = np.stack([cv2.GaussianBlur(s.astype(np.float32), (0, 0), 1.0) for s in shadow])
        frames *= 1 - soft[..., None] * (1 - np.array(LIGHT, np.float32))
    noisy = frames + np.random.default_rng(0).normal(0, 2, frames.shape)
    drawn = lay(np.clip(noisy, 0, 255).astype(np.uint8), walker, (4, 0), seed=8, tint=(20, -40, 40))
    return drawn, walker, shadow


def test_a_cast_shadow_is_found_on_one_frame() -> None:
    frames, walker, shadow = scene()
    found = find_shadow(frames[0], walker[0])
    assert overlap(found, shadow[0]) > 0.75
    assert not (found & walker[0]).any()


def test_where_no_shadow_is_none_is_found(tmp_path: Path) -> None:
    frames, walker, _ = scene(shaded=False)
    clip = folder_clip(tmp_path / "in", frames)
    track = track_shadow(clip, stored(walker), progress=silence)
    assert not track.read(clip.span).hole.any()


def test_a_darker_thing_of_another_colour_is_no_shadow() -> None:
    frames, walker, shadow = scene(shaded=False)
    frames[0][shadow[0]] = (120, 60, 30)
    assert not find_shadow(frames[0], walker[0]).any()


def test_a_dark_patch_apart_from_the_object_is_not_its_shadow() -> None:
    frames, walker, shadow = scene(shaded=False)
    apart = np.roll(shadow[0], 70, axis=1)
    frames[0][apart] = frames[0][apart] // 2
    assert not find_shadow(frames[0], walker[0]).any()


def test_no_object_has_no_shadow() -> None:
    frames, walker, _ = scene()
    assert not find_shadow(frames[0], np.zeros_like(walker[0])).any()


def test_the_shadow_moves_along_and_joins_its_object(tmp_path: Path) -> None:
    frames, walker, shadow = scene()
    clip = folder_clip(tmp_path / "in", frames)
    white = write_folder(tmp_path / "mask", np.repeat(walker[..., None], 3, -1) * np.uint8(255))
    told: list[float] = []
    track = masks.find(
        clip,
        [MaskFile(str(white)), Shadow()],
        progress=lambda fraction, words: told.append(fraction),
    )
    found = track.read(clip.span).hole
    assert (found >= walker).all()
    scores = [overlap(f & ~w, s) for f, w, s in zip(found, walker, shadow, strict=True)]
    assert min(scores) > 0.75
    assert told == sorted(told)


def test_a_frame_without_the_object_has_no_shadow(tmp_path: Path) -> None:
    frames, walker, _ = scene()
    walker[3:5] = False
    clip = folder_clip(tmp_path / "in", frames)
    found = track_shadow(clip, stored(walker), progress=silence).read(clip.span).hole
    assert found.any(axis=(1, 2)).tolist() == [t not in (3, 4) for t in range(COUNT)]


def test_a_clip_of_two_frames_and_stopping(tmp_path: Path) -> None:
    frames, walker, shadow = scene()
    clip = folder_clip(tmp_path / "in", frames[:2])
    found = track_shadow(clip, stored(walker[:2]), progress=silence).read(clip.span).hole
    assert overlap(found, shadow[:2]) > 0.75

    def stop(fraction: float, words: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        track_shadow(clip, stored(walker[:2]), progress=stop)


@pytest.mark.slow
def test_the_camel_stands_on_its_shadow(clips: Path) -> None:
    folder = clips / "camel"
    clip = open_clip(folder / "frames")
    frame = next(iter(clip.pictures())).rgb()
    mask = read_image(sorted((folder / "masks").glob("*.png"))[0])[..., 0] > 127
    found = find_shadow(frame, mask)
    assert 0.02 < found.sum() / mask.sum() < 0.25
    assert found[: clip.height // 2].sum() == 0


TALL, WIDE = 200, 260
SKY = (0.94, 1.0, 1.08)
"""A shadow's colours under a blue sky, beside those of the lit ground."""


def disk(centre: tuple[float, float], half: tuple[float, float]) -> Bools:
    y, x = np.mgrid[0:TALL, 0:WIDE]
    return ((x - centre[0]) / half[0]) ** 2 + ((y - centre[1]) / half[1]) ** 2 <= 1


def ground(seed: int = 3, *, rough: float = 0.35, width: int = WIDE) -> Floats:
    """Return (H, W, 3): a brownish texture, brighter on one side."""
    grain = (texture(TALL, width, seed=seed).astype(np.float32) - 128) * rough
    slope = np.linspace(-15, 15, width, dtype=np.float32)[None, :, None]
    return grain.mean(axis=-1, keepdims=True) + np.array([160, 145, 120], np.float32) + slope


def cast(
    count: int, *, depth: float = 0.55, step: float = 4.0, rough: float = 0.35
) -> tuple[Frames, Bools, Bools]:
    """(frames, things, shadows): a blue thing that walks, its shadow to its right and below.

    `depth` is the light that is left in the shadow; 1: there is none.
    """
    lit, frames, things, shadows = ground(rough=rough), [], [], []
    skin = texture(TALL, WIDE, seed=9).astype(np.float32) * 0.4 + np.array([10, 40, 110])
    for t in range(count):
        x = 90 + step * t
        thing = disk((x, 95), (22, 48))
        shadow = disk((x + 34, 141), (48, 13)) & ~thing
        soft = cv2.GaussianBlur((shadow | thing).astype(np.float32), (0, 0), 2.5)[..., None]
        # The rim is soft, the thing's own foot stands in the shadow.
        shade = 1 + (depth * np.array(SKY if depth < 1 else (1, 1, 1)) - 1) * soft
        near = disk((x + 34, 141), (60, 25))[..., None]
        frame = np.where(near, lit * shade, lit)
        frame = np.where(thing[..., None], skin, frame)
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
        things.append(thing)
        shadows.append(shadow)
    return np.stack(frames), np.stack(things), np.stack(shadows)


@pytest.mark.parametrize("depth", [0.4, 0.55, 0.7])
def test_shadows_of_any_depth_are_found(depth: float) -> None:
    frames, things, shadows = cast(1, depth=depth)
    found = find_shadow(frames[0], things[0])
    assert overlap(found, shadows[0]) > 0.6
    assert not (found & things[0]).any()


@pytest.mark.parametrize("rough", [0.0, 0.35, 0.8])
def test_rough_ground_without_a_shadow_shows_none(rough: float) -> None:
    frames, things, _ = cast(1, depth=1.0, rough=rough)
    assert find_shadow(frames[0], things[0]).sum() < 0.02 * things[0].sum()


def test_a_dark_field_that_runs_on_is_not_followed() -> None:
    frames, things, _ = cast(1, depth=1.0)
    frames[0][:, 100:] //= 2
    frames[0][things[0]] = 200
    found = find_shadow(frames[0], things[0])
    assert not found[:, 190:].any()


def test_everything_as_the_object_leaves_no_ground(tmp_path: Path) -> None:
    frames, things, _ = cast(1)
    assert not find_shadow(frames[0], np.ones_like(things[0])).any()


def test_a_clip_has_it_on_every_frame_that_shows_the_object(tmp_path: Path) -> None:
    frames, things, shadows = cast(8)
    things[0] = False
    shadows[0] = False
    clip = folder_clip(tmp_path / "in", frames)
    track = track_shadow(clip, stored(things), progress=silence)
    found = track.read(clip.span).hole
    assert not found[0].any()
    for mine, true in zip(found[1:], shadows[1:], strict=True):
        assert overlap(mine, true) > 0.6
    assert not (found & things).any()
    again = track_shadow(clip, stored(things), progress=silence)
    assert np.array_equal(again.read(clip.span).hole, found)


def test_a_dark_spot_that_the_object_passes_by_does_not_flash(tmp_path: Path) -> None:
    frames, things, _ = cast(9, depth=1.0, step=12.0)
    spot = disk((150, 146), (9, 9))
    for frame, thing in zip(frames, things, strict=True):
        frame[spot & ~thing] //= 2
    alone = [int(find_shadow(f, m).sum()) for f, m in zip(frames, things, strict=True)]
    clip = folder_clip(tmp_path / "in", frames)
    found = track_shadow(clip, stored(things), progress=silence).read(clip.span).hole
    assert max(alone) > 100  # on one frame it cannot be told from a shadow
    assert found.sum() == 0


def test_large_frames_are_worked_small() -> None:
    frames, things, shadows = cast(1)
    size = (WIDE * 4, TALL * 4)
    frame = cv2.resize(frames[0], size, interpolation=cv2.INTER_CUBIC)
    thing, shadow = (
        cv2.resize(m[0].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        for m in (things, shadows)
    )
    assert overlap(find_shadow(frame, thing), shadow) > 0.6
