"""What a strategy works with on its device: the estimate of motion, and the sampling of pixels.

On the processor: DIS and OpenCV. On a CUDA card: RAFT where its weights are here, and torch.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vinpaint import models
from vinpaint.core import FillSettings, Frames, MissingError
from vinpaint.imaging import flow
from vinpaint.imaging.motion.sampling import CpuSampler, Sampler, TorchSampler
from vinpaint.runtime.devices import Device, resolve_device

RAFT = "raft-things"
"""Its name in the register."""

RAFT_ITERATIONS = 20
"""As ProPainter takes (Zhou et al., 2023)."""

DRAFT_FLOW, FILLED_FLOW = flow.Dis(refinements=2), flow.Dis()
"""Refinement draws motion beside a hole to the smooth fill in it: on eight clips one iteration in
the first round, in place of five, gave 0.1 to 0.2 dB more; but a thing that runs past a still hole
stains a fill the more (5 levels with none, 3.8 with two, 3.2 with five). Two are between."""

PYTORCHCV_INSTALL = "pip install --no-deps pytorchcv==0.0.74"
"""Without what it asks for: it names torchvision and does not use it here, and beside a CPU torch
that breaks transformers and diffusers."""


@dataclass(frozen=True)
class ComputeBackend:
    """What is worked with.

    `draft_flow` estimates motion around holes that are only smoothed over, `flow` where they hold
    a first fill; `sampler(frames)` looks frames up between their pixels.
    """

    draft_flow: flow.FlowEstimator
    flow: flow.FlowEstimator
    sampler: Callable[[Frames], Sampler]


def select_backend(settings: FillSettings, *, on_note: Callable[[str], None]) -> ComputeBackend:
    """What the settings' device comes to here. `note` is told what that means for the result.

    Raises MissingError where the device, or part of the weights, is absent.
    """
    device = resolve_device(settings.device)
    if device == "cpu":
        return ComputeBackend(DRAFT_FLOW, FILLED_FLOW, CpuSampler)
    sampler = functools.partial(TorchSampler, device=device)
    if hindrance := _no_raft():
        on_note(f"Motion was estimated by DIS on the processor, since {hindrance}.")
        return ComputeBackend(DRAFT_FLOW, FILLED_FLOW, sampler)
    on_note("Motion was estimated by RAFT on the graphics card.")
    raft = load_raft_once(device)
    return ComputeBackend(raft, raft, sampler)


def _no_raft() -> str:
    """Why RAFT cannot work here; '' where it can."""
    if not models.present(RAFT):
        entry = models.weights_entry(RAFT)
        return f"RAFT's weights are not here ('{models.fetch_command(entry)}' fetches them)"
    if importlib.util.find_spec("pytorchcv") is None:
        return f"pytorchcv is not installed ('{PYTORCHCV_INSTALL}')"
    return ""


def load_raft_once(device: Device) -> flow.Raft:
    """RAFT from its weights, loaded once. Raises MissingError where anything is absent."""
    instead = "choose the device 'cpu', which needs none"
    return models.load_cached(RAFT, load_raft, device=device, instead=instead)


def load_raft(folder: Path, device: Device, dtype: str) -> flow.Raft:
    """From a folder with its one file of states. Raises MissingError."""
    import torch

    if importlib.util.find_spec("pytorchcv") is None:
        raise MissingError(
            f"RAFT needs pytorchcv, which is not installed; run '{PYTORCHCV_INSTALL}'"
        )
    from pytorchcv.models.raft import raft_things

    net = raft_things(iters=RAFT_ITERATIONS)
    models.load_state_dict_from(net, folder)
    return flow.Raft(net.to(device, getattr(torch, dtype)).eval(), device)
