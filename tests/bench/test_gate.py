"""The gate on fills whose worth is known: the truth first, propagate next, smears last."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import pytest

from bench.gate import LABELS, METHODS, compared, in_order, ordered
from vinpaint.core import Bools, Frames, GateVerdict

ROOT = Path(__file__).parents[2]
EXAMPLES = {"walker": (30, 60), "logo": (0, 30), "glitch": (40, 60), "captions": (20, 50)}
"""The frames that are judged."""
SMALL = (320, 180)


def shrunk(frames: Frames) -> Frames:
    return np.stack([cv2.resize(one, SMALL, interpolation=cv2.INTER_AREA) for one in frames])


def holes(masks: np.ndarray) -> Bools:
    """A little larger than the shrunk masks, so that nothing of what is removed stays."""
    small = [cv2.resize(one, SMALL, interpolation=cv2.INTER_AREA) > 0.01 for one in masks]
    return np.stack([cv2.dilate(one.astype(np.uint8), np.ones((3, 3))) for one in small]) > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_put_in_order(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    import make_examples

    made = make_examples.make(name)
    part = slice(*EXAMPLES[name])
    truth, masks = shrunk(made.truth[part]), holes(made.mask[part])
    seen = np.where(masks[..., None], shrunk(made.frames[part]), truth)
    row = compared(truth, seen, masks)
    said = {who: (one.gate.quality, one.gate.verdict) for who, one in row.items()}
    assert in_order(row), said
    assert row["truth"].gate.verdict == "pass"
    assert "pass" not in (row["telea"].gate.verdict, row["flat"].gate.verdict)
    sys.modules.pop("make_examples", None)


@pytest.mark.slow
@pytest.mark.clips
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not os.environ.get("VINPAINT_CLIPS"), reason="VINPAINT_CLIPS is not set")
def test_seven_of_eight_clips_are_put_in_order() -> None:
    """Every clip once, half of them with a still hole; the bench has all sixteen."""
    rows = [
        *ordered(("blackswan", "bmx-trees", "breakdance", "goat"), ("static",)),
        *ordered(("camel", "car-shadow", "dog", "libby"), ("moving",)),
    ]
    wrong = [
        (name, {who: (one.gate.quality, one.gate.verdict) for who, one in row.items()})
        for name, _, row in rows
        if not in_order(row)
    ]
    assert len(rows) == 8
    assert len(wrong) <= 1, wrong


def test_every_label_is_a_ruling_with_a_word_why() -> None:
    labels = json.loads(LABELS.read_text(encoding="utf-8"))["labels"]
    assert len(labels) == 8
    for methods in labels.values():
        assert set(methods) == set(METHODS)
        assert all(ruling in get_args(GateVerdict) and why for ruling, why in methods.values())
