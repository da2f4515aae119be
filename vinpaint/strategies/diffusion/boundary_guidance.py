"""The rim of a hole drawn together while a picture is made (the seed's third solution).

L_boundary = sum over the mask's boundary of ||grad I' - grad I||^2. At each step the model's
prediction is changed by the gradient of a measure, as guidance by a classifier does (Dhariwal and
Nichol, "Diffusion Models Beat GANs", 2021, algorithm 2). The gradient is taken at the clean latents
that the model predicts (He et al., "Manifold Preserving Guided Diffusion", 2024): it goes back
through the decoder, never through the large network. The step is Polyak's, L / ||gradient||^2,
which knows no unit, or so far as the latents are unsure at that step, if that is less.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


Decode = Callable[["Tensor"], "Tensor"]
"""Latents to a picture, (1, 3, h, w), -1 to 1."""


class Terms(NamedTuple):
    """How a prediction tells the clean latents: x_0 = of_x x + of_found found.

    unsure: the spread of what is not known of x_0, where 1 is that of the latents.
    """

    of_x: float
    of_found: float
    unsure: float


@dataclass(frozen=True, repr=False)
class Rim:
    """What the predictions of one picture are drawn to.

    source: (1, 3, h, w), -1 to 1; hole: (1, 1, h, w) bool; may: of the latents' shape, 1 where
    they may change; decoding: the decoder, while it is differentiated; weight: of the step.
    """

    source: Tensor
    hole: Tensor
    may: Tensor
    decoding: Callable[[], AbstractContextManager[Decode]]
    weight: float

    def steered(self, x: Tensor, found: Tensor, terms: Terms) -> Tensor:
        """The prediction whose clean latents have less of a seam."""
        clean = terms.of_x * x.float() + terms.of_found * found.float()
        change = self._change(clean, terms.unsure)
        drawn: Tensor = (found.float() + change / terms.of_found).to(found.dtype)
        return drawn

    def _change(self, clean: Tensor, unsure: float) -> Tensor:
        import torch

        with torch.enable_grad(), self.decoding() as decode:
            at = clean.detach().requires_grad_()
            seam = boundary(decode(at), self.source, self.hole)
            (gradient,) = torch.autograd.grad(seam, at)
        gradient = gradient * self.may
        steepness = float(gradient.square().sum())
        if not 0 < steepness < float("inf"):  # nothing to draw to, or numbers ran over
            return torch.zeros_like(clean)
        most = unsure * float(self.may.sum()) ** 0.5 / steepness**0.5
        change: Tensor = -self.weight * min(float(seam.detach()) / steepness, most) * gradient
        return change


def boundary(made: Tensor, source: Tensor, hole: Tensor) -> Tensor:
    """L_boundary of `made` in the hole of `source`, both (1, 3, h, w); hole: (1, 1, h, w) bool.

    On the rim the source's gradient is known on one side alone, so: the step from its last pixel
    into the hole is to be like the step before, for each pixel of the rim and each of 4 directions.
    """
    total = made.new_zeros(())
    for axis in (2, 3):
        for turned in (False, True):
            one, two, area = (part.flip(axis) if turned else part for part in (made, source, hole))
            length = area.shape[axis] - 2
            first, last, inner = (area.narrow(axis, start, length) for start in (0, 1, 2))
            before, edge = (two.narrow(axis, start, length) for start in (0, 1))
            apart = (one.narrow(axis, 2, length) - edge) - (edge - before)
            total = total + (apart.square() * (inner & ~last & ~first)).sum()
    return total


def terms_of(kept: float, noise: float, kind: str) -> Terms:
    """Terms of x = kept x_0 + noise n. kind: what is predicted, as diffusers names it, or 'flow'.

    Ho et al. 2020 (the noise), Salimans and Ho 2022 (v), Lipman et al. 2023 (flow: n - x_0).
    """
    whole = (kept**2 + noise**2) ** 0.5
    unsure = noise / whole
    if kind == "flow":
        return Terms(1.0, -noise, unsure)
    if kind == "v_prediction":
        return Terms(kept / whole**2, -unsure, unsure)
    if kind == "sample":
        return Terms(0.0, 1.0, unsure)
    return Terms(1 / kept, -noise / kept, unsure)


def _terms_at(scheduler: Any, time: Any, device: Any = "cpu") -> Terms:
    """Those of a scheduler's time: it is asked what it makes of 1 and 0."""
    import torch

    one, none = torch.ones(1, device=device), torch.zeros(1, device=device)
    when = torch.as_tensor(time, device=device).reshape(1)
    if hasattr(scheduler, "scale_noise"):
        kept, noise = scheduler.scale_noise(one, when, none), scheduler.scale_noise(none, when, one)
        return terms_of(float(kept), float(noise), "flow")
    kept, noise = scheduler.add_noise(one, none, when), scheduler.add_noise(none, one, when)
    return terms_of(float(kept), float(noise), str(scheduler.config.prediction_type))


@dataclass(frozen=True)
class _Steered:
    """A scheduler that is given predictions drawn to a rim; the rest is the own one's."""

    own: Any
    rim: Rim

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    @property
    def step(self) -> Callable[..., Any]:
        """The own one's step; pipelines read from its signature what it takes."""
        own = self.own.step

        @functools.wraps(own)
        def step(found: Tensor, time: Any, x: Tensor, *args: Any, **more: Any) -> Any:
            drawn = self.rim.steered(x, found, _terms_at(self.own, time, x.device))
            return own(drawn, time, x, *args, **more)

        return step


@contextlib.contextmanager
def steering(pipe: Any, rim: Rim | None) -> Iterator[None]:
    """Inside, the pipeline's steps are drawn to the rim, if there is one; see `at_work`."""
    if rim is None:
        yield
        return
    own = pipe.scheduler
    vars(pipe)["scheduler"] = _Steered(own, rim)  # not by `=`: that would write its file's entry
    try:
        yield
    finally:
        vars(pipe)["scheduler"] = own


@contextlib.contextmanager
def decoding(pipe: Any) -> Iterator[Decode]:
    """A pipeline's decoder, from latents as its network knows them, to be differentiated inside.

    Only the ends of its blocks are kept for the way back; the rest is worked out again (Chen et
    al., "Training Deep Nets with Sublinear Memory Cost", 2016). It goes by tiles where that is on.
    """
    import torch

    vae = pipe.vae
    vae.requires_grad_(False)
    vae.enable_gradient_checkpointing()  # both change no number
    shift = getattr(vae.config, "shift_factor", None) or 0.0

    def decode(latents: Tensor) -> Tensor:
        scaled = (latents / vae.config.scaling_factor + shift).to(vae.dtype)
        made: Tensor = vae.decode(scaled, return_dict=False)[0]
        return made.float()

    if vae.dtype != torch.float16:
        yield decode
        return
    vae.to(torch.float32)  # in 16 bits gradients, and XL's pictures, run over; back they are exact
    try:
        yield decode
    finally:
        vae.to(torch.float16)
