"""Windows in time: no seam, no frame dropped or doubled, whatever the lengths."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from vinpaint.core import Frames
from vinpaint.strategies.temporal_windows import Lengths, Stretch, blended, mirrored, stretches

RULES = (
    Lengths(most=81, step=4, rest=1),
    Lengths(most=80),
    Lengths(least=22, most=44),
    Lengths(least=6, most=16, step=4),
    Lengths(most=1),
    Lengths(),
)


def numbered(count: int) -> Frames:
    """Each frame holds its own number, in two bytes."""
    frames = np.zeros((count, 2, 3, 3), np.uint8)
    number = np.arange(count)[:, None, None]
    frames[..., 0], frames[..., 1] = number % 200, number // 200
    return frames


def through_a_network(frames: Frames, window: Stretch, lengths: Lengths) -> Frames:
    """A network that gives back what it gets, if it takes that many."""
    length = lengths.up(window.span.length)
    assert lengths.most is None or length <= lengths.most
    assert length >= lengths.least
    assert (length - lengths.rest) % lengths.step == 0
    own: Frames = frames[window.span.start : window.span.stop]
    return own[mirrored(window.span.length, length)][: window.span.length]


@pytest.mark.parametrize("lengths", RULES, ids=str)
@pytest.mark.parametrize("count", [1, 4, 5, 80, 81, 82, 300])
@pytest.mark.parametrize("overlap", [0, 5, 60])
def test_every_frame_comes_back_as_itself(count: int, lengths: Lengths, overlap: int) -> None:
    frames = numbered(count)
    windows = stretches(count, lengths, overlap=overlap)
    parts = ((window, through_a_network(frames, window, lengths)) for window in windows)
    assert np.array_equal(blended(parts, count), frames)
    weights = np.zeros(count)
    for span, weight in windows:
        assert (weight > 0).all()
        weights[span.start : span.stop] += weight
    np.testing.assert_allclose(weights, 1, atol=1e-5)


@pytest.mark.parametrize("count", [82, 161, 300])
def test_windows_overlap_and_fade_without_a_step(count: int) -> None:
    """Window i answers with i * 100: from one to the next it is a ramp, not a jump."""
    windows = stretches(count, RULES[0], overlap=10)
    for before, after in pairwise(windows):
        assert before.span.stop - after.span.start >= 10
    flat = [np.full((w.span.length, 1, 1, 3), 60 * i, np.uint8) for i, w in enumerate(windows)]
    steps = np.diff(blended(zip(windows, flat, strict=True), count)[:, 0, 0, 0].astype(int))
    assert steps.min() >= 0
    assert steps.max() <= 60 / 10
    assert steps.sum() == 60 * (len(windows) - 1)


def test_as_few_windows_as_can_be_and_short_ones() -> None:
    assert [w.span for w in stretches(81, RULES[0], overlap=10)] == [(0, 81)]
    assert [w.span for w in stretches(82, RULES[0], overlap=10)] == [(0, 49), (33, 82)]
    assert len(stretches(300, RULES[0], overlap=10)) == 5
    assert [w.span for w in stretches(3, Lengths(most=1), overlap=10)] == [(0, 1), (1, 2), (2, 3)]


def test_what_is_padded_turns_round_at_both_ends() -> None:
    assert mirrored(3, 8).tolist() == [0, 1, 2, 1, 0, 1, 2, 1]
    assert mirrored(1, 3).tolist() == [0, 0, 0]
    assert mirrored(5, 5).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    "values",
    [{"most": 3, "least": 4}, {"step": 4, "rest": 4}, {"least": 0}, {"most": 2, "step": 4}],
)
def test_a_rule_that_lets_nothing_through_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Lengths"):
        Lengths(**values)


def test_a_window_that_is_missing_or_too_short_is_noticed() -> None:
    windows = stretches(82, RULES[0], overlap=10)
    with pytest.raises(ValueError, match="half done"):
        blended([(windows[0], numbered(windows[0].span.length))], 82)
    with pytest.raises(ValueError, match="for a window of"):
        blended([(windows[0], numbered(3))], 82)
