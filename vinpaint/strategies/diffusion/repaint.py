"""RePaint: inpainting with a model that was not trained for it.

Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022. Each
step blends the known latents back in, x_(t-1) = M x_gen + (1 - M) x_orig (equation 8). The schedule
goes back j steps and denoises them again, r times in all, so that the generated part harmonises
with the known part (section 4.2, algorithm 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor

TIMES, JUMP = 4, 5
"""Default r and j. The paper uses 10 and 10 with 250 steps."""


def blend_latents(generated: Tensor, known: Tensor, hole: Tensor) -> Tensor:
    """Return M * generated + (1 - M) * known, where M is `hole`, broadcastable to both."""
    blended: Tensor = hole * generated + (1 - hole) * known
    return blended


def resampling_schedule(steps: int, *, times: int, jump: int) -> list[int]:
    """Return the noise levels visited from level `steps` down to 0, as in the paper's code.

    `steps` itself is not included. At every `jump`-th level the schedule jumps back up by `jump`
    levels, `times` - 1 times.
    """
    jumps_left = dict.fromkeys(range(jump, steps - jump + 1, jump), times - 1)
    levels, level = [], steps
    while level > 0:
        level -= 1
        levels.append(level)
        if jumps_left.get(level, 0) > 0:
            jumps_left[level] -= 1
            levels += range(level + 1, level + jump + 1)
            level += jump
    return levels


def add_noise(x: Tensor, noise: Tensor, kept: float) -> Tensor:
    """Return sqrt(kept) * x + sqrt(1 - kept) * noise (Ho et al. 2020, equation 4)."""
    noisy: Tensor = kept**0.5 * x + (1 - kept) ** 0.5 * noise
    return noisy


def repaint_latents(
    start: Tensor,
    known: Tensor,
    hole: Tensor,
    *,
    alphas: Sequence[float],
    predict_noise: Callable[[Tensor, int], Tensor],
    levels: Sequence[int],
    generator: Generator,
    heartbeat: Callable[[float], None],
) -> Tensor:
    """Return the latents at level 0: generated in the hole, `known` elsewhere.

    Args:
        start: latents one level above the first of `levels`.
        known: clean latents of the source, in the shape of `start`.
        hole: 1 where latents are generated, 0 elsewhere; broadcastable to `start`.
        alphas: alpha-bar of each level; 1 at level 0.
        predict_noise: `predict_noise(x, level)` returns the noise that the model predicts.
        levels: see `resampling_schedule`.
        generator: source of random numbers, on the CPU.
        heartbeat: called after each step with the share that is done; it may raise to stop.
    """
    import torch

    def fresh_noise() -> Tensor:
        return torch.randn(start.shape, generator=generator, dtype=torch.float32).to(start)

    x, level = start, levels[0] + 1
    for number, below in enumerate(levels):
        if below > level:  # jump back up: add noise to what was generated
            x = add_noise(x, fresh_noise(), alphas[below] / alphas[level])
        else:
            noise = predict_noise(x, level)
            generated = _denoise(x, noise, fresh_noise(), alphas[level], alphas[below])
            x = blend_latents(generated, add_noise(known, fresh_noise(), alphas[below]), hole)
        level = below
        heartbeat((number + 1) / len(levels))
    return x


def _denoise(x: Tensor, noise: Tensor, fresh: Tensor, alpha: float, alpha_below: float) -> Tensor:
    """Return the latents one level lower (DDIM, Song et al. 2021, equation 12 with eta = 1)."""
    clean = (x - (1 - alpha) ** 0.5 * noise) / alpha**0.5
    variance = (1 - alpha_below) / (1 - alpha) * (1 - alpha / alpha_below)
    direction = max(0.0, 1 - alpha_below - variance)
    step: Tensor = alpha_below**0.5 * clean + direction**0.5 * noise + variance**0.5 * fresh
    return step
