"""Test one pass over windows: the result does not depend on how a clip is cut, and is never NaN."""

from __future__ import annotations

import gc
import math
import weakref
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.quality.metrics.scenes import FRAMES, SIZE, cut, disk_mask, lifted, moving, scores
from vinpaint.core import Mask, Score, Video
from vinpaint.quality.gate import judge
from vinpaint.quality.metrics import METRICS, QUICK, MetricWindow, measure, optional_weights

WIDTH, HEIGHT = SIZE
CLIP = moving()
MASK = disk_mask()
REPAIR = lifted(CLIP, MASK, [0, 6, 0, 9, 3, 0, 12, 2])
WHOLE = scores(CLIP, REPAIR, MASK)


@settings(max_examples=12, deadline=None)
@given(st.sets(st.integers(1, FRAMES - 1)))
def test_windows_cut_anywhere_give_the_same(starts: set[int]) -> None:
    assert scores(CLIP, REPAIR, MASK, [0, *sorted(starts)]) == WHOLE


def test_names_choose_and_order_the_scores() -> None:
    windows = cut(CLIP, REPAIR, MASK)
    chosen = measure(windows, ["coverage", "boundary"], frames=FRAMES, size=SIZE)
    assert [score.name for score in chosen] == ["coverage", "boundary"]
    assert chosen[1] == WHOLE["boundary"]


def test_windows_are_let_go_as_the_next_ones_come() -> None:
    """Memory is bounded: when a window is requested, only the last one is still referenced."""
    held: list[int] = []

    def windows() -> Iterator[MetricWindow]:
        given: list[weakref.ref[MetricWindow]] = []
        for start in range(FRAMES - 1):
            gc.collect()
            held.append(sum(one() is not None for one in given))
            window = next(cut(CLIP[start:], REPAIR[start:], MASK[start:], [0]))
            given.append(weakref.ref(window))
            yield window
            del window

    measure(windows(), list(QUICK), frames=FRAMES, size=SIZE)
    assert len(held) == FRAMES - 1
    assert max(held) <= 1


def check(score: Score, frames: int) -> None:
    numbers = [score.value, score.yardstick, *score.per_frame]
    assert not any(n is not None and not math.isfinite(n) for n in numbers)
    assert len(score.per_frame) == frames


def test_an_empty_mask_measures_nothing() -> None:
    for score in scores(CLIP, CLIP, np.zeros_like(MASK)).values():
        check(score, FRAMES)
        assert score.value is None
        assert set(score.per_frame) == {None}


def test_a_full_mask_has_no_rim_and_no_yardstick() -> None:
    found = scores(CLIP, CLIP, np.ones_like(MASK))
    for score in found.values():
        check(score, FRAMES)
        assert score.yardstick is None
    assert found["coverage"].value == 100
    assert found["boundary"].value is None
    assert found["warp"].value is not None


def test_a_single_pixel_has_defined_answers() -> None:
    mask = np.zeros_like(MASK)
    mask[:, 30, 40] = 1
    found = scores(CLIP, CLIP, mask)
    for score in found.values():
        check(score, FRAMES)
    unmeasured = {name for name, score in found.items() if score.value is None}
    assert unmeasured == {"texture", "grain", "colour"}  # they need a patch to look at
    assert found["coverage"].value == pytest.approx(100 / (WIDTH * HEIGHT))


def test_a_single_frame_is_measured() -> None:
    found = scores(CLIP[:1], REPAIR[:1], MASK[:1])
    assert found["warp"].value is None
    assert found["boundary"].value is not None


def test_no_windows_at_all() -> None:
    found = measure([], list(QUICK), frames=3, size=SIZE)
    assert all(score.value is None and score.per_frame == (None,) * 3 for score in found)


def test_a_window_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in shape"):
        MetricWindow(Video(CLIP), Video(CLIP[:3]), Mask(MASK), first_frame=0, lead_frames=0)


def test_every_measure_explains_itself() -> None:
    for name, metric in METRICS.items():
        assert metric.title[0].isupper(), name
        assert metric.unit, name
        assert metric.meaning.endswith("."), name
        assert metric.better in ("lower", "higher", "neither", "alike"), name


def test_quick_leaves_out_what_wants_weights() -> None:
    assert set(METRICS) - set(QUICK) == {"fid"}


def test_what_cannot_be_measured_here_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(optional_weights.importlib, "import_module", missing)
    (score,) = measure(cut(CLIP, REPAIR, MASK), ["fid"], frames=FRAMES, size=SIZE)
    check(score, FRAMES)
    assert score.value is None
    assert score.missing.startswith("torch-fidelity is not installed (pip install")


@pytest.mark.parametrize("kind", ["empty", "full", "one pixel"])
def test_the_gate_has_defined_answers_for_odd_masks(kind: str) -> None:
    mask = np.ones_like(MASK) if kind == "full" else np.zeros_like(MASK)
    if kind == "one pixel":
        mask[:, 30, 40] = 1
    gate = judge(scores(CLIP, REPAIR, mask).values())
    if kind == "empty":
        assert gate is None
        return
    assert gate is not None
    assert gate.quality is None or 0 <= gate.quality <= 1
    told = [one for one in gate.per_frame if one is not None]
    told += [reason.strength for reason in gate.reasons] + [part.badness for part in gate.parts]
    assert all(math.isfinite(one) for one in told)
