"""How well a fill answers its prompt.

CLIPScore: 2.5 max(cos(image, text), 0), the text with "A photo depicts" before it (Hessel et al.,
"CLIPScore: A Reference-free Evaluation Metric for Image Captioning", 2021, section 3), the mean
over some frames. The image is the hole with what is around it, so that a word on the surroundings
counts alike before and after.
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
_MOST_FRAMES = 16
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_SPREAD = (0.26862954, 0.26130258, 0.27577711)
"""Of the pictures that CLIP was trained on (Radford et al., 2021)."""
_INSTEAD = "leave the prompt's measure out"

Rate = Callable[[Sequence[Frames]], list[float]]
"""The CLIPScore of each of some pictures, (h, w, 3) uint8 of any size."""


def adherence(
    clip: Clip, result: Clip, track: MaskTrack, prompt: str, *, device: str, progress: Progress
) -> Score:
    """The CLIPScore of a decoded result's fill, beside that of the source in the same places.

    Needs the weights of `clip-vit-b32`. Raises MissingError, MediaError.
    """
    boxes = {t: box for t in range(clip.frames) if (box := track.bounds(t)) is not None}
    masked = list(boxes)
    chosen = masked[:: max(1, -(-len(masked) // _MOST_FRAMES))]
    rate = rater(prompt, resolve_device(device))
    made: dict[int, float] = {}
    own: dict[int, float] = {}
    for number, t in enumerate(chosen):
        progress(number / len(chosen), "measuring how the fill answers the prompt")
        box = square_around(boxes[t], clip.width, clip.height)
        for reader, kept in ((result, made), (clip, own)):
            kept[t] = rate([reader.read(Span(t, t + 1), box=box).frames[0]])[0]
    return Score(
        name="adherence",
        title="Answer to the prompt",
        value=float(np.mean(list(made.values()))) if made else None,
        unit="",
        better="higher",
        meaning="CLIPScore of the repaired place and the prompt, beside that of what was there.",
        yardstick=float(np.mean(list(own.values()))) if own else None,
        per_frame=tuple(made.get(t) for t in range(clip.frames)),
    )


def square_around(box: Box, width: int, height: int) -> Box:
    """A box with a quarter around it, as square as the picture allows: CLIP looks at squares."""
    side = round(max(box.width, box.height) * 1.25)
    wide, high = min(side, width), min(side, height)
    x0 = min(max(0, (box.x0 + box.x1 - wide) // 2), width - wide)
    y0 = min(max(0, (box.y0 + box.y1 - high) // 2), height - high)
    return Box(x0, y0, x0 + wide, y0 + high)


def rater(prompt: str, device: Device) -> Rate:
    """What rates pictures by a prompt. Raises MissingError where the weights are absent."""
    net, tokenizer = models.load_cached(WEIGHTS, _load, device=device, instead=_INSTEAD)
    words = tokenizer([_PREFIX + prompt], return_tensors="pt", truncation=True, padding=True)
    side = int(net.config.vision_config.image_size)

    def rate(pictures: Sequence[Frames]) -> list[float]:
        import torch

        pixels = torch.from_numpy(np.stack([_seen(one, side) for one in pictures]))
        with models.inference():
            out = net(
                input_ids=words["input_ids"].to(device),
                attention_mask=words["attention_mask"].to(device),
                pixel_values=pixels.to(device),
            )
            cosines = out.image_embeds @ out.text_embeds[0]  # both of length 1
        return [score_of(float(cosine)) for cosine in cosines]

    return rate


def score_of(cosine: float) -> float:
    """2.5 max(cos, 0)."""
    return _FACTOR * max(cosine, 0.0)


def _seen(picture: Frames, side: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(3, side, side) float32: as CLIP takes pictures."""
    how = cv2.INTER_AREA if min(picture.shape[:2]) > side else cv2.INTER_CUBIC
    small = cv2.resize(picture, (side, side), interpolation=how).astype(np.float32) / 255
    return np.asarray(((small - _MEAN) / _SPREAD).transpose(2, 0, 1), np.float32)


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
