"""The files to copy from docs/templates work as they stand, through the real registries."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import vinpaint as vp
from tests.making import disk_hole, pan
from vinpaint import masks
from vinpaint.core import Frames, Mask, Video, no_op
from vinpaint.quality import metrics
from vinpaint.strategies import STRATEGIES

FOLDER = Path(__file__).parents[1] / "docs" / "templates"
COUNT, HEIGHT, WIDTH = 6, 48, 64


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"template_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def frames() -> Frames:
    return pan(COUNT, HEIGHT, WIDTH)


HOLE = disk_hole(COUNT, HEIGHT, WIDTH, radius=8, start=(30, 22))


def test_every_template_is_tested_and_short() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names == {"strategy", "mask_source", "metric"}
    assert all(len((FOLDER / f"{name}.py").read_text().splitlines()) < 50 for name in names)


def test_the_strategy(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "mean_colour", load("strategy").MeanColour())
    filled = vp.inpaint(frames, HOLE, strategy="mean_colour", match_grain=False, progress=False)
    assert np.array_equal(filled[~HOLE], frames[~HOLE])
    for t in range(COUNT):
        assert len(np.unique(filled[t][HOLE[t]], axis=0)) == 1


def test_the_mask_source(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    module = load("mask_source")
    monkeypatch.setitem(masks.SOURCES, "bright", module.BrightSource())
    frames = np.minimum(frames, 240)
    frames[2, 10:20, 30:40] = 255
    with vp.open(frames) as opened:
        track = masks.find(opened, [module.Bright()], progress=no_op)
        found = track.read(opened.span).values
    assert found[2, 10:20, 30:40].all()
    assert found.sum() == 100


def test_the_metric(frames: Frames, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(metrics.METRICS, "contrast", load("metric").CONTRAST)
    flat = frames.copy()
    flat[HOLE] = 128
    size, mask = (WIDTH, HEIGHT), Mask(HOLE.astype(np.float32))
    for after, low, high in ((frames, 5.0, 100.0), (flat, 0.0, 0.1)):
        window = metrics.MetricWindow(Video(frames), Video(after), mask, 0, 0)
        (score,) = metrics.measure([window], ["contrast"], frames=COUNT, size=size)
        assert score.title == "Contrast"
        assert score.value is not None
        assert low <= score.value <= high
        assert score.yardstick is not None
        assert score.yardstick > 5.0
