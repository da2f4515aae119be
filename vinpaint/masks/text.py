"""Mask source: things found by words, on sampled frames, then followed by the tracker.

A thing found on several frames is one candidate: boxes are linked through time by where the last
ones let expect it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from vinpaint import models
from vinpaint.core import (
    Box,
    BoxPrompt,
    MaskError,
    MaskTrack,
    Progress,
    Prompt,
    SettingsError,
    Span,
    TextPrompt,
    section,
)
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.detect.grounding_dino import (
    WEIGHTS,
    Detection,
    Detector,
    asked,
    load_detector,
    look_for,
    overlap,
)
from vinpaint.masks.mask_tracks import UnionTrack
from vinpaint.masks.trackers import load_tracker
from vinpaint.media import Clip
from vinpaint.runtime.devices import resolve_device

_USUAL = TrackerOptions()

EVERY_FRAMES = 20
"""Frames from one look to the next."""

_LOST_FRAMES = 3 * EVERY_FRAMES
"""What was not found for longer is another thing when it comes back."""
_LEAST_OVERLAP = 0.1
_SURE_OVERLAP = 0.5
"""Boxes that overlap as much are one thing, whatever words they answer."""


@dataclass(frozen=True)
class Candidate:
    """A thing that fits the words, to choose from before it is followed.

    `number`: from 1, the surest first; `label`: the words that it answers; `score`: how surely at
    best, 0 to 1, on `frame`, in `box`; `frames_seen`: all the frames that it was found on, of
    those that were looked at.
    """

    number: int
    label: str
    score: float
    frame: int
    box: Box
    frames_seen: tuple[int, ...]


class Seen(NamedTuple):
    """A detection and its frame."""

    frame: int
    what: Detection


@dataclass(frozen=True)
class TextSource:
    """Takes `Words` prompts."""

    title: str = "Words"
    kinds: tuple[str, ...] = ("text",)

    def find(
        self, clip: Clip, where: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """The chosen things, each followed both ways from where it was found most surely.

        Raises MaskError where nothing fits, MissingError where the weights are absent.
        """
        prompts = [prompt for prompt in where if isinstance(prompt, TextPrompt)]
        tracks: list[MaskTrack] = []
        for i, words in enumerate(prompts):
            told = section(progress, i / len(prompts), (i + 1) / len(prompts))
            found = find_candidates(clip, words, options=options, progress=section(told, 0.0, 0.5))
            picked = chosen(found, words.chosen)
            rest = section(told, 0.5, 1.0)
            tracks.append(follow_candidates(clip, picked, options=options, progress=rest))
        return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def ready() -> bool:
    """Whether things can be found by words here: the weights are on this machine."""
    return models.present(WEIGHTS)


def find_candidates(
    clip: Clip, words: TextPrompt, *, options: TrackerOptions = _USUAL, progress: Progress
) -> tuple[Candidate, ...]:
    """All things on the clip that fit the words, the surest first.

    Every 20th frame is looked at, the last one too. Raises MaskError where nothing fits (it names
    the best score), SettingsError for thresholds out of range and for a licence that is not
    allowed, MissingError without weights.
    """
    text = asked(words.text).rstrip(".")
    _check_thresholds(words)
    models.check_licence(WEIGHTS, commercial_safe=options.commercial_safe)
    progress(0.0, f"loading {models.weights_entry(WEIGHTS).title}")
    detector = models.load_cached(
        WEIGHTS,
        load_detector,
        device=resolve_device(options.device),
        instead="mark the thing with a click or a box, which needs none",
    )
    looks, best = _look_through(clip, detector, words, progress)
    trails = link(looks)
    if not trails:
        raise MaskError(
            f"nothing that fits '{text}' was found (best score {best:.2f}, threshold "
            f"{words.box_threshold:.2f}); lower the box threshold, use other words, or click it"
        )
    ranked = sorted((_candidate(trail) for trail in trails), key=lambda c: (-c.score, c.frame))
    return tuple(_numbered(one, number) for number, one in enumerate(ranked, 1))


def chosen(found: Sequence[Candidate], numbers: Sequence[int] | None) -> tuple[Candidate, ...]:
    """The candidates meant; None is all. Raises MaskError for a number that is not there."""
    if numbers is None:
        return tuple(found)
    if not numbers:
        raise MaskError("none of the found things is chosen; choose at least one, or all")
    for number in numbers:
        if not 1 <= number <= len(found):
            raise MaskError(
                f"there is no found thing {number}; {len(found)} were found, so choose among "
                f"1 to {len(found)}"
            )
    return tuple(found[number - 1] for number in sorted(set(numbers)))


def follow_candidates(
    clip: Clip, picked: Sequence[Candidate], *, options: TrackerOptions, progress: Progress
) -> MaskTrack:
    """The masks of candidates, followed both ways from their boxes. Raises MaskError."""
    follow = load_tracker(options).follow
    tracks: list[MaskTrack] = []
    for i, one in enumerate(picked):
        told = section(progress, i / len(picked), (i + 1) / len(picked))
        try:
            tracks.append(follow(clip, [BoxPrompt(one.frame, one.box)], progress=told))
        except MaskError as error:
            raise MaskError(
                f"found thing {one.number} ('{one.label}', frame {one.frame}) has no outline in "
                "its box; leave it out, or mark it with clicks"
            ) from error
    return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def _check_thresholds(words: TextPrompt) -> None:
    named = (("box", words.box_threshold), ("text", words.text_threshold))
    for name, value in named:
        if not 0.0 < value < 1.0:
            raise SettingsError(
                f"the {name} threshold lies between 0 and 1, received {value}; 0.3 is usual"
            )


def sampled(frames: int) -> list[int]:
    """The frames to look at; the last one too, where much has passed since the one before."""
    looks = list(range(0, frames, EVERY_FRAMES))
    if frames - 1 - looks[-1] >= EVERY_FRAMES // 2:
        looks.append(frames - 1)
    return looks


def _look_through(
    clip: Clip, detector: Detector, words: TextPrompt, progress: Progress
) -> tuple[list[tuple[int, tuple[Detection, ...]]], float]:
    """(frame, what was found there) for every sampled frame; the best score of all."""
    looks, best = [], 0.0
    text = asked(words.text).rstrip(".")
    frames = sampled(clip.frames)
    with clip.reopen() as clip:
        for i, t in enumerate(frames):
            progress(i / len(frames), f"looking for '{text}', frame {t}")
            seen = look_for(detector, clip.read(Span(t, t + 1)).frames[0], words)
            looks.append((t, seen.found))
            best = max(best, seen.best_score)
    return looks, best


def link(looks: Sequence[tuple[int, Sequence[Detection]]]) -> list[list[Seen]]:
    """Detections of frame after frame as things: each look's best pairs first."""
    trails: list[list[Seen]] = []
    for t, found in looks:
        pairs = sorted(
            (
                (-likeness, i, j)
                for i, trail in enumerate(trails)
                for j, what in enumerate(found)
                if (likeness := _likeness(trail, t, what)) > 0
            )
        )
        taken: dict[int, int] = {}
        for _, i, j in pairs:
            if i not in taken and j not in taken.values():
                taken[i] = j
                trails[i].append(Seen(t, found[j]))
        news = [what for j, what in enumerate(found) if j not in taken.values()]
        trails += [[Seen(t, what)] for what in news]
    return trails


def _likeness(trail: Sequence[Seen], t: int, what: Detection) -> float:
    """How well a detection continues a trail; 0 where it does not."""
    last = trail[-1]
    if t - last.frame > _LOST_FRAMES:
        return 0.0
    shared = max(overlap(last.what.box, what.box), overlap(_expected(trail, t), what.box))
    if shared >= _SURE_OVERLAP:
        return 1.0 + shared
    if not set(last.what.label.split()) & set(what.label.split()):
        return 0.0
    if shared >= _LEAST_OVERLAP:
        return 1.0 + shared
    return _nearness(_expected(trail, t), what.box)


def _expected(trail: Sequence[Seen], t: int) -> Box:
    """The last box, moved on as it moved between the last two."""
    last = trail[-1]
    if len(trail) < 2:
        return last.what.box
    before = trail[-2]
    pace = (t - last.frame) / (last.frame - before.frame)
    (x, y), (x0, y0) = _centre(last.what.box), _centre(before.what.box)
    return last.what.box.shift(round(pace * (x - x0)), round(pace * (y - y0)))


def _nearness(a: Box, b: Box) -> float:
    """0 to 0.5: boxes of like size less than their own length apart, which a quick thing moves."""
    sizes = a.width * a.height, b.width * b.height
    length = max(a.width, a.height, b.width, b.height)
    (ax, ay), (bx, by) = _centre(a), _centre(b)
    apart = float(max(abs(ax - bx), abs(ay - by))) / length
    if apart >= 1 or max(sizes) > 2 * min(sizes):
        return 0.0
    return 0.5 * (1 - apart)


def _centre(box: Box) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def _candidate(trail: Sequence[Seen]) -> Candidate:
    best = max(trail, key=lambda seen: (seen.what.score, -seen.frame))
    seen = tuple(one.frame for one in trail)
    what = best.what
    return Candidate(0, what.label, what.score, best.frame, what.box, seen)


def _numbered(one: Candidate, number: int) -> Candidate:
    return Candidate(number, one.label, one.score, one.frame, one.box, one.frames_seen)
