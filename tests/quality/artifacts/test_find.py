"""Test that planted artifacts are found at their place, and that clean clips give no alarm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from examples.synthetic import Camera, scene, texture
from examples.synthetic.broken import PLANTS
from tests.making import write_folder
from vinpaint.core import Artifact, Box, Cancelled, Frames, Span, no_op
from vinpaint.media import open_clip
from vinpaint.quality.artifacts import ARTIFACT_FINDERS, find_artifacts
from vinpaint.quality.artifacts.base import RADIUS
from vinpaint.quality.artifacts.scan import scan_windows

SIZE, COUNT = (240, 136), 44
BOX = Box(80, 40, 152, 96)
EXAMPLES = Path(__file__).parents[3] / "examples"


def overlap(one: Box, other: Box) -> float:
    """Return the intersection over union of two boxes."""
    shared = one.intersection(other)
    if shared is None:
        return 0.0
    both = shared.width * shared.height
    return both / (one.width * one.height + other.width * other.height - both)


def street(frames: int = COUNT, *, pan: float = 1.5, seed: int = 3) -> Frames:
    """Return frames of a camera that pans over a texture."""
    picture = texture(300, 700, seed=seed)
    camera = Camera(pan_px=(pan, 0.4), zoom=0.001)
    return scene(picture, camera, size=SIZE, frames=frames, start=(200.0, 150.0))


def found_in(frames: Frames, tmp_path: Path) -> tuple[Artifact, ...]:
    return find_artifacts(open_clip(write_folder(tmp_path / "clip", frames)), progress=no_op)


@pytest.mark.parametrize(
    ("plant", "kind", "span", "strength"),
    [
        ("torn", "glitch", Span(20, 23), 1.0),
        ("other picture", "glitch", Span(20, 21), 0.6),
        ("flicker", "flicker", Span(10, 36), 0.3),
        ("colour", "colour", Span(18, 30), 0.4),
        ("colour", "colour", Span(18, COUNT), 0.4),
    ],
)
def test_a_planted_fault_is_the_one_proposal(
    plant: str, kind: str, span: Span, strength: float, tmp_path: Path
) -> None:
    broken = PLANTS[plant](street(), BOX, span, strength, 1)
    (fault,) = found_in(broken, tmp_path)
    assert fault.kind == kind
    assert overlap(fault.box, BOX) > 0.6
    assert 0.15 <= fault.score <= 1
    slack = 3 if kind == "flicker" else 0  # at random, its first frames may hardly differ
    assert abs(fault.span.start - span.start) <= slack
    assert abs(fault.span.stop - span.stop) <= slack
    assert fault.lasts == (span.stop == COUNT)
    assert not fault.whole


@pytest.mark.parametrize("count", [1, 5])
def test_repeated_frames_are_counted(count: int, tmp_path: Path) -> None:
    span = Span(20, 20 + count)
    (fault,) = found_in(PLANTS["frozen"](street(), BOX, span, 1.0, 0), tmp_path)
    assert (fault.kind, fault.span, fault.amount) == ("frozen", span, count)
    assert fault.whole


def test_every_fifth_frame_repeated_is_one_proposal(tmp_path: Path) -> None:
    frames = street()
    numbers = [t - 1 if t % 5 == 0 and t else t for t in range(COUNT)]
    (fault,) = found_in(frames[numbers], tmp_path)
    assert fault.kind == "frozen"
    assert fault.amount >= 6
    assert fault.span.length > 3 * fault.amount


def test_a_black_frame_is_a_glitch_of_the_whole_picture(tmp_path: Path) -> None:
    frames = street().copy()
    frames[20] = 0
    (fault,) = found_in(frames, tmp_path)
    assert (fault.kind, fault.span, fault.whole) == ("glitch", Span(20, 21), True)
    assert fault.box == Box(0, 0, *SIZE)


def test_a_stronger_fault_scores_more(tmp_path: Path) -> None:
    def score(strength: float) -> float:
        broken = PLANTS["flicker"](street(), BOX, Span(10, 36), strength, 1)
        return found_in(broken, tmp_path / str(strength))[0].score

    scores = [score(strength) for strength in (0.2, 0.4, 0.8)]
    assert scores == sorted(set(scores))


def test_two_faults_are_two_proposals(tmp_path: Path) -> None:
    other = Box(8, 8, 64, 56)
    broken = PLANTS["torn"](street(), other, Span(12, 14), 1.0, 1)
    broken = PLANTS["colour"](broken, BOX, Span(24, 34), 0.4, 1)
    found = found_in(broken, tmp_path)
    assert {one.kind for one in found} == {"glitch", "colour"}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def drift(frames: Frames) -> Frames:
    """Let the exposure fall and rise again slowly."""
    gain = 1 + 0.25 * np.sin(np.arange(len(frames)) / 7)
    return np.clip(frames * gain[:, None, None, None], 0, 255).astype(np.uint8)


def grain(frames: Frames) -> Frames:
    random = np.random.default_rng(0)
    return np.clip(frames + random.normal(0, 9, frames.shape), 0, 255).astype(np.uint8)


def blurred(frames: Frames) -> Frames:
    return np.stack([cv2.blur(frame, (15, 1)) for frame in frames])


def crossed(frames: Frames) -> Frames:
    """Let a dark object cross the picture fast."""
    crossing = frames.copy()
    for t in range(10, 24):
        left = (t - 10) * 18
        crossing[t, 20:110, left : left + 30] = texture(90, 30, seed=8)[:, : SIZE[0] - left] // 3
    return crossing


@pytest.mark.parametrize(
    "make",
    [
        street,
        lambda: street(pan=9.0),
        lambda: blurred(street(pan=9.0)),
        lambda: drift(street()),
        lambda: grain(street()),
        lambda: crossed(street()),
        lambda: np.concatenate([street(22), street(22, seed=9)]),
        lambda: np.repeat(street(1), 30, axis=0),
        lambda: grain(np.repeat(street(1), 30, axis=0)),
        lambda: np.concatenate([street(22), np.repeat(street(22)[-1:], 20, axis=0)]),
    ],
    ids=[
        "pan", "fast", "motion blur", "exposure", "grain", "crossing", "cut", "still",
        "still with grain", "freeze at the end",
    ],
)  # fmt: skip
def test_a_sound_clip_raises_no_alarm(make: Callable[[], Frames], tmp_path: Path) -> None:
    assert found_in(make(), tmp_path) == ()


@pytest.mark.parametrize("shape", [(1, 40, 40), (2, 8, 8), (12, 1, 1), (30, 20, 300)])
def test_odd_clips_are_answered(shape: tuple[int, int, int], tmp_path: Path) -> None:
    random = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    assert all(0 <= one.score <= 1 for one in found_in(random, tmp_path))


@pytest.mark.slow
def test_the_example_is_found_on_its_frames() -> None:
    (fault,) = find_artifacts(open_clip(EXAMPLES / "glitch.mp4"), progress=no_op)
    assert (fault.kind, fault.span) == ("glitch", Span(48, 51))
    assert overlap(fault.box, Box(224, 136, 448, 296)) > 0.85


def test_it_can_be_stopped(tmp_path: Path) -> None:
    clip = open_clip(write_folder(tmp_path / "clip", street()))

    def stop(fraction: float, words: str) -> None:
        if fraction > 0.5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        find_artifacts(clip, progress=stop)


def test_progress_goes_forward(tmp_path: Path) -> None:
    clip = open_clip(write_folder(tmp_path / "clip", street()))
    told: list[float] = []
    find_artifacts(clip, progress=lambda fraction, _: told.append(fraction))
    assert told == sorted(told)
    assert told[-1] > 0.9


def test_a_window_holds_few_frames_however_long_the_clip(tmp_path: Path) -> None:
    clip = open_clip(write_folder(tmp_path / "clip", street(60)[:, ::4, ::4]))
    seen = list(scan_windows(clip, Span(5, 55), progress=no_op))
    assert [window.frame for window in seen] == list(range(5, 55))
    assert max(len(window.small_frames) for window in seen) == 2 * RADIUS + 1
    assert all(window.frame in window.small_frames for window in seen)
    assert min(min(window.small_frames) for window in seen) == 5, "nothing from the shot before"


def test_every_finder_has_a_title() -> None:
    assert all(finder.title for finder in ARTIFACT_FINDERS.values())


@pytest.mark.slow
def test_real_clips_raise_no_alarm(clips: Path) -> None:
    """At most one false alarm is allowed per unharmed clip."""
    places = sorted(clips.glob("*/frames"))
    found = {
        place.parent.name: find_artifacts(open_clip(place), progress=no_op) for place in places
    }
    assert len(found) >= 8
    assert {name: len(faults) for name, faults in found.items() if len(faults) > 1} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["camel", "car-shadow"])
@pytest.mark.parametrize(
    ("plant", "kind", "span", "strength"),
    [
        ("torn", "glitch", Span(15, 18), 1.0),
        ("flicker", "flicker", Span(8, 32), 0.5),
        ("colour", "colour", Span(14, 26), 0.5),
        ("frozen", "frozen", Span(15, 18), 1.0),
    ],
)
def test_planted_in_real_clips_it_comes_first(
    name: str, plant: str, kind: str, span: Span, strength: float, clips: Path, tmp_path: Path
) -> None:
    frames = open_clip(clips / name / "frames").read(Span(0, 40)).frames[:, ::2, ::2]
    box = Box(40, 20, 150, 100)
    first, *_ = found_in(PLANTS[plant](frames, box, span, strength, 1), tmp_path)
    assert first.kind == kind
    assert first.span.intersection(span).length >= 0.8 * span.length
    assert kind == "frozen" or overlap(first.box, box) > 0.5
