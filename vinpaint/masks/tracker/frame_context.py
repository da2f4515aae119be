"""The input of segmentation on one frame: its features, neighbouring frames and motion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Floats, Span, no_op
from vinpaint.masks.tracker.background import BackgroundEvidence
from vinpaint.masks.tracker.colour_models import make_codebook, to_lab
from vinpaint.masks.tracker.frame_background import background_in
from vinpaint.masks.tracker.frame_features import (
    FlowPair,
    FrameFeatures,
    extract_features,
    flow_pairs,
)
from vinpaint.masks.tracker.motion_segmentation import independent_motion_odds
from vinpaint.masks.tracker.working_crop import WorkingCrop, read_crop
from vinpaint.media import Clip

_DISTANCE_FRAMES = 2
"""Distance of the neighbouring frames, to which motion is measured."""
_STANDS_OUT, _MATCHES = 3.0, 6.0
"""Weights of the comparison with the background."""
_SAME_SHOT_SHARE = 0.4
"""Minimum share of the picture with consistent flow to a neighbouring frame of the same shot. On
eight real clips it is 0.83 or more within a shot, and 0.2 or less between two clips."""


@dataclass(frozen=True, repr=False)
class FrameContext:
    """A frame at working size.

    new: its features; codes: number of codes in the codebook; neighbours: flow to the neighbouring
    frames; drift: (H, W) float32 log-odds that a pixel does not move with the background, 0 if
    there are no neighbours; background: how the frame compares with the background.
    """

    new: FrameFeatures
    codes: int
    neighbours: tuple[FlowPair, ...]
    drift: Floats
    background: BackgroundEvidence

    @property
    def foreign(self) -> Floats:
        """The (H, W) log-odds, from the comparison with the background, of not being part of it."""
        known = self.background
        return np.asarray(_STANDS_OUT * known.stands_out - _MATCHES * known.matches, np.float32)


def read_context(clip: Clip, frame: int, crop: WorkingCrop, region: Bools) -> FrameContext:
    """Read one frame and its neighbours, and compute the context.

    `region`: (H, W) bool at working size, roughly the object.
    """
    near = [t for t in (frame - _DISTANCE_FRAMES, frame + _DISTANCE_FRAMES) if 0 <= t < clip.frames]
    rgb = {t: read_crop(clip, Span(t, t + 1), crop, no_op)[t] for t in sorted({frame, *near})}
    book = make_codebook(to_lab(rgb[frame]), region)
    new = extract_features(rgb[frame], book)
    pairs = [flow_pairs(new, extract_features(rgb[t], book))[0] for t in near]
    neighbours = tuple(pair for pair in pairs if pair.consistent.mean() > _SAME_SHOT_SHARE)
    odds = [independent_motion_odds(new, pair, region) for pair in neighbours]
    consistent = [pair.consistent for pair in neighbours]
    drift = combine_odds(odds, consistent) if odds else np.zeros(new.grey.shape, np.float32)
    return FrameContext(new, book.count, neighbours, drift, background_in(clip, frame, crop))


def combine_odds(odds: Sequence[Floats], consistent: Sequence[Bools]) -> Floats:
    """Combine (H, W) log-odds from several neighbours: the average of their mean and minimum.

    Background that the object covers on one neighbour matches none of its pixels, but is visible on
    another one. The minimum includes that evidence; the mean alone would leave a halo of such
    background pixels around the object. With a single neighbour, as on the first frame of a clip,
    inconsistent flow does not count in favour of the object.

    odds, consistent: for each neighbour, (H, W) log-odds and where its flow is consistent.
    """
    if len(odds) == 1:
        return np.where(consistent[0], odds[0], np.minimum(odds[0], 0)).astype(np.float32)
    return np.asarray((np.mean(odds, axis=0) + np.min(odds, axis=0)) / 2, np.float32)
