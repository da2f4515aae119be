"""Test temporal windows: no seam, and no frame lost or repeated, for all lengths."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vinpaint.core import Frames
from vinpaint.strategies.temporal_windows import (
    TemporalWindow,
    WindowLengths,
    blend_windows,
    reflected_indices,
    split_into_windows,
)

RULES = (
    WindowLengths(most=81, step=4, rest=1),
    WindowLengths(most=80),
    WindowLengths(least=22, most=44),
    WindowLengths(least=6, most=16, step=4),
    WindowLengths(most=1),
    WindowLengths(),
)


def numbered(count: int) -> Frames:
    """Return frames that hold their own number in two bytes."""
    frames = np.zeros((count, 2, 3, 3), np.uint8)
    number = np.arange(count)[:, None, None]
    frames[..., 0], frames[..., 1] = number % 200, number // 200
    return frames


def through_a_network(frames: Frames, window: TemporalWindow, lengths: WindowLengths) -> Frames:
    """A network that returns its input if it accepts that number of frames."""
    length = lengths.round_up(window.span.length)
    assert lengths.most is None or length <= lengths.most
    assert length >= lengths.least
    assert (length - lengths.rest) % lengths.step == 0
    own: Frames = frames[window.span.start : window.span.stop]
    return own[reflected_indices(window.span.length, length)][: window.span.length]


@pytest.mark.parametrize("lengths", RULES, ids=str)
@pytest.mark.parametrize("count", [1, 4, 5, 80, 81, 82, 300])
@pytest.mark.parametrize("overlap", [0, 5, 60])
def test_every_frame_comes_back_as_itself(count: int, lengths: WindowLengths, overlap: int) -> None:
    frames = numbered(count)
    windows = split_into_windows(count, lengths, overlap=overlap)
    parts = ((window, through_a_network(frames, window, lengths)) for window in windows)
    assert np.array_equal(blend_windows(parts, count), frames)
    weights = np.zeros(count)
    for span, weight in windows:
        assert (weight > 0).all()
        weights[span.start : span.stop] += weight
    np.testing.assert_allclose(weights, 1, atol=1e-5)


@pytest.mark.parametrize("count", [82, 161, 300])
def test_windows_overlap_and_fade_without_a_step(count: int) -> None:
    """Window i answers with i * 100: from one to the next it is a ramp, not a jump."""
    windows = split_into_windows(count, RULES[0], overlap=10)
    for before, after in pairwise(windows):
        assert before.span.stop - after.span.start >= 10
    flat = [np.full((w.span.length, 1, 1, 3), 60 * i, np.uint8) for i, w in enumerate(windows)]
    steps = np.diff(blend_windows(zip(windows, flat, strict=True), count)[:, 0, 0, 0].astype(int))
    assert steps.min() >= 0
    assert steps.max() <= 60 / 10
    assert steps.sum() == 60 * (len(windows) - 1)


def test_as_few_windows_as_can_be_and_short_ones() -> None:
    assert [w.span for w in split_into_windows(81, RULES[0], overlap=10)] == [(0, 81)]
    assert [w.span for w in split_into_windows(82, RULES[0], overlap=10)] == [(0, 49), (33, 82)]
    assert len(split_into_windows(300, RULES[0], overlap=10)) == 5
    assert [w.span for w in split_into_windows(3, WindowLengths(most=1), overlap=10)] == [
        (0, 1),
        (1, 2),
        (2, 3),
    ]


def test_what_is_padded_turns_round_at_both_ends() -> None:
    assert reflected_indices(3, 8).tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert reflected_indices(1, 3).tolist() == [0, 0, 0]
    assert reflected_indices(5, 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "values",
    [{"most": 3, "least": 4}, {"step": 4, "rest": 4}, {"least": 0}, {"most": 2, "step": 4}],
)
def test_a_rule_that_lets_nothing_through_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Lengths"):
        WindowLengths(**values)


def test_a_window_that_is_missing_or_too_short_is_noticed() -> None:
    windows = split_into_windows(82, RULES[0], overlap=10)
    with pytest.raises(ValueError, match="partial"):
        blend_windows([(windows[0], numbered(windows[0].span.length))], 82)
    with pytest.raises(ValueError, match="for a window of"):
        blend_windows([(windows[0], numbered(3))], 82)
