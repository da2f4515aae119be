"""The compute backend of a strategy: optical flow and pixel sampling on the selected device.

On the CPU: DIS flow and OpenCV. On a CUDA card: RAFT, if its weights are installed, and torch.
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
"""Name of RAFT's weights in the model registry."""

RAFT_ITERATIONS = 20
"""Number of RAFT's refinement iterations, as in ProPainter (Zhou et al., 2023)."""

DRAFT_FLOW, FILLED_FLOW = flow.Dis(refinements=2), flow.Dis()
"""DIS flow for the first and for the second round. Variational refinement biases the motion beside
a hole towards the smooth draft inside it. On eight clips, one iteration in the first round gained
0.1 to 0.2 dB over five. With few iterations, however, an object that passes a still hole stains the
fill: by 5 levels without iterations, 3.8 with two, 3.2 with five. Two is a compromise."""

PYTORCHCV_INSTALL = "pip install --no-deps pytorchcv==0.0.74"
"""`--no-deps`, because pytorchcv depends on torchvision. RAFT does not need it, and together with a
CPU build of torch it breaks transformers and diffusers."""


@dataclass(frozen=True)
class ComputeBackend:
    """Flow estimators and a sampler for one device.

    Args:
        draft_flow: flow estimator for frames whose holes are only interpolated.
        flow: flow estimator for frames whose holes contain a first fill.
        sampler: `sampler(frames)` returns an object that samples colours at sub-pixel positions.
    """

    draft_flow: flow.FlowEstimator
    flow: flow.FlowEstimator
    sampler: Callable[[Frames], Sampler]


def select_backend(settings: FillSettings, *, on_note: Callable[[str], None]) -> ComputeBackend:
    """Return the backend for the device of `settings`.

    On a GPU, `on_note` receives a sentence that says how motion is estimated, for the notes of the
    result. Raises MissingError if the device is not available or RAFT's weights are damaged.
    """
    device = resolve_device(settings.device)
    if device == "cpu":
        return ComputeBackend(DRAFT_FLOW, FILLED_FLOW, CpuSampler)
    sampler = functools.partial(TorchSampler, device=device)
    if reason := _raft_missing():
        on_note(f"Motion was estimated by DIS on the processor, since {reason}.")
        return ComputeBackend(DRAFT_FLOW, FILLED_FLOW, sampler)
    on_note("Motion was estimated by RAFT on the graphics card.")
    raft = load_raft_once(device)
    return ComputeBackend(raft, raft, sampler)


def _raft_missing() -> str:
    """Return the reason why RAFT is not available, or "" if it is."""
    if not models.present(RAFT):
        entry = models.weights_entry(RAFT)
        return f"RAFT's weights are not here ('{models.fetch_command(entry)}' fetches them)"
    if importlib.util.find_spec("pytorchcv") is None:
        return f"pytorchcv is not installed ('{PYTORCHCV_INSTALL}')"
    return ""


def load_raft_once(device: Device) -> flow.Raft:
    """Load RAFT on the first call and keep it in memory.

    Raises MissingError if its weights or pytorchcv are not installed.
    """
    instead = "choose the device 'cpu', which needs none"
    return models.load_cached(RAFT, load_raft, device=device, instead=instead)


def load_raft(folder: Path, device: Device, dtype: str) -> flow.Raft:
    """Load RAFT from a folder that contains its state dict.

    `dtype` is the name of a torch dtype. Raises MissingError if pytorchcv is not installed or the
    weights cannot be read.
    """
    import torch

    if importlib.util.find_spec("pytorchcv") is None:
        raise MissingError(
            f"RAFT needs pytorchcv, which is not installed; run '{PYTORCHCV_INSTALL}'"
        )
    from pytorchcv.models.raft import raft_things

    net = raft_things(iters=RAFT_ITERATIONS)
    models.load_state_dict_from(net, folder)
    return flow.Raft(net.to(device, getattr(torch, dtype)).eval(), device)
