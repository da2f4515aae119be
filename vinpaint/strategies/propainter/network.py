"""ProPainter's networks, and what they do with one stretch of frames.

Zhou, Li, Chan and Loy, "ProPainter: Improving Propagation and Transformer for Video Inpainting",
2023: RAFT both ways, recurrent flow completion, image propagation, the mask-guided sparse
transformer. The networks are pytorchcv's (MIT). The numbers are the published ones.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from vinpaint import models
from vinpaint.core import Bools, Frames, Progress, section
from vinpaint.runtime.devices import Device
from vinpaint.strategies.compute_backend import load_raft_once

if TYPE_CHECKING:
    from torch import Tensor

FLOW, PAINTER = "propainter-flow", "propainter"
"""The weights, as `models` names them."""

SUBVIDEO = 80
"""So many frames are completed and propagated at once, and as far reach the references."""
_NEIGHBOURS, _REFERENCE_STRIDE = 10, 10
_FLOW_PAD, _IMAGE_PAD = 5, 10
_RAFT_BATCHES = ((640, 12), (720, 8), (1280, 4))
"""On a card so many pairs of frames of at most this width at once; 2 of wider ones."""
_UNSURE_PX = 4
"""Flow is not trusted so near the hole: what it is estimated from holds what is removed."""

_IMPORTING = threading.Lock()


@dataclass(frozen=True, repr=False)
class Painter:
    """The three networks with their weights on one device, and the one that has none."""

    raft: Any
    flow: Any
    propagation: Any
    painter: Any
    device: Device


def load_painter(device: Device, *, instead: str) -> Painter:
    """The networks, loaded once. Raises MissingError where weights are absent or do not fit.

    `instead`: what else to do.
    """

    def made(name: str, net: str) -> Any:
        def load(folder: Path, where: Device, dtype: str) -> Any:
            import torch

            network = getattr(_networks(), net)()
            models.put_states(network, folder)
            return network.to(where, getattr(torch, dtype)).eval()

        return models.load_once(name, load, device=device, instead=instead)

    return Painter(
        raft=load_raft_once(device).net,
        flow=made(FLOW, "propainter_rfc"),
        propagation=_networks().propainter_ip().eval(),
        painter=made(PAINTER, "propainter"),
        device=device,
    )


@dataclass(frozen=True)
class _Networks:
    """What pytorchcv builds."""

    propainter_rfc: Any
    propainter_ip: Any
    propainter: Any
    complete: Any


def _networks() -> _Networks:
    with _IMPORTING, _deformable():
        from pytorchcv.models import propainter, propainter_ip, propainter_rfc

        return _Networks(
            propainter_rfc.propainter_rfc,
            propainter_ip.propainter_ip,
            propainter.propainter,
            propainter_rfc.calc_bidirectional_opt_flow_completion_by_pprfc,
        )


@contextlib.contextmanager
def _deformable() -> Iterator[None]:
    """pytorchcv takes one layer from torchvision; where that does not load, ours, for this import.

    Nothing of it stays: other packages ask whether torchvision is there.
    """
    if _torchvision_works():
        yield
        return
    from vinpaint.strategies.propainter.deformable_conv import DeformConv2d as OurOwn

    before = {name: kept for name, kept in sys.modules.items() if _is_torchvision(name)}
    stand_in, ops = ModuleType("torchvision"), ModuleType("torchvision.ops")
    stand_in.ops, ops.DeformConv2d = ops, OurOwn  # type: ignore[attr-defined]
    sys.modules.update({"torchvision": stand_in, "torchvision.ops": ops})
    try:
        yield
    finally:
        for name in [name for name in sys.modules if _is_torchvision(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _torchvision_works() -> bool:
    try:
        from torchvision.ops import DeformConv2d  # noqa: F401
    except Exception:  # absent, or built for another torch, which shows in many ways
        return False
    return True


def _is_torchvision(name: str) -> bool:
    return name.partition(".")[0] == "torchvision"


def paint(
    nets: Painter, frames: Frames, hole: Bools, *, subvideo: int, progress: Progress
) -> Frames:
    """(T, H, W, 3) uint8: the frames with their hole filled.

    frames: (T, H, W, 3) uint8, T at least 2, H and W multiples of 8 and at least 128; hole:
    (T, H, W). Raises what torch raises when memory runs out, and Cancelled.
    """
    import torch

    with models.inference():
        given = torch.from_numpy(frames).to(nets.device).permute(0, 3, 1, 2).float()
        masks = torch.from_numpy(hole).to(nets.device)[:, None].float()
        flows = _flows(nets, given, section(progress, 0.0, 0.55))
        flows = _completed(nets, flows, _unsure(nets, hole), subvideo, section(progress, 0.55, 0.6))
        given = given / 127.5 - 1
        told = section(progress, 0.6, 0.62)
        known, left = _propagated(nets, given, masks, flows, subvideo, told)
        return _filled(nets, frames, hole, (known, masks, left, flows), subvideo,
                       section(progress, 0.62, 1.0))  # fmt: skip


def _unsure(nets: Painter, hole: Bools) -> Tensor:
    """(T, 1, H, W): where flow is not trusted."""
    import torch

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    grown = [cv2.dilate(one.view(np.uint8), cross, iterations=_UNSURE_PX) for one in hole]
    return torch.from_numpy(np.stack(grown)).to(nets.device)[:, None].float()


def _flows(nets: Painter, frames: Tensor, progress: Progress) -> Tensor:
    """(T - 1, 4, H, W): forwards and backwards. frames: 0 to 255."""
    import torch

    pairs, width = len(frames) - 1, frames.shape[-1]
    at_once = 1  # on a processor: more is no quicker, and a stop would wait for them all
    if nets.device == "cuda":
        at_once = next((count for limit, count in _RAFT_BATCHES if width <= limit), 2)
    found = []
    for start in range(0, pairs, at_once):
        progress(start / pairs, "estimating motion")
        stop = min(pairs, start + at_once)
        first, second = frames[start:stop], frames[start + 1 : stop + 1]
        found.append(torch.cat([nets.raft(first, second)[1], nets.raft(second, first)[1]], dim=1))
    return torch.cat(found)


def _parts(count: int, size: int, pad: int) -> Iterator[tuple[slice, slice]]:
    """(what is worked on, what of that is kept) of stretches of `size`, padded at both sides."""
    for start in range(0, count, size):
        stop = min(count, start + size)
        first, last = max(0, start - pad), min(count, stop + pad)
        yield slice(first, last), slice(start - first, stop - first)


def _completed(
    nets: Painter, flows: Tensor, unsure: Tensor, subvideo: int, progress: Progress
) -> Tensor:
    """(T - 1, 4, H, W): the flow behind the hole as well."""
    import torch

    complete, done = _networks().complete, []
    both = torch.cat([unsure[:-1], unsure[1:]], dim=1)
    for worked, kept in _parts(len(flows), subvideo, _FLOW_PAD):
        progress(worked.start / len(flows), "completing motion")
        done.append(complete(net=nets.flow, flows=flows[worked], flow_masks=both[worked])[0][kept])
    return torch.cat(done)


def _propagated(
    nets: Painter, frames: Tensor, masks: Tensor, flows: Tensor, subvideo: int, progress: Progress
) -> tuple[Tensor, Tensor]:
    """(frames (T, 3, H, W), masks (T, 1, H, W)): real pixels led in, and what they left open."""
    import torch

    known, left = [], []
    for worked, kept in _parts(len(frames), subvideo, _IMAGE_PAD):
        progress(worked.start / len(frames), "leading pixels on")
        between = slice(worked.start, worked.stop - 1)
        led, lacking = nets.propagation(
            frames=frames[worked], masks=masks[worked].clone(), comp_flows=flows[between]
        )
        known.append(led[kept])
        left.append(lacking[kept])
    return torch.cat(known), torch.cat(left)


def _filled(
    nets: Painter,
    frames: Frames,
    hole: Bools,
    tensors: tuple[Tensor, Tensor, Tensor, Tensor],
    subvideo: int,
    progress: Progress,
) -> Frames:
    """(T, H, W, 3): the transformer over neighbours and references; overlaps averaged."""
    known, masks, left, flows = tensors
    count, stride = len(frames), _NEIGHBOURS // 2
    done: dict[int, Any] = {}
    for middle in range(0, count, stride):
        near = list(range(max(0, middle - stride), min(count, middle + stride + 1)))
        if not hole[near].any():
            continue
        progress(middle / count, "painting")
        some = near + references(middle, near, count, subvideo)
        made = nets.painter(
            masked_frames=known[some][None],
            masks_updated=left[some][None],
            masks_in=masks[some][None],
            completed_flows=flows[near[:-1]][None],
            num_local_frames=len(near),
        )[0]
        levels = ((made.clamp(-1, 1) + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()
        for t, frame in zip(near, levels, strict=True):
            done[t] = frame if t not in done else (done[t] + frame) / 2
    out = frames.copy()
    for t, frame in done.items():
        out[t][hole[t]] = np.rint(frame[hole[t]]).astype(np.uint8)
    return out


def references(middle: int, near: list[int], count: int, subvideo: int) -> list[int]:
    """Frames from afar that the transformer sees beside the neighbours, every tenth one.

    Of a clip longer than `subvideo`, those around the middle only.
    """
    if count <= subvideo:
        return [t for t in range(0, count, _REFERENCE_STRIDE) if t not in near]
    most = subvideo // _REFERENCE_STRIDE
    reach = _REFERENCE_STRIDE * (most // 2)
    around = range(max(0, middle - reach), min(count, middle + reach), _REFERENCE_STRIDE)
    return [t for t in around if t not in near][: most + 1]
