"""Detect scene cuts, and split a clip into shots.

The change from each frame to the next is compared with the changes around it: a cut is much larger,
a frame of a fast pan is not. Frames are compared as thumbnails of 24 x 14 pixels, in which foliage
and camera shake average out. At a width of 256 pixels, a rider filmed from a moving camera changes
as much per frame as a cut does; at 24 pixels, a third as much.

The measure is that of the adaptive detector of PySceneDetect 0.7 (Castellano,
https://scenedetect.com). The library itself is not used, for two reasons. Two events must not split
a shot, because the fill takes pixels from other frames of the same shot: a glitch (a few damaged or
foreign frames, after which the shot continues), and the jump after frozen frames. And importing the
library takes longer than scanning a typical clip.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from vinpaint.core import Frames, Progress, Span
from vinpaint.media.clip import Clip

SHORTEST_FRAMES = 6
"""Minimum length of a shot. A shorter run of frames is a glitch."""

_SIZE = (24, 14)
"""Width and height of a thumbnail, in pixels."""
_WINDOW = 4
"""Number of frames on either side with whose changes a frame is compared."""
_RATIO = 2.3
"""Minimum ratio of the change at a cut to the mean change around it. On eight real clips, pans
reach 2.0, even at double speed; the smallest ratio of 56 cuts between these clips is 3.0."""
_LEAST = 10.0
"""Minimum change at a cut, in intensity levels. Flicker and noise are smaller."""
_WEIGHTS = (0.3, 0.5, 1.0)
"""Weights of hue, saturation and value. Hue is mostly noise where there is little colour."""
_SAME, _SAME_SHARE = 20.0, 1.2
"""Largest difference between the frames before and after a glitch if the shot continues:
`_SAME` intensity levels plus `_SAME_SHARE` times the last change before the glitch."""
_STILL, _MOVING = 0.5, 1.0
"""Changes below `_STILL` intensity levels are those of repeated, re-encoded frames. If the changes
before them are `_MOVING` or more on average, the picture moved before it froze."""
_LONGEST_FREEZE = 48
"""Approximate limit, in frames, of a freeze that is recognised."""
_FEATURES, _FEATURES_WIDTH, _MOVED_PX, _AGREE = 600, 320, 3.0, 20
"""Maximum number of ORB features, width in pixels at which they are detected, RANSAC threshold in
pixels, and minimum number of inliers for two frames to show the same scene. In eight real clips,
150 of 161 jumps after 3 to 10 frozen frames reach this minimum; none of 112 cuts between the clips
has more than 12 inliers."""


@dataclass(frozen=True, repr=False)
class _Break:
    """A frame whose change from the one before is as large as that of a cut.

    frame: its number; after: its thumbnail; before, earlier: thumbnails of the last frame and the
    last but one before it; frozen: True if the frames before it are repeats, after motion.
    """

    frame: int
    earlier: Frames
    before: Frames
    after: Frames
    frozen: bool = False


def find_cuts(clip: Clip, *, progress: Progress) -> tuple[int, ...]:
    """Return the first frame of every shot except the first.

    A glitch of fewer than 6 frames within a shot is not a cut. A glitch between two shots belongs
    to the first of them. A jump after frozen frames is not a cut if the scene stays the same.
    Dissolves, fades, and cuts in the first or last 4 frames are not detected.

    The result is kept on the clip, so that a second call returns at once.

    Raises MediaError if a frame cannot be read, and whatever `progress` raises to stop.
    """
    if not clip.found_cuts:
        with clip.reopen() as source:
            breaks = _without_glitches(_breaks(source, progress))
        cuts = (cut.frame for cut in breaks if not (cut.frozen and _goes_on(clip, cut.frame)))
        clip.found_cuts.append(tuple(cuts))
    return clip.found_cuts[0]


def _breaks(clip: Clip, progress: Progress) -> list[_Break]:
    recent: deque[Frames] = deque(maxlen=_WINDOW + 3)
    changes: deque[float] = deque(maxlen=2 * _WINDOW + 1)
    past: deque[float] = deque(maxlen=_LONGEST_FREEZE + 2 * _WINDOW)
    found = []
    for picture in clip.pictures():
        progress(picture.index / clip.frames, f"looking for cuts, frame {picture.index}")
        recent.append(_thumbnail(picture.rgb()))
        changes.append(_change(recent[-2], recent[-1]) if len(recent) > 1 else 0.0)
        if _stands_out(changes):
            earlier, before, after = list(recent)[:3]
            frozen = _frozen(list(past))
            found.append(_Break(picture.index - _WINDOW, earlier, before, after, frozen))
        if len(changes) > _WINDOW:
            past.append(changes[-1 - _WINDOW])
    return found


def _frozen(past: Sequence[float]) -> bool:
    """Return True if the last two changes or more are of repeated frames, preceded by motion."""
    still = next((n for n, change in enumerate(reversed(past)) if change >= _STILL), len(past))
    before = past[: len(past) - still][-_WINDOW:]
    return still >= 2 and len(before) == _WINDOW and sum(before) / _WINDOW >= _MOVING


def _goes_on(clip: Clip, frame: int) -> bool:
    """Return True if a frame shows the same scene as the one before it, despite camera motion.

    ORB features (Rublee et al., 2011) of both are matched, and the inliers of one homography are
    counted.
    """
    with clip.reopen() as again:
        pair = again.read(Span(frame - 1, frame + 1)).frames
    orb = cv2.ORB.create(_FEATURES)
    whole = np.empty(0, np.uint8)
    (points, words), (others, their_words) = (
        orb.detectAndCompute(_grey(rgb), whole) for rgb in pair
    )
    if words is None or their_words is None:
        return False
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(words, their_words)
    if len(pairs) < _AGREE:
        return False
    here = np.array([points[one.queryIdx].pt for one in pairs], np.float32)
    there = np.array([others[one.trainIdx].pt for one in pairs], np.float32)
    _, agree = cv2.findHomography(here, there, cv2.RANSAC, _MOVED_PX)
    return agree is not None and int(np.count_nonzero(agree)) >= _AGREE


def _grey(rgb: Frames) -> Frames:
    """Return (h, w) uint8 grey, shrunk to at most `_FEATURES_WIDTH` pixels across."""
    scale = min(1.0, _FEATURES_WIDTH / rgb.shape[1])
    size = round(rgb.shape[1] * scale), max(1, round(rgb.shape[0] * scale))
    grey = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.uint8)


def _change(before: Frames, after: Frames) -> float:
    """Return the weighted mean change of hue, saturation and value, in levels of 8 bits."""
    pair = (cv2.cvtColor(frame, cv2.COLOR_RGB2HSV) for frame in (before, after))
    mean = cv2.mean(cv2.absdiff(*pair))
    total = sum(part * weight for part, weight in zip(mean, _WEIGHTS, strict=False))
    return float(total / sum(_WEIGHTS))


def _stands_out(changes: Sequence[float]) -> bool:
    """Return True if the middle of a full window of changes is large enough for a cut."""
    if len(changes) < 2 * _WINDOW + 1:
        return False
    own = changes[_WINDOW]
    around = (sum(changes) - own) / (2 * _WINDOW)
    return own >= _LEAST and own >= _RATIO * around


def _thumbnail(rgb: Frames) -> Frames:
    return np.asarray(cv2.resize(rgb, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _without_glitches(breaks: Sequence[_Break]) -> tuple[_Break, ...]:
    """Keep the breaks that start a new shot: of several in close succession, at most the last."""
    groups: list[list[_Break]] = []
    for one in breaks:
        if groups and one.frame - groups[-1][-1].frame < SHORTEST_FRAMES:
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(group[-1] for group in groups if not _is_glitch(group))


def _is_glitch(group: Sequence[_Break]) -> bool:
    """Return True if the shot continues after the last break as it was before the first."""
    first = group[0]
    most = _SAME + _SAME_SHARE * _gap(first.earlier, first.before)
    return len(group) > 1 and _gap(first.before, group[-1].after) < most


def _gap(first: Frames, second: Frames) -> float:
    """Return the mean absolute difference in intensity levels."""
    return float(cv2.absdiff(first, second).mean())


def split_shots(cuts: Sequence[int], frames: int) -> tuple[Span, ...]:
    """Return the spans of the shots of a clip with `frames` frames.

    `cuts`: the first frame of every shot except the first, in ascending order.
    """
    return tuple(Span(start, stop) for start, stop in pairwise((0, *cuts, frames)))
