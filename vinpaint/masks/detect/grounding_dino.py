"""Detect objects named in words: Grounding DINO (Liu et al., 2023), from transformers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from vinpaint import models
from vinpaint.core import Box, Frames, MaskError, TextPrompt
from vinpaint.runtime.devices import Device

A = TypeVar("A")
B = TypeVar("B")

WEIGHTS = "grounding-dino-tiny"

CPU_SHORT_PX, CPU_LONG_PX = 480, 800
"""Limits of the input's shorter and longer side on a CPU: the smallest size used in training, which
takes a third of the time of the usual size."""

_SAME_OVERLAP = 0.7
"""Minimum intersection over union of two boxes that are duplicates of one object."""


class ObjectDetection(NamedTuple):
    """An object in one picture.

    box: in pixels; label: the words that it matches; score: confidence, 0 to 1.
    """

    box: Box
    label: str
    score: float


class FrameDetections(NamedTuple):
    """The detections in one picture.

    found: those above the thresholds, best first; best_score: the highest confidence of all, 0 to
    1, which may be below the threshold.
    """

    found: tuple[ObjectDetection, ...]
    best_score: float


@dataclass(frozen=True, repr=False)
class Detector:
    """A loaded model of transformers, and the processor that prepares its input."""

    model: Any
    processor: Any
    device: str


def load_detector(folder: Path, device: Device, dtype: str) -> Detector:
    """Load the model from a `save_pretrained` folder.

    `dtype`: name of a torch type. Raises MissingError if weights are missing.
    """
    transformers: Any = import_module("transformers")
    transformers.logging.disable_progress_bar()  # it would overwrite our progress bar
    processor = transformers.GroundingDinoProcessor.from_pretrained(folder, local_files_only=True)
    model, info = transformers.GroundingDinoForObjectDetection.from_pretrained(
        folder, dtype=dtype, local_files_only=True, output_loading_info=True
    )
    models.check_no_missing_keys(folder, info)
    return Detector(model.to(device).eval(), processor, device)


def normalise_query(text: str) -> str:
    """Return the words in the form the model was trained on: 'The red  car' -> 'the red car.'.

    Full stops separate several objects. Raises MaskError if there are no words.
    """
    names = [" ".join(name.split()) for name in text.lower().split(".")]
    names = [name for name in names if any(letter.isalnum() for letter in name)]
    if not names:
        raise MaskError(
            f"there are no words to look for, received '{text}'; say what it is, such as "
            "'the red car'"
        )
    return ". ".join(names) + "."


def detect(detector: Detector, picture: Frames, words: TextPrompt) -> FrameDetections:
    """Detect the objects in an (H, W, 3) uint8 RGB picture that match the words.

    Detections below the thresholds of `words`, and duplicates, are left out. Raises MaskError if
    the words are empty or too long for the model.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    text = normalise_query(words.text)
    inputs = detector.processor(
        images=Image.fromarray(picture), text=text, size=input_size(detector), return_tensors="pt"
    )
    most = detector.model.config.max_text_len
    if inputs["input_ids"].shape[1] > most:
        raise MaskError(
            f"the words to look for are too many ({inputs['input_ids'].shape[1]} pieces, "
            f"{most} at most); say it shorter"
        )
    with models.inference():
        out = detector.model(**inputs.to(detector.device))
    result = detector.processor.post_process_grounded_object_detection(
        out,
        inputs["input_ids"],
        threshold=words.box_threshold,
        text_threshold=words.text_threshold,
        target_sizes=[(height, width)],
    )[0]
    rows = zip(
        result["boxes"].tolist(), result["text_labels"], result["scores"].tolist(), strict=True
    )
    found = [
        ObjectDetection(box, _clean_label(label) or text.rstrip("."), score)
        for corners, label, score in rows
        if (box := _clip_box(corners, width, height)) is not None
    ]
    return FrameDetections(suppress_duplicates(found), float(out.logits.sigmoid().max()))


def input_size(detector: Detector) -> dict[str, int]:
    """Return the limits of the shorter and the longer side of the input, in pixels."""
    own = detector.processor.image_processor.size
    short, long = own.shortest_edge, own.longest_edge
    if detector.device == "cpu":
        short, long = min(short, CPU_SHORT_PX), min(long, CPU_LONG_PX)
    return {"shortest_edge": short, "longest_edge": long}


def _clean_label(label: str) -> str:
    """Remove the model's special tokens: 'red car. [SEP]' -> 'red car'."""
    return " ".join(word for word in label.replace(".", " ").split() if word[0] != "[")


def _clip_box(corners: Sequence[float], width: int, height: int) -> Box | None:
    """Round a box to whole pixels and clip it to the picture; None if a side is below 2 pixels."""
    x0, y0, x1, y1 = (round(value) for value in corners)
    box = Box(max(0, x0), max(0, y0), min(width, x1), min(height, y1))
    return box if box.width >= 2 and box.height >= 2 else None


def suppress_duplicates(found: Sequence[ObjectDetection]) -> tuple[ObjectDetection, ...]:
    """Return the detections without duplicates, best first (non-maximum suppression)."""
    kept: list[ObjectDetection] = []
    for detection in sorted(found, key=lambda d: (-d.score, d.box)):
        if all(box_overlap(detection.box, other.box) < _SAME_OVERLAP for other in kept):
            kept.append(detection)
    return tuple(kept)


def box_overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes."""
    shared = a.intersection(b)
    if shared is None:
        return 0.0
    common = shared.width * shared.height
    return common / (a.width * a.height + b.width * b.height - common)


def greedy_matching(
    first: Sequence[A], second: Sequence[B], score: Callable[[A, B], float]
) -> dict[int, int]:
    """Match each of `first` to at most one of `second`, taking pairs of the highest score first.

    Pairs with a score of 0 are not matched. Returns the index of the match in `second` by the index
    in `first`.
    """
    scores = ((-score(a, b), i, j) for i, a in enumerate(first) for j, b in enumerate(second))
    partner: dict[int, int] = {}
    for _, i, j in sorted(pair for pair in scores if pair[0] < 0):
        if i not in partner and j not in partner.values():
            partner[i] = j
    return partner
