"""Scene cuts: find where a clip cuts from one shot to the next.

The change of every frame is compared with its neighbours': a cut stands out, a fast pan does not.
Frames are compared as thumbnails of 24 by 14 pixels, so that foliage and camera shake average out:
at 256 pixels, a rider filmed from a running camera changes as much per frame as a cut does; at 24
pixels, a third of that.

The measure is that of the adaptive detector of PySceneDetect 0.7 (Castellano,
https://scenedetect.com). The code is our own because a repair tool needs what that library lacks:
a glitch (a few damaged or foreign frames within a shot, after which the same picture goes on) and
the jump after frozen frames must not split the shot, since the fill looks for pixels in its other
frames. Importing the library also takes longer than scanning a typical clip.
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
"""A shorter run of frames is a glitch, not a shot."""

_SIZE = (24, 14)
_WINDOW = 4
"""Frames on either side with which the change of a frame is compared."""
_RATIO = 2.3
"""A cut changes this many times as much as its neighbours. Eight real clips: pans reach 2.0, also
at twice their speed; the least of 56 cuts between them 3.0."""
_LEAST = 10.0
"""And this much in itself, in steps of 255: below it lie flicker and noise."""
_WEIGHTS = (0.3, 0.5, 1.0)
"""Hue, saturation, value. Hue is mostly noise where there is little colour."""
_SAME, _SAME_SHARE = 20.0, 1.2
"""After a glitch the picture is the same shot's when it differs from the one before by no more
than this, in steps of 255, and this many times the last change before the glitch."""
_STILL, _MOVING = 0.5, 1.0
"""Changes below the first are those of a frame that is repeated, coded anew; a picture that moves
changes by the second and more."""
_LONGEST_FREEZE = 48
_FEATURES, _FEATURES_WIDTH, _MOVED_PX, _AGREE = 600, 320, 3.0, 20
"""Of 161 jumps after 3 to 10 frozen frames in eight real clips, 150 have so many features that
agree; of 112 cuts between these clips none has more than 12."""


@dataclass(frozen=True, repr=False)
class _Break:
    """A frame that does not follow from the one before; both and the one before as thumbnails.

    `frozen`: the frames before it repeat one of a picture that had moved until then.
    """

    frame: int
    earlier: Frames
    before: Frames
    after: Frames
    frozen: bool = False


def find_cuts(clip: Clip, *, progress: Progress) -> tuple[int, ...]:
    """Return the first frame of every shot except the first.

    A glitch of fewer than 6 frames within a shot is not a cut; between two shots it counts as the
    end of the earlier one. A jump after frozen frames is not a cut if the same scene goes on.
    Dissolves, fades and cuts in the first or last 4 frames are not found.

    Raises MediaError, and whatever `progress` raises to stop.
    """
    with clip.reopen() as source:
        found = _without_glitches(_breaks(source, progress))
    return tuple(one.frame for one in found if not (one.frozen and _goes_on(clip, one.frame)))


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
    """Whether the last of these changes are of repeated frames, after a picture that moved."""
    still = next((n for n, change in enumerate(reversed(past)) if change >= _STILL), len(past))
    before = past[: len(past) - still][-_WINDOW:]
    return still >= 2 and len(before) == _WINDOW and sum(before) / _WINDOW >= _MOVING


def _goes_on(clip: Clip, frame: int) -> bool:
    """Whether a frame shows the place of the one before it, from wherever the camera is by now.

    Features of both that one homography leads onto each other (ORB; Rublee et al., 2011).
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
    """(h, w) uint8, no wider than features are looked for."""
    scale = min(1.0, _FEATURES_WIDTH / rgb.shape[1])
    size = round(rgb.shape[1] * scale), max(1, round(rgb.shape[0] * scale))
    grey = cv2.cvtColor(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    return np.asarray(grey, np.uint8)


def _change(before: Frames, after: Frames) -> float:
    """The weighted mean of the changes of hue, saturation and value, in steps of 255."""
    pair = (cv2.cvtColor(frame, cv2.COLOR_RGB2HSV) for frame in (before, after))
    mean = cv2.mean(cv2.absdiff(*pair))
    total = sum(part * weight for part, weight in zip(mean, _WEIGHTS, strict=False))
    return float(total / sum(_WEIGHTS))


def _stands_out(changes: Sequence[float]) -> bool:
    """Whether the middle one of a full window of changes is far above the others."""
    if len(changes) < 2 * _WINDOW + 1:
        return False
    own = changes[_WINDOW]
    around = (sum(changes) - own) / (2 * _WINDOW)
    return own >= _LEAST and own >= _RATIO * around


def _thumbnail(rgb: Frames) -> Frames:
    return np.asarray(cv2.resize(rgb, _SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def _without_glitches(breaks: Sequence[_Break]) -> tuple[_Break, ...]:
    """Keep the breaks that start a new shot: of several close together at most the last."""
    groups: list[list[_Break]] = []
    for one in breaks:
        if groups and one.frame - groups[-1][-1].frame < SHORTEST_FRAMES:
            groups[-1].append(one)
        else:
            groups.append([one])
    return tuple(group[-1] for group in groups if not _is_glitch(group))


def _is_glitch(group: Sequence[_Break]) -> bool:
    """Return whether the picture after the last break equals the one before the first."""
    first = group[0]
    most = _SAME + _SAME_SHARE * _gap(first.earlier, first.before)
    return len(group) > 1 and _gap(first.before, group[-1].after) < most


def _gap(first: Frames, second: Frames) -> float:
    """Return the mean absolute difference in intensity levels."""
    return float(cv2.absdiff(first, second).mean())


def split_shots(cuts: Sequence[int], frames: int) -> tuple[Span, ...]:
    """Return the span of every shot of a clip of `frames` frames."""
    return tuple(Span(start, stop) for start, stop in pairwise((0, *cuts, frames)))
