"""The plate: what rests on the ground is told from the ground, by frames that show the ground."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from tests.making import pan
from vinpaint.core import Bools, Frames
from vinpaint.masks.tracker.background import BackgroundModel
from vinpaint.masks.tracker.colour_models import make_codebook, to_lab
from vinpaint.masks.tracker.frame_features import FrameFeatures, extract_features, flow_pairs

COUNT, HEIGHT, WIDTH = 24, 120, 180
STEP_PX = 2
PLANTED = range(8, 14)


def walk(*, dark: bool = True) -> tuple[Frames, Bools]:
    """A camera that pans over texture, and a dark foot that rests on the ground, then leaps on."""
    wide = pan(1, HEIGHT, WIDTH + STEP_PX * COUNT)[0]
    wide = cv2.normalize(cv2.GaussianBlur(wide, (0, 0), 1.2), None, 90, 230, cv2.NORM_MINMAX)
    frames, feet = [], []
    for t in range(COUNT):
        frame = wide[:, STEP_PX * t : STEP_PX * t + WIDTH].copy()
        ground = 40 + 30 * (t // 6) - STEP_PX * t
        foot = np.zeros((HEIGHT, WIDTH), np.bool_)
        foot[60:74, ground + 20 : ground + 40] = True
        if dark:
            frame[foot] = (30, 20, 20)
        frames.append(frame)
        feet.append(foot)
    return np.stack(frames), np.stack(feet)


def background_of(frames: Frames) -> BackgroundModel:
    book = make_codebook(to_lab(frames[0]), np.zeros((HEIGHT, WIDTH), np.bool_))
    features: list[FrameFeatures] = [extract_features(frame, book) for frame in frames]
    return BackgroundModel(features, [flow_pairs(a, b)[0] for a, b in pairwise(features)])


def test_a_resting_foot_is_unlike_the_ground_and_the_ground_is_not() -> None:
    frames, feet = walk()
    background = background_of(frames)
    for t in PLANTED:
        evidence = background.evidence(t, feet[t], feet)
        core = cv2.erode(feet[t].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        off = cv2.dilate(feet[t].astype(np.uint8), np.ones((7, 7), np.uint8)) == 0
        for foreground in (evidence.differs, evidence.stands_out):
            assert foreground[core].mean() > 0.9
            assert foreground[off].mean() < 0.05
        near = off & (cv2.dilate(feet[t].astype(np.uint8), np.ones((41, 41), np.uint8)) > 0)
        assert evidence.matches[near].mean() > 0.8
        assert evidence.matches[core].max() < 0.1


def test_what_never_leaves_its_place_is_left_undecided() -> None:
    frames = np.repeat(walk()[0][:1], COUNT, axis=0)
    foot = walk()[1][0]
    masks = np.repeat(foot[None], COUNT, axis=0)
    evidence = background_of(frames).evidence(10, foot, masks)
    assert evidence.differs[foot].max() == evidence.stands_out[foot].max() == 0
    assert evidence.matches[foot].max() == 0


def test_without_an_object_or_other_frames_nothing_is_told() -> None:
    frames, feet = walk()
    assert background_of(frames).evidence(10, np.zeros_like(feet[0]), feet).matches.max() == 0
    assert background_of(frames[:4]).evidence(2, feet[2], feet).matches.max() == 0


def test_a_shadow_on_the_ground_does_not_stand_out() -> None:
    frames, feet = walk()
    frames = np.where(feet[..., None], np.rint(walk(dark=False)[0] * 0.6), frames).astype(np.uint8)
    evidence = background_of(frames).evidence(10, feet[10], feet)
    core = cv2.erode(feet[10].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert evidence.differs[core].mean() > 0.5
    assert np.median(evidence.stands_out[core]) == 0
