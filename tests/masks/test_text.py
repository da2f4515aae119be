"""Test objects found by text: detection, linking, selection and tracking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.making import write_folder
from tests.masks.making import folder_clip, moving_disk, overlap, silence
from tests.tiny import save_grounding_dino, save_sam2
from vinpaint import masks, models
from vinpaint.core import (
    Bools,
    Box,
    BoxPrompt,
    Frames,
    MaskError,
    MissingError,
    SettingsError,
    TextPrompt,
    bounding_box,
)
from vinpaint.masks import text as module
from vinpaint.masks.detect.grounding_dino import (
    WEIGHTS,
    Detector,
    FrameDetections,
    ObjectDetection,
    detect,
    input_size,
    load_detector,
    normalise_query,
    suppress_duplicates,
)
from vinpaint.masks.text import Candidate, find_candidates, link, sampled, select
from vinpaint.media import Clip, open_clip

COUNT = 30
WORDS = TextPrompt("the red car")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    save_grounding_dino(root / "grounding-dino-tiny")
    save_sam2(root / "sam2.1-hiera-tiny")
    return root


@pytest.fixture(autouse=True)
def place(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VINPAINT_MODELS", str(weights))


@pytest.fixture(scope="module")
def detector(weights: Path) -> Detector:
    return load_detector(weights / "grounding-dino-tiny", "cpu", "float32")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools]:
    """Return a disk that crosses the picture, and its true masks."""
    frames, true = moving_disk(count=COUNT, start=(24.0, 40.0), step=(2.5, 0.5), radius=14)
    return folder_clip(tmp_path_factory.mktemp("clip") / "frames", frames), true


def seen(
    x: int, y: int, label: str = "red car", score: float = 0.5, size: int = 20
) -> ObjectDetection:
    return ObjectDetection(Box(x, y, x + size, y + size), label, score)


# ---- the words ----


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The red  car", "the red car."),
        ("a cat. A dog.", "a cat. a dog."),
        (" logo.. ", "logo."),
        ("Straße 7", "straße 7."),
    ],
)
def test_words_are_asked_as_the_model_was_taught_them(text: str, wanted: str) -> None:
    assert normalise_query(text) == wanted
    assert normalise_query(wanted) == wanted


@pytest.mark.parametrize("text", ["", "  ", "...", "?!"])
def test_no_words_are_refused(text: str) -> None:
    with pytest.raises(MaskError, match="no words to look for"):
        normalise_query(text)


def test_too_many_words_are_refused(detector: Detector) -> None:
    with pytest.raises(MaskError, match="too many"):
        detect(detector, np.zeros((32, 40, 3), np.uint8), TextPrompt("red car " * 200))


# ---- one picture ----


def test_a_picture_gives_boxes_inside_it_with_labels_out_of_the_words(
    detector: Detector, scene: tuple[Clip, Bools]
) -> None:
    picture = scene[0].read(scene[0].span).frames[0]
    found, best = detect(detector, picture, WORDS)
    assert found
    assert best == pytest.approx(found[0].score)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for box, label, score in found:
        assert 0 <= box.x0 < box.x1 <= 128
        assert 0 <= box.y0 < box.y1 <= 96
        assert set(label.split()) <= {"the", "red", "car"}
        assert label
        assert score > WORDS.box_threshold


def test_the_thresholds_decide(detector: Detector, scene: tuple[Clip, Bools]) -> None:
    picture = scene[0].read(scene[0].span).frames[0]
    many = detect(detector, picture, TextPrompt("the red car", box_threshold=0.05)).found
    middle = (many[0].score + many[-1].score) / 2
    few = detect(detector, picture, TextPrompt("the red car", box_threshold=middle)).found
    assert few == tuple(one for one in many if one.score > middle)
    assert 0 < len(few) < len(many)
    long = detect(detector, picture, TextPrompt("the red car", text_threshold=0.01)).found
    short = detect(detector, picture, TextPrompt("the red car", text_threshold=0.9)).found
    assert sum(len(one.label) for one in long) > sum(len(one.label) for one in short)


def test_our_boxes_are_those_of_transformers_own_pipeline(
    detector: Detector, scene: tuple[Clip, Bools]
) -> None:
    """The documented steps, without any of ours."""
    from PIL import Image

    picture = Image.fromarray(scene[0].read(scene[0].span).frames[0])
    inputs = detector.processor(images=picture, text="the red car.", return_tensors="pt")
    with torch.no_grad():
        out = detector.model(**inputs)
    theirs = detector.processor.post_process_grounded_object_detection(
        out, inputs.input_ids, threshold=0.3, text_threshold=0.25, target_sizes=[(96, 128)]
    )[0]
    best = theirs["scores"].argmax()
    ours = detect(detector, np.asarray(picture), WORDS).found[0]
    assert ours.score == pytest.approx(float(theirs["scores"][best]))
    assert np.allclose(ours.box, theirs["boxes"][best].tolist(), atol=0.51)


def test_a_cpu_looks_at_fewer_pixels(detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"shortest_edge": 64, "longest_edge": 96}
    assert input_size(replace(detector, device="cuda")) == own
    assert input_size(replace(detector, device="cpu")) == own, "no larger than its own"
    monkeypatch.setattr("vinpaint.masks.detect.grounding_dino.CPU_SHORT_PX", 60)
    assert input_size(replace(detector, device="cpu")) == own | {"shortest_edge": 60}
    shapes = []
    processor = detector.processor

    def record(**asked_for: object) -> object:
        inputs = processor(**asked_for)
        shapes.append(tuple(inputs["pixel_values"].shape[2:]))
        return inputs

    record.image_processor = processor.image_processor  # type: ignore[attr-defined]
    record.post_process_grounded_object_detection = (  # type: ignore[attr-defined]
        processor.post_process_grounded_object_detection
    )
    small = replace(detector, device="cpu", processor=record, model=detector.model.cpu())
    detect(small, np.zeros((96, 128, 3), np.uint8), WORDS)
    assert shapes == [(60, 80)]


def test_one_thing_found_twice_is_one() -> None:
    a, double, other = seen(10, 10, score=0.5), seen(11, 11, "car", 0.9), seen(40, 10, score=0.4)
    assert suppress_duplicates([a, double, other]) == (double, other)


# ---- through time ----


def test_a_thing_that_moves_is_one_thing_and_two_are_two() -> None:
    looks = [(20 * i, [seen(5 + 8 * i, 10), seen(100 - 8 * i, 60)]) for i in range(5)]
    trails = link(looks)
    assert [[s.detection.box.x0 for s in trail] for trail in trails] == [
        [5, 13, 21, 29, 37],
        [100, 92, 84, 76, 68],
    ]


def test_two_that_cross_keep_their_ways() -> None:
    """Their boxes swap places at the crossing, and only the direction of motion separates them."""
    looks = [(20 * i, [seen(16 * i, 30), seen(96 - 16 * i, 34)]) for i in range(6)]
    first, second = link(looks)
    assert [s.detection.box.x0 for s in first] == [0, 16, 32, 48, 64, 80]
    assert [s.detection.box.x0 for s in second] == [96, 80, 64, 48, 32, 16]


def test_a_quick_thing_is_linked_by_nearness_and_a_far_or_unlike_one_is_not() -> None:
    assert len(link([(0, [seen(0, 0)]), (20, [seen(19, 0)])])) == 1
    assert len(link([(0, [seen(0, 0)]), (20, [seen(60, 0)])])) == 2
    assert len(link([(0, [seen(0, 0)]), (20, [seen(19, 0, size=40)])])) == 2
    assert len(link([(0, [seen(0, 0)]), (20, [seen(12, 0, label="dog")])])) == 2
    assert len(link([(0, [seen(0, 0)]), (20, [seen(1, 0, label="dog")])])) == 1


def test_a_thing_missed_for_a_while_is_found_again_and_later_it_is_another() -> None:
    assert len(link([(0, [seen(0, 0)]), (20, []), (40, [seen(2, 0)])])) == 1
    assert len(link([(0, [seen(0, 0)]), (80, [seen(2, 0)])])) == 2


@pytest.mark.parametrize(
    ("frames", "wanted"),
    [(1, [0]), (20, [0, 19]), (29, [0, 20]), (31, [0, 20, 30]), (41, [0, 20, 40])],
)
def test_every_twentieth_frame_is_looked_at_and_the_end(frames: int, wanted: list[int]) -> None:
    assert sampled(frames) == wanted


# ---- candidates ----

Script = Callable[[int], Sequence[ObjectDetection]]


def scripted(monkeypatch: pytest.MonkeyPatch, clip: Clip, script: Script, best: float = 1) -> None:
    """Let the detector answer by a script, a function of the frame number."""
    frames = clip.read(clip.span).frames

    def answer(_: object, picture: Frames, words: TextPrompt) -> FrameDetections:
        t = next(i for i, frame in enumerate(frames) if (frame == picture).all())
        return FrameDetections(tuple(script(t)), best)

    monkeypatch.setattr(module, "detect", answer)


def test_candidates_are_numbered_the_surest_first(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = {
        0: [seen(5, 5, score=0.4), seen(60, 60, "car", 0.6)],
        20: [seen(7, 5, score=0.9)],
        29: [seen(8, 5, score=0.5)],
    }
    scripted(monkeypatch, scene[0], lambda t: script[t])
    monkeypatch.setattr(module, "sampled", lambda frames: [0, 20, 29])
    assert find_candidates(scene[0], WORDS, progress=silence) == (
        Candidate(1, "red car", 0.9, 20, Box(7, 5, 27, 25), (0, 20, 29)),
        Candidate(2, "car", 0.6, 0, Box(60, 60, 80, 80), (0,)),
    )


def test_nothing_found_names_the_best_score(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted(monkeypatch, scene[0], lambda t: [], best=0.21)
    with pytest.raises(MaskError, match=r"'the red car' was found \(best score 0.21, threshold 0"):
        find_candidates(scene[0], WORDS, progress=silence)


@pytest.mark.parametrize(
    "words", [TextPrompt("car", box_threshold=0), TextPrompt("car", text_threshold=2)]
)
def test_thresholds_out_of_range_are_refused(scene: tuple[Clip, Bools], words: TextPrompt) -> None:
    with pytest.raises(SettingsError, match="threshold lies between 0 and 1"):
        find_candidates(scene[0], words, progress=silence)


def test_choosing() -> None:
    found = [Candidate(i, "car", 0.5, 0, Box(0, 0, 9, 9), (0,)) for i in (1, 2, 3)]
    assert select(found, None) == tuple(found)
    assert select(found, (3, 1, 3)) == (found[0], found[2])
    with pytest.raises(MaskError, match="choose among 1 to 3"):
        select(found, (4,))
    with pytest.raises(MaskError, match="none of the found objects is chosen"):
        select(found, ())


# ---- followed ----


@pytest.mark.slow
def test_what_is_found_late_is_followed_back_to_the_start(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, true = scene
    box = bounding_box(true[20])
    assert box is not None
    found = [ObjectDetection(box, "red car", 0.8)]
    scripted(monkeypatch, clip, lambda t: found if t == 20 else [])
    track = masks.find(clip, [WORDS], options=masks.TrackerOptions("free"), progress=silence)
    got = track.read(clip.span).values > 0.5
    assert overlap(got, true) > 0.75
    assert overlap(got[:5], true[:5]) > 0.6


def test_only_what_is_chosen_is_followed(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[tuple[str, BoxPrompt]] = []

    class Recorder:
        def follow(self, clip: Clip, prompts: list[BoxPrompt], *, progress: object) -> object:
            followed.extend((name, prompt) for prompt in prompts)
            raise MaskError("nothing was found at the mark")

    name = "sam2-tiny"
    scripted(monkeypatch, scene[0], lambda t: [seen(5, 5), seen(60, 60, score=0.9)])
    monkeypatch.setattr(module, "load_tracker", lambda asked_for: Recorder())
    where = [TextPrompt("the red car", chosen=(2,))]
    with pytest.raises(MaskError, match=r"found object 2 \('red car', frame 0\) has no outline"):
        masks.find(scene[0], where, options=masks.TrackerOptions(name), progress=silence)
    assert followed == [(name, BoxPrompt(0, Box(5, 5, 25, 25)))]


def test_without_weights_one_sentence_says_what_to_do(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("VINPAINT_MODELS", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    assert not models.present(WEIGHTS)
    with pytest.raises(MissingError) as caught:
        masks.find(scene[0], [WORDS], progress=silence)
    said = str(caught.value)
    for part in ("vinpaint models fetch grounding-dino-tiny", "689 MB, Apache-2.0", "a click or a"):
        assert part in said
    assert "\n" not in said


def test_the_command_line_from_words_to_mask(
    scene: tuple[Clip, Bools], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both models are loaded by `from_pretrained`, as with real weights."""
    from vinpaint.cli.main import _run

    source = write_folder(tmp_path / "source", scene[0].read(scene[0].span).frames[:4])
    words = ["mask", source, "-o", tmp_path / "out", "--text", "the red car"]
    flags = ["--box-threshold", "0.99", "--text-threshold", "0.2", "--tracker", "sam2-tiny"]
    assert _run([str(word) for word in [*words, *flags]]) == 0
    assert capsys.readouterr().err == "", "no warning and no bar of the libraries' own"
    mask = open_clip(tmp_path / "out")
    values = mask.read(mask.span).frames
    assert values.shape[:3] == (4, 96, 128)
    assert 0 < (values[..., 0] > 127).mean() <= 1
