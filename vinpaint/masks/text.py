"""Mask source: objects named in words, detected on sampled frames and then followed.

Detections on several frames are linked into one candidate per object: a detection continues a
candidate if it is close to the last box, or to the box extrapolated from the last two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
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
    TextPrompt,
)
from vinpaint.masks.base import TrackerOptions, split
from vinpaint.masks.detect.grounding_dino import (
    WEIGHTS,
    Detector,
    ObjectDetection,
    box_overlap,
    detect,
    greedy_matching,
    load_detector,
    normalise_query,
)
from vinpaint.masks.mask_tracks import union
from vinpaint.masks.trackers import load_tracker
from vinpaint.media import Clip
from vinpaint.runtime.devices import resolve_device

EVERY_FRAMES = 20
"""Interval between the frames on which objects are detected."""

_MAX_GAP_FRAMES = 3 * EVERY_FRAMES
"""An object that is not detected for longer than this becomes a new candidate when it returns."""
_MIN_OVERLAP = 0.1
"""Minimum intersection over union of two boxes of one object whose labels share a word."""
_SAME_OVERLAP = 0.5
"""Minimum intersection over union of two boxes of one object whose labels share no word."""


@dataclass(frozen=True)
class Candidate:
    """An object that matches the words, and that may be chosen to be followed.

    number: from 1, highest score first; label: the words that it matches; score: its highest
    confidence, 0 to 1; frame, box: the frame and the box of that confidence; frames_seen: the
    sampled frames on which it was detected.
    """

    number: int
    label: str
    score: float
    frame: int
    box: Box
    frames_seen: tuple[int, ...]


class TrackedDetection(NamedTuple):
    """A detection and its frame number."""

    frame: int
    detection: ObjectDetection


@dataclass(frozen=True)
class TextSource:
    """Accepts `TextPrompt` prompts."""

    title: str = "Words"
    kinds: tuple[str, ...] = ("text",)

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Follow the chosen objects from their best detections, in both directions of time.

        Raises MaskError if nothing matches the words or a chosen number does not exist,
        SettingsError for invalid thresholds or a licence that is not allowed, MissingError if the
        weights are missing.
        """
        queries = [prompt for prompt in prompts if isinstance(prompt, TextPrompt)]
        tracks: list[MaskTrack] = []
        for query, reported in zip(queries, split(progress, len(queries)), strict=True):
            first, second = split(reported, 2)
            found = find_candidates(clip, query, options=options, progress=first)
            picked = select(found, query.chosen)
            tracks.append(follow_candidates(clip, picked, options=options, progress=second))
        return union(tracks)


def find_candidates(
    clip: Clip, query: TextPrompt, *, options: TrackerOptions = TrackerOptions(), progress: Progress
) -> tuple[Candidate, ...]:
    """Return all objects of the clip that match the words, highest score first.

    Objects are detected on sampled frames only; see `sampled`.

    Args:
        clip: The clip to search.
        query: The words, and the thresholds of the detector. `query.chosen` is ignored.
        options: The device, and whether the licence must allow commercial use.
        progress: Called while the clip is searched; may raise to stop.

    Raises:
        MaskError: nothing matches; the message names the best score.
        SettingsError: a threshold is out of range, or the licence is not allowed.
        MissingError: the weights are not on this machine.
    """
    text = normalise_query(query.text).rstrip(".")
    for name, value in (("box", query.box_threshold), ("text", query.text_threshold)):
        if not 0.0 < value < 1.0:
            raise SettingsError(
                f"the {name} threshold lies between 0 and 1, received {value}; 0.3 is usual"
            )
    models.check_licence(WEIGHTS, commercial_safe=options.commercial_safe)
    progress(0.0, f"loading {models.weights_entry(WEIGHTS).title}")
    detector = models.load_cached(
        WEIGHTS,
        load_detector,
        device=resolve_device(options.device),
        instead="mark the object with a click or a box, which needs none",
    )
    detections, best = _detect_on_samples(clip, detector, query, progress)
    candidates = [_candidate(trail) for trail in link(detections)]
    if not candidates:
        raise MaskError(
            f"nothing that fits '{text}' was found (best score {best:.2f}, threshold "
            f"{query.box_threshold:.2f}); lower the box threshold, use other words, or click it"
        )
    ranked = sorted(candidates, key=lambda c: (-c.score, c.frame))
    return tuple(replace(found, number=number) for number, found in enumerate(ranked, 1))


def select(found: Sequence[Candidate], numbers: Sequence[int] | None) -> tuple[Candidate, ...]:
    """Return the candidates with the given numbers, or all if None.

    Raises MaskError if `numbers` is empty, or if a number does not exist.
    """
    if numbers is None:
        return tuple(found)
    if not numbers:
        raise MaskError("none of the found objects is chosen; choose at least one, or all")
    for number in numbers:
        if not 1 <= number <= len(found):
            raise MaskError(
                f"there is no found object {number}; {len(found)} were found, so choose among "
                f"1 to {len(found)}"
            )
    return tuple(found[number - 1] for number in sorted(set(numbers)))


def follow_candidates(
    clip: Clip, picked: Sequence[Candidate], *, options: TrackerOptions, progress: Progress
) -> MaskTrack:
    """Follow candidates from their boxes in both directions of time; return the union.

    Raises MaskError, naming the candidate, if no object is found in its box.
    """
    tracker = load_tracker(options)
    tracks: list[MaskTrack] = []
    for candidate, reported in zip(picked, split(progress, len(picked)), strict=True):
        prompt = BoxPrompt(candidate.frame, candidate.box)
        try:
            tracks.append(tracker.follow(clip, [prompt], progress=reported))
        except MaskError as error:
            raise MaskError(
                f"found object {candidate.number} ('{candidate.label}', frame {candidate.frame}) "
                "has no outline in its box; leave it out, or mark it with clicks"
            ) from error
    return union(tracks)


def sampled(frames: int) -> list[int]:
    """Return the frames to search in a clip of `frames` frames.

    These are every 20th frame, and the last one if it is 10 frames or more after the others.
    """
    samples = list(range(0, frames, EVERY_FRAMES))
    if frames - 1 - samples[-1] >= EVERY_FRAMES // 2:
        samples.append(frames - 1)
    return samples


def _detect_on_samples(
    clip: Clip, detector: Detector, query: TextPrompt, progress: Progress
) -> tuple[list[tuple[int, tuple[ObjectDetection, ...]]], float]:
    """Return (frame number, detections) of every sampled frame, and the best score of all."""
    detections, best = [], 0.0
    text = normalise_query(query.text).rstrip(".")
    frames = sampled(clip.frames)
    with clip.reopen() as own:
        for i, t in enumerate(frames):
            progress(i / len(frames), f"looking for '{text}', frame {t}")
            result = detect(detector, own[t], query)
            detections.append((t, result.found))
            best = max(best, result.best_score)
    return detections, best


def link(samples: Sequence[tuple[int, Sequence[ObjectDetection]]]) -> list[list[TrackedDetection]]:
    """Link detections on successive frames into one list per object, best matches first.

    `samples`: (frame number, detections) of each sampled frame, in order.
    """
    trails: list[list[TrackedDetection]] = []
    for t, detections in samples:
        partner = greedy_matching(trails, detections, partial(_match_score, t))
        for i, j in partner.items():
            trails[i].append(TrackedDetection(t, detections[j]))
        new = [d for j, d in enumerate(detections) if j not in partner.values()]
        trails += [[TrackedDetection(t, detection)] for detection in new]
    return trails


def _match_score(t: int, trail: Sequence[TrackedDetection], detection: ObjectDetection) -> float:
    """Return a score of how well a detection on frame `t` continues a trail; 0 if it does not."""
    last = trail[-1]
    if t - last.frame > _MAX_GAP_FRAMES:
        return 0.0
    expected = _extrapolated_box(trail, t)
    shared = max(box_overlap(box, detection.box) for box in (last.detection.box, expected))
    same_words = set(last.detection.label.split()) & set(detection.label.split())
    if shared >= (_MIN_OVERLAP if same_words else _SAME_OVERLAP):
        return 1.0 + shared
    return _nearness(expected, detection.box) if same_words else 0.0


def _extrapolated_box(trail: Sequence[TrackedDetection], t: int) -> Box:
    """Extrapolate the last box to frame `t`, at the velocity between the last two boxes."""
    last = trail[-1]
    if len(trail) < 2:
        return last.detection.box
    before = trail[-2]
    ratio = (t - last.frame) / (last.frame - before.frame)
    (x, y), (x0, y0) = _centre(last.detection.box), _centre(before.detection.box)
    return last.detection.box.shift(round(ratio * (x - x0)), round(ratio * (y - y0)))


def _nearness(a: Box, b: Box) -> float:
    """Return a score of how close two boxes are, 0 to 0.5.

    0 if their areas differ by more than a factor of 2, or if their centres are further apart than
    the longest side of the boxes.
    """
    sizes = a.width * a.height, b.width * b.height
    length = max(a.width, a.height, b.width, b.height)
    (ax, ay), (bx, by) = _centre(a), _centre(b)
    distance = float(max(abs(ax - bx), abs(ay - by))) / length
    if distance >= 1 or max(sizes) > 2 * min(sizes):
        return 0.0
    return 0.5 * (1 - distance)


def _centre(box: Box) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def _candidate(trail: Sequence[TrackedDetection]) -> Candidate:
    frame, best = max(trail, key=lambda item: (item.detection.score, -item.frame))
    frames = tuple(item.frame for item in trail)
    return Candidate(0, best.label, best.score, frame, best.box, frames)
