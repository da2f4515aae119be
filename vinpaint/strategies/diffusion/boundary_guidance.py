"""Boundary guidance: reduce the seam at the border of the hole while an image is generated.

L_boundary = sum over the mask's border of ||grad I' - grad I||^2 (docs/method.md). At each sampling
step the model's prediction is moved against the gradient of this loss, as in classifier guidance
(Dhariwal and Nichol, "Diffusion Models Beat GANs", 2021, algorithm 2). The gradient is taken with
respect to the predicted clean latents (He et al., "Manifold Preserving Guided Diffusion", 2024), so
it is backpropagated through the decoder but not through the denoising network. The step size is
Polyak's, L / ||gradient||^2, which needs no tuning to the scale of the loss. It is limited by the
uncertainty of the latents at that step.
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
"""Decodes latents to an image, (1, 3, h, w), -1 to 1."""


class PredictionTerms(NamedTuple):
    """Coefficients that give the clean latents: x_0 = of_x * x + of_prediction * prediction.

    uncertainty: standard deviation of x_0 given x, relative to that of the latents.
    """

    of_x: float
    of_prediction: float
    uncertainty: float


@dataclass(frozen=True, repr=False)
class BoundaryGuidance:
    """Guidance for the predictions of one image.

    Args:
        source: (1, 3, h, w), the known image, -1 to 1.
        hole: (1, 1, h, w) bool.
        editable: in the shape of the latents, 1 where they may change, 0 elsewhere.
        differentiable_decoder: returns a context manager that yields the decoder.
        weight: factor on the step size.
    """

    source: Tensor
    hole: Tensor
    editable: Tensor
    differentiable_decoder: Callable[[], AbstractContextManager[Decode]]
    weight: float

    def guide(self, x: Tensor, prediction: Tensor, terms: PredictionTerms) -> Tensor:
        """Return the prediction, moved so that its clean latents have a smaller boundary loss.

        x: noisy latents; prediction: the model's output for them; terms: see `PredictionTerms`.
        """
        clean = terms.of_x * x.float() + terms.of_prediction * prediction.float()
        change = self._change(clean, terms.uncertainty)
        guided: Tensor = (prediction.float() + change / terms.of_prediction).to(prediction.dtype)
        return guided

    def _change(self, clean: Tensor, uncertainty: float) -> Tensor:
        """Return the change of the clean latents: one step of gradient descent."""
        import torch

        with torch.enable_grad(), self.differentiable_decoder() as decode:
            latents = clean.detach().requires_grad_()
            loss = boundary_loss(decode(latents), self.source, self.hole)
            (gradient,) = torch.autograd.grad(loss, latents)
        gradient = gradient * self.editable
        squared_norm = float(gradient.square().sum())
        if not 0 < squared_norm < float("inf"):  # no seam, or an overflow
            return torch.zeros_like(clean)
        limit = uncertainty * float(self.editable.sum()) ** 0.5 / squared_norm**0.5
        step = min(float(loss.detach()) / squared_norm, limit)
        change: Tensor = -self.weight * step * gradient
        return change


def boundary_loss(image: Tensor, source: Tensor, hole: Tensor) -> Tensor:
    """Return L_boundary of `image` in the hole of `source`.

    Both are (1, 3, h, w); hole: (1, 1, h, w) bool. At the border, the source's gradient is known on
    the outer side only. Therefore, for each border pixel and each of the 4 directions, the
    difference across the border is compared with the difference between the two known pixels before
    it.
    """
    total = image.new_zeros(())
    for axis in (2, 3):
        for flipped in (False, True):
            made, known, area = (t.flip(axis) if flipped else t for t in (image, source, hole))
            length = area.shape[axis] - 2
            first, last, inner = (area.narrow(axis, start, length) for start in (0, 1, 2))
            before, edge = (known.narrow(axis, start, length) for start in (0, 1))
            difference = (made.narrow(axis, 2, length) - edge) - (edge - before)
            total = total + (difference.square() * (inner & ~last & ~first)).sum()
    return total


def prediction_terms(kept: float, noise: float, kind: str) -> PredictionTerms:
    """Return the terms for noisy latents x = kept * x_0 + noise * n.

    kind: the quantity that the model predicts, as diffusers names it: 'epsilon' (the noise n; Ho et
    al. 2020), 'v_prediction' (Salimans and Ho 2022), 'sample' (x_0), or 'flow' (n - x_0; Lipman et
    al. 2023).
    """
    norm = (kept**2 + noise**2) ** 0.5
    uncertainty = noise / norm
    if kind == "flow":
        return PredictionTerms(1.0, -noise, uncertainty)
    if kind == "v_prediction":
        return PredictionTerms(kept / norm**2, -uncertainty, uncertainty)
    if kind == "sample":
        return PredictionTerms(0.0, 1.0, uncertainty)
    return PredictionTerms(1 / kept, -noise / kept, uncertainty)


def terms_at_time(scheduler: Any, time: Any, device: Any = "cpu") -> PredictionTerms:
    """Return the terms at one time of a diffusers scheduler.

    The coefficients are measured with the scheduler itself: it adds noise 0 to 1, and noise 1 to 0.
    """
    import torch

    one, zero = torch.ones(1, device=device), torch.zeros(1, device=device)
    times = torch.as_tensor(time, device=device).reshape(1)
    if hasattr(scheduler, "scale_noise"):
        kept = scheduler.scale_noise(one, times, zero)
        noise = scheduler.scale_noise(zero, times, one)
        return prediction_terms(float(kept), float(noise), "flow")
    kept, noise = scheduler.add_noise(one, zero, times), scheduler.add_noise(zero, one, times)
    return prediction_terms(float(kept), float(noise), str(scheduler.config.prediction_type))


@dataclass(frozen=True)
class _GuidedScheduler:
    """A wrapper that guides each prediction; all else is delegated to `scheduler`."""

    scheduler: Any
    guidance: BoundaryGuidance

    def __getattr__(self, name: str) -> Any:
        return getattr(self.scheduler, name)

    @property
    def step(self) -> Callable[..., Any]:
        """The wrapped scheduler's `step`, with guidance.

        It keeps the signature, because pipelines inspect it for the arguments that are accepted.
        """
        own_step = self.scheduler.step

        @functools.wraps(own_step)
        def step(prediction: Tensor, time: Any, x: Tensor, *args: Any, **options: Any) -> Any:
            terms = terms_at_time(self.scheduler, time, x.device)
            guided = self.guidance.guide(x, prediction, terms)
            return own_step(guided, time, x, *args, **options)

        return step


@contextlib.contextmanager
def guided_steps(pipe: Any, guidance: BoundaryGuidance | None) -> Iterator[None]:
    """Replace the pipeline's scheduler by a guided one inside the context.

    Does nothing if `guidance` is None. Call within `exclusive_inference`, because the pipeline is
    modified.
    """
    if guidance is None:
        yield
        return
    own_scheduler = pipe.scheduler
    # vars(), since plain assignment would also write to the pipeline's config
    vars(pipe)["scheduler"] = _GuidedScheduler(own_scheduler, guidance)
    try:
        yield
    finally:
        vars(pipe)["scheduler"] = own_scheduler


@contextlib.contextmanager
def differentiable_decoder(pipe: Any) -> Iterator[Decode]:
    """Yield a pipeline's decoder in a form that gradients can be backpropagated through.

    It takes latents as the denoising network uses them. Only the inputs of its blocks are stored;
    the other activations are recomputed in the backward pass (Chen et al., "Training Deep Nets with
    Sublinear Memory Cost", 2016). It decodes in tiles if the pipeline does.
    """
    import torch

    vae = pipe.vae
    vae.requires_grad_(False)
    vae.enable_gradient_checkpointing()  # neither line changes the output
    shift = getattr(vae.config, "shift_factor", None) or 0.0

    def decode(latents: Tensor) -> Tensor:
        scaled = (latents / vae.config.scaling_factor + shift).to(vae.dtype)
        image: Tensor = vae.decode(scaled, return_dict=False)[0]
        return image.float()

    if vae.dtype != torch.float16:
        yield decode
        return
    # gradients overflow in float16, and so do SDXL's images; converting back is exact
    vae.to(torch.float32)
    try:
        yield decode
    finally:
        vae.to(torch.float16)
