"""Boxes for words on one picture: Grounding DINO (Liu et al., 2023), as transformers has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from vinpaint import models
from vinpaint.core import Box, Frames, MaskError, TextPrompt
from vinpaint.runtime.devices import Device

WEIGHTS = "grounding-dino-tiny"

CPU_SHORT_PX, CPU_LONG_PX = 480, 800
"""Edges of the picture as it is looked at on a CPU: the least of the sizes it was trained with, for
a third of the time."""

_SAME = 0.7
"""Boxes of one picture that overlap as much are one thing, found twice."""


class Detection(NamedTuple):
    """A thing on one picture: its box, the words that it answers, and how surely, 0 to 1."""

    box: Box
    label: str
    score: float


class Sightings(NamedTuple):
    """What was found on one picture, best first, and the best score below the threshold or not."""

    found: tuple[Detection, ...]
    best_score: float


@dataclass(frozen=True, repr=False)
class Detector:
    """A loaded model, and what prepares its pictures and words."""

    model: Any
    processor: Any
    device: str


def load_detector(folder: Path, device: Device, dtype: str) -> Detector:
    """From a folder as `save_pretrained` writes it. Raises MissingError where parts are missing."""
    transformers: Any = import_module("transformers")
    transformers.logging.disable_progress_bar()  # it would draw over our own
    processor = transformers.GroundingDinoProcessor.from_pretrained(folder, local_files_only=True)
    model, info = transformers.GroundingDinoForObjectDetection.from_pretrained(
        folder, dtype=dtype, local_files_only=True, output_loading_info=True
    )
    models.check_no_missing_keys(folder, info)
    return Detector(model.to(device).eval(), processor, device)


def asked(text: str) -> str:
    """The words as the model was taught them: 'The red  car' -> 'the red car.'.

    Several things stand with a full stop between them. Raises MaskError where there are no words.
    """
    things = [" ".join(thing.split()) for thing in text.lower().split(".")]
    things = [thing for thing in things if any(letter.isalnum() for letter in thing)]
    if not things:
        raise MaskError(
            f"there are no words to look for, received '{text}'; say what it is, such as "
            "'the red car'"
        )
    return ". ".join(things) + "."


def look_for(detector: Detector, picture: Frames, words: TextPrompt) -> Sightings:
    """What fits the words on a picture, (H, W, 3) RGB, above the thresholds, doubles left out.

    Raises MaskError for words that are empty or too many.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    text = asked(words.text)
    inputs = detector.processor(
        images=Image.fromarray(picture), text=text, size=seen_size(detector), return_tensors="pt"
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
        Detection(box, _plain(label) or text.rstrip("."), score)
        for corners, label, score in rows
        if (box := _inside(corners, width, height)) is not None
    ]
    return Sightings(distinct(found), float(out.logits.sigmoid().max()))


def seen_size(detector: Detector) -> dict[str, int]:
    """Shorter and longest edge, in pixels, that a picture is brought to."""
    own = detector.processor.image_processor.size
    short, long = own.shortest_edge, own.longest_edge
    if detector.device == "cpu":
        short, long = min(short, CPU_SHORT_PX), min(long, CPU_LONG_PX)
    return {"shortest_edge": short, "longest_edge": long}


def _plain(label: str) -> str:
    """The words of a label, without the model's own marks: 'red car. [SEP]' -> 'red car'."""
    return " ".join(word for word in label.replace(".", " ").split() if word[0] != "[")


def _inside(corners: Sequence[float], width: int, height: int) -> Box | None:
    """Whole pixels inside the picture; None for what is thinner than two."""
    x0, y0, x1, y1 = (round(value) for value in corners)
    box = Box(max(0, x0), max(0, y0), min(width, x1), min(height, y1))
    return box if box.width >= 2 and box.height >= 2 else None


def distinct(found: Sequence[Detection]) -> tuple[Detection, ...]:
    """Best first; of boxes on the same thing, the best."""
    kept: list[Detection] = []
    for one in sorted(found, key=lambda d: (-d.score, d.box)):
        if all(overlap(one.box, other.box) < _SAME for other in kept):
            kept.append(one)
    return tuple(kept)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    shared = a.intersection(b)
    if shared is None:
        return 0.0
    common = shared.width * shared.height
    return common / (a.width * a.height + b.width * b.height - common)
