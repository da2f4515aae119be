"""Test prompt adherence (CLIPScore) with a tiny random CLIP."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from tests.making import Track, encode_rgb, pan
from vinpaint.core import Box, MissingError, no_op
from vinpaint.media import open_clip
from vinpaint.quality.metrics.prompt_adherence import (
    WEIGHTS,
    clip_score,
    load_scorer,
    measure_adherence,
    square_around,
)

FRAMES = pan(20, 48, 64)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tiny.save_clip(tmp_path / "models" / WEIGHTS)
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path / "models"))
    return folder


def test_the_formula() -> None:
    assert clip_score(0.3) == pytest.approx(0.75)
    assert clip_score(-0.2) == 0.0


def test_it_is_the_models_own_cosine(here: Path) -> None:
    import torch
    from transformers import CLIPModel

    picture = FRAMES[0, :32, :32]
    mean = np.array([0.48145466, 0.4578275, 0.40821073])
    spread = np.array([0.26862954, 0.26130258, 0.27577711])
    pixels = torch.tensor(((picture / 255 - mean) / spread).transpose(2, 0, 1)[None]).float()
    words = tiny.tokenizer(16)(["A photo depicts a red truck"], return_tensors="pt")
    net = CLIPModel.from_pretrained(here).eval()
    with torch.no_grad():
        out = net(pixel_values=pixels, input_ids=words.input_ids)
    cosine = torch.nn.functional.cosine_similarity(out.image_embeds, out.text_embeds)
    assert load_scorer("a red truck", "cpu")([picture])[0] == pytest.approx(
        clip_score(float(cosine)), abs=1e-5
    )


@pytest.mark.usefixtures("here")
def test_a_result_is_rated_beside_its_source_where_it_was_repaired(tmp_path: Path) -> None:
    values = np.zeros(FRAMES.shape[:3], np.float32)
    values[2:, 10:30, 20:44] = 1
    made = FRAMES.copy()
    made[2:, 10:30, 20:44] = (220, 30, 20)
    clip = open_clip(str(encode_rgb(tmp_path / "a.mkv", FRAMES)))
    result = open_clip(str(encode_rgb(tmp_path / "b.mkv", made)))
    score = measure_adherence(
        clip, result, Track(values), "a red truck", device="cpu", progress=no_op
    )
    rated = [value for value in score.per_frame if value is not None]
    assert 1 <= len(rated) <= 16
    assert score.per_frame[:2] == (None, None)
    assert score.value == pytest.approx(np.mean(rated))
    assert score.value != score.yardstick
    same = measure_adherence(clip, clip, Track(values), "a red truck", device="cpu", progress=no_op)
    assert same.value == same.yardstick == score.yardstick


def test_what_is_looked_at_is_square_and_inside() -> None:
    assert square_around(Box(100, 100, 140, 120), 400, 300) == Box(95, 85, 145, 135)
    assert square_around(Box(0, 0, 40, 20), 400, 300) == Box(0, 0, 50, 50)
    assert square_around(Box(0, 0, 400, 20), 400, 300) == Box(0, 0, 400, 300)


def test_without_weights_it_says_so() -> None:
    with pytest.raises(MissingError, match="CLIP ViT-B/32 is not on this machine"):
        load_scorer("a red truck", "cpu")
