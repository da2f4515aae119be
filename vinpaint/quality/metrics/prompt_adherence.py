"""Prompt adherence: measure how well a fill matches its prompt.

CLIPScore = 2.5 max(cos(image, text), 0), where the text is prefixed with "A photo depicts" (Hessel
et al., "CLIPScore: A Reference-free Evaluation Metric for Image Captioning", 2021, section 3). It
is averaged over at most 16 frames. The image is a crop of the hole with its surroundings. The parts
of a prompt that describe the surroundings then contribute equally to the repair and to the
baseline.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vinpaint import models
from vinpaint.core import Box, Frames, MaskTrack, Progress, Score, Span
from vinpaint.media import Clip
from vinpaint.runtime.devices import Device, resolve_device

WEIGHTS = "clip-vit-b32"
_FACTOR = 2.5
_PREFIX = "A photo depicts "
_MAX_FRAMES = 16
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)
"""Mean and standard deviation of CLIP's training images, 0 to 1 (Radford et al., 2021)."""
_ALTERNATIVE = "leave the prompt's measure out"

ClipScorer = Callable[[Sequence[Frames]], list[float]]
"""Function that returns the CLIPScore of each of some (h, w, 3) uint8 pictures of any size."""


def measure_adherence(
    clip: Clip, result: Clip, track: MaskTrack, prompt: str, *, device: str, progress: Progress
) -> Score:
    """Compute the CLIPScore of the fill. The baseline is that of the source in the same places.

    Needs the weights `clip-vit-b32`. Raises MissingError if they or the device are absent,
    MediaError if a clip cannot be read.
    """
    boxes = {t: box for t in range(clip.frames) if (box := track.bounds(t)) is not None}
    masked = list(boxes)
    chosen = masked[:: max(1, -(-len(masked) // _MAX_FRAMES))]
    scorer = load_scorer(prompt, resolve_device(device))
    after: dict[int, float] = {}
    before: dict[int, float] = {}
    for number, t in enumerate(chosen):
        progress(number / len(chosen), "measuring how the fill matches the prompt")
        box = square_around(boxes[t], clip.width, clip.height)
        for reader, scores in ((result, after), (clip, before)):
            scores[t] = scorer([reader.read(Span(t, t + 1), box=box).frames[0]])[0]
    return Score(
        name="adherence",
        title="Match with the prompt",
        value=float(np.mean(list(after.values()))) if after else None,
        unit="",
        better="higher",
        meaning="CLIPScore of the repaired area and the prompt, beside that of the original area.",
        yardstick=float(np.mean(list(before.values()))) if before else None,
        per_frame=tuple(after.get(t) for t in range(clip.frames)),
    )


def square_around(box: Box, width: int, height: int) -> Box:
    """Enlarge a box by a quarter and make it as square as the picture allows.

    width, height: of the picture. CLIP takes square images.
    """
    side = round(max(box.width, box.height) * 1.25)
    wide, high = min(side, width), min(side, height)
    x0 = min(max(0, (box.x0 + box.x1 - wide) // 2), width - wide)
    y0 = min(max(0, (box.y0 + box.y1 - high) // 2), height - high)
    return Box(x0, y0, x0 + wide, y0 + high)


def load_scorer(prompt: str, device: Device) -> ClipScorer:
    """Load CLIP and return a function that computes the CLIPScore of pictures with a prompt.

    Raises MissingError if the weights are absent.
    """
    net, tokenizer = models.load_cached(WEIGHTS, _load, device=device, instead=_ALTERNATIVE)
    tokens = tokenizer([_PREFIX + prompt], return_tensors="pt", truncation=True, padding=True)
    side = int(net.config.vision_config.image_size)

    def score(pictures: Sequence[Frames]) -> list[float]:
        import torch

        pixels = torch.from_numpy(np.stack([_preprocess(picture, side) for picture in pictures]))
        with models.inference():
            out = net(
                input_ids=tokens["input_ids"].to(device),
                attention_mask=tokens["attention_mask"].to(device),
                pixel_values=pixels.to(device),
            )
            cosines = out.image_embeds @ out.text_embeds[0]  # both have length 1
        return [clip_score(float(cosine)) for cosine in cosines]

    return score


def clip_score(cosine: float) -> float:
    """Return the CLIPScore for a cosine similarity: 2.5 max(cosine, 0)."""
    return _FACTOR * max(cosine, 0.0)


def _preprocess(picture: Frames, side: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Resize and normalise a picture to (3, side, side) float32, as CLIP expects."""
    interpolation = cv2.INTER_AREA if min(picture.shape[:2]) > side else cv2.INTER_CUBIC
    small = cv2.resize(picture, (side, side), interpolation=interpolation)
    scaled = (small.astype(np.float32) / 255 - _MEAN) / _STD
    return np.asarray(scaled.transpose(2, 0, 1), np.float32)


def _load(folder: Path, device: Device, dtype: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoTokenizer, CLIPModel

    kind: Any = CLIPModel
    net, info = kind.from_pretrained(
        folder, local_files_only=True, dtype=getattr(torch, dtype), output_loading_info=True
    )
    models.check_no_missing_keys(folder, info)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return net.to(device).eval(), tokenizer
