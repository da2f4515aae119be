"""Test RePaint against the formulas of the paper."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from vinpaint.strategies.diffusion.repaint import (
    add_noise,
    blend_latents,
    repaint_latents,
    resampling_schedule,
)

ALPHAS = [1.0, 0.9, 0.7, 0.4, 0.1]
SHAPE = (1, 2, 4, 4)


def some(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed))


def test_each_step_is_the_papers_formula() -> None:
    """x_(t-1) = M x_gen + (1 - M) x_orig."""
    made, known = some(1), some(2)
    hole = torch.zeros(1, 1, 4, 4)
    hole[..., 1:3, 1:3] = 1
    both = blend_latents(made, known, hole)
    for y in range(4):
        for x in range(4):
            inside = 1 <= y < 3 and 1 <= x < 3
            assert torch.equal(both[..., y, x], (made if inside else known)[..., y, x])


def test_known_parts_have_the_noise_of_their_level() -> None:
    clean = torch.full((1, 1, 200, 200), 3.0)
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    there = add_noise(clean, noise, 0.36)
    assert float(there.mean()) == pytest.approx(1.8, abs=0.02)
    assert float(there.var()) == pytest.approx(0.64, abs=0.02)


def test_the_walk_goes_back_and_forth() -> None:
    assert resampling_schedule(4, times=1, jump=2) == [3, 2, 1, 0]
    assert resampling_schedule(4, times=2, jump=2) == [3, 2, 3, 4, 3, 2, 1, 0]
    steps = resampling_schedule(30, times=4, jump=5)
    assert steps[-1] == 0
    assert max(steps) <= 30
    assert all(abs(b - a) == 1 for a, b in pairwise(steps))
    assert sum(b > a for a, b in pairwise(steps)) == 5 * 3 * 5


@pytest.mark.parametrize("times", [1, 3])
def test_every_step_down_puts_the_source_back(times: int) -> None:
    """At every step the model sees the source outside the hole, at the noise level of the step."""
    known = torch.full(SHAPE, 2.0)
    hole = torch.zeros(1, 1, 4, 4)
    hole[..., :2] = 1
    shown: list[tuple[int, torch.Tensor]] = []

    def predict_noise(x: torch.Tensor, level: int) -> torch.Tensor:
        shown.append((level, x))
        kept = ALPHAS[level]  # a model that sees nothing but 5 everywhere
        return (x - kept**0.5 * 5.0) / (1 - kept) ** 0.5

    levels = resampling_schedule(4, times=times, jump=1)
    told: list[float] = []
    end = repaint_latents(
        some(0),
        known,
        hole,
        alphas=ALPHAS,
        predict_noise=predict_noise,
        levels=levels,
        generator=torch.Generator().manual_seed(1),
        heartbeat=told.append,
    )
    assert torch.equal(end[..., 2:], known[..., 2:])  # 1 - M: the source itself
    assert torch.allclose(end[..., :2], torch.full_like(end[..., :2], 5.0), atol=1e-4)
    assert len(shown) == 4 + 3 * (times - 1)
    assert told[-1] == 1.0
    assert len(told) == len(levels)
    last = [x for level, x in shown if level == 1][-1]
    # at level 1 little noise is left: the source shows through, the made part is apart
    assert float((last[..., 2:] - 0.9**0.5 * 2).abs().max()) < 4 * 0.1**0.5
    assert float(last[..., 2:].mean()) < 2.6 < float(last[..., :2].mean())
