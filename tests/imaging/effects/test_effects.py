"""Shadows and reflections of a masked object are found, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.imaging.effects.scenes import Scene, scene
from vinpaint.imaging.effects import EffectKind, FrameEffect, find_effects


def _found(made: Scene) -> list[FrameEffect]:
    return find_effects(made.frames, made.masks)


def _named(effects: list[FrameEffect]) -> float:
    """The share of the frames with a confident finding."""
    return float(np.mean([one.confidence >= 0.5 for one in effects]))


def _overlap(made: Scene, effects: list[FrameEffect]) -> float:
    found = np.stack([one.strength > 0.1 for one in effects])
    true = np.stack(made.cast) > 0.2
    return float((found & true).sum() / (found | true).sum())


@pytest.mark.parametrize("kind", ["shadow", "reflection"])
@pytest.mark.parametrize("gap_px", [0, 3])
def test_what_the_object_casts_is_found(kind: str, gap_px: int) -> None:
    made = scene(kind, gap_px=gap_px)
    effects = _found(made)
    assert _named(effects) > 0.8
    assert {one.kind for one in effects if one.confidence >= 0.5} == {EffectKind(kind)}
    assert _overlap(made, effects) > 0.5


def test_the_strength_is_the_share_of_light_that_is_lost() -> None:
    made = scene("shadow")
    middle = _found(made)[14].strength[made.cast[14] > 0.9]
    assert 0.35 < middle.mean() < 0.6  # half of the light


@pytest.mark.parametrize(
    "faults",
    [{}, {"cloud": True}, {"flicker": 0.15}, {"other": True}, {"kind": "shadow", "still": True}],
    ids=["nothing cast", "cloud", "flicker", "shadow of another", "object that never moves"],
)
def test_nothing_is_found_where_the_object_casts_nothing(faults: dict[str, bool]) -> None:
    effects = _found(scene(**faults))  # type: ignore[arg-type]
    assert _named(effects) == 0
    assert not any(one.strength.any() for one in effects)
    assert {one.kind for one in effects} == {EffectKind.OTHER}


def test_a_shadow_is_found_in_flickering_light_with_another_passing() -> None:
    made = scene("shadow", flicker=0.1, other=True)
    effects = _found(made)
    assert _named(effects) > 0.5
    assert _overlap(made, effects) > 0.3


def test_a_repair_that_took_the_shadow_along_has_none() -> None:
    made = scene("shadow")
    assert _named(find_effects(made.frames, made.masks, result=made.clean)) == 0


def test_larger_frames_give_strengths_of_their_size_outside_the_mask() -> None:
    made = scene("shadow")
    frames = [frame.repeat(2, axis=0).repeat(2, axis=1) for frame in made.frames]
    masks = [mask.repeat(2, axis=0).repeat(2, axis=1) for mask in made.masks]
    effects = find_effects(frames, masks)
    assert _named(effects) > 0.8
    assert effects[14].strength.shape == masks[14].shape
    assert not any(one.strength[mask].any() for one, mask in zip(effects, masks, strict=True))


def test_without_a_mask_nothing_is_found() -> None:
    made = scene("shadow")
    effects = find_effects(made.frames, [np.zeros_like(mask) for mask in made.masks])
    assert _named(effects) == 0
    assert effects[0].strength.shape == made.masks[0].shape
