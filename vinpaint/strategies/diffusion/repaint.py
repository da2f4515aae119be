"""Inpainting by a model that never learned it: what is known is put back at each step.

Lugmayr et al., "RePaint: Inpainting using Denoising Diffusion Probabilistic Models", 2022: each
step x_(t-1) = M x_gen + (1 - M) x_orig (equation 8), and walks that go back j steps and forth
again, r times in all, so that both parts come to agree (section 4.2, algorithm 1).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor

TIMES, JUMP = 4, 5
"""r and j, where none were chosen: the paper's are 10 and 10, over 250 steps."""


def replaced(made: Tensor, known: Tensor, hole: Tensor) -> Tensor:
    """M made + (1 - M) known. hole: 1 where something is made, of a shape that fits both."""
    both: Tensor = hole * made + (1 - hole) * known
    return both


def walk(steps: int, *, times: int, jump: int) -> list[int]:
    """The noise levels that are passed through after `steps`, down to 0, as in the paper's code.

    Every `jump` levels the walk goes back up by `jump` and comes down again, `times` - 1 times.
    """
    left = dict.fromkeys(range(jump, steps - jump + 1, jump), times - 1)
    levels, level = [], steps
    while level > 0:
        level -= 1
        levels.append(level)
        if left.get(level, 0) > 0:
            left[level] -= 1
            levels += range(level + 1, level + jump + 1)
            level += jump
    return levels


def noised(clean: Tensor, noise: Tensor, kept: float) -> Tensor:
    """sqrt(kept) clean + sqrt(1 - kept) noise; kept: the schedule's alpha-bar."""
    mixed: Tensor = kept**0.5 * clean + (1 - kept) ** 0.5 * noise
    return mixed


def repaint(
    start: Tensor,
    known: Tensor,
    hole: Tensor,
    *,
    alphas: Sequence[float],
    noise_of: Callable[[Tensor, int], Tensor],
    levels: Sequence[int],
    generator: Generator,
    beat: Callable[[float], None],
) -> Tensor:
    """The latents at level 0: made in the hole, `known` elsewhere.

    start: at the level above `levels`' first; alphas: alpha-bar of each level, 1 at level 0;
    noise_of(x, level): the noise that the model finds in x; beat(share): after each step.
    """
    import torch

    def fresh() -> Tensor:
        return torch.randn(start.shape, generator=generator, dtype=torch.float32).to(start)

    x, level = start, levels[0] + 1
    for number, below in enumerate(levels):
        if below > level:  # back up: forget some of what was made
            x = noised(x, fresh(), alphas[below] / alphas[level])
        else:
            made = _denoised(x, noise_of(x, level), fresh(), alphas[level], alphas[below])
            x = replaced(made, noised(known, fresh(), alphas[below]), hole)
        level = below
        beat((number + 1) / len(levels))
    return x


def _denoised(x: Tensor, noise: Tensor, fresh: Tensor, alpha: float, below: float) -> Tensor:
    """One step down by the model's noise (DDIM, Song et al. 2021, equation 12 with eta 1)."""
    clean = (x - (1 - alpha) ** 0.5 * noise) / alpha**0.5
    spread = (1 - below) / (1 - alpha) * (1 - alpha / below)
    kept = max(0.0, 1 - below - spread)
    step: Tensor = below**0.5 * clean + kept**0.5 * noise + spread**0.5 * fresh
    return step
