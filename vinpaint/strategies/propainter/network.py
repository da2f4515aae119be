"""Load ProPainter's networks, and fill a sequence of frames with them.

Zhou, Li, Chan and Loy, "ProPainter: Improving Propagation and Transformer for Video Inpainting",
2023. The steps are optical flow with RAFT in both directions, recurrent flow completion, image
propagation, and a mask-guided sparse transformer. The implementation of the networks is pytorchcv's
(MIT); the constants are the published ones.
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

FLOW_WEIGHTS, PROPAINTER_WEIGHTS = "propainter-flow", "propainter"
"""Names in the model registry."""

SUBVIDEO = 80
"""Number of frames that are completed and propagated together. In a longer sequence, reference
frames are also taken from a range of this length."""
_NEIGHBOURS, _REFERENCE_STRIDE = 10, 10
_FLOW_PAD, _IMAGE_PAD = 5, 10
_RAFT_BATCHES = ((640, 12), (720, 8), (1280, 4))
"""(Maximum width in pixels, frame pairs per batch) on a GPU. Wider frames are processed 2 pairs at
a time."""
_UNTRUSTED_PX = 4
"""Distance from the hole within which flow is not trusted, because the object influences it."""

_IMPORTING = threading.Lock()


@dataclass(frozen=True, repr=False)
class ProPainterNetworks:
    """The networks on one device: RAFT, flow completion, image propagation and transformer.

    `propagation` has no weights.
    """

    raft: Any
    flow: Any
    propagation: Any
    transformer: Any
    device: Device


def load_networks(device: Device, *, instead: str) -> ProPainterNetworks:
    """Load the networks on the first call and keep them in memory.

    instead: the alternative that errors suggest. Raises MissingError if weights are absent or do
    not fit the networks.
    """

    def load_weights(name: str, network_name: str) -> Any:
        def load(folder: Path, device: Device, dtype: str) -> Any:
            import torch

            network = getattr(_pytorchcv(), network_name)()
            models.load_state_dict_from(network, folder)
            return network.to(device, getattr(torch, dtype)).eval()

        return models.load_cached(name, load, device=device, instead=instead)

    return ProPainterNetworks(
        raft=load_raft_once(device).net,
        flow=load_weights(FLOW_WEIGHTS, "propainter_rfc"),
        propagation=_pytorchcv().propainter_ip().eval(),
        transformer=load_weights(PROPAINTER_WEIGHTS, "propainter"),
        device=device,
    )


@dataclass(frozen=True)
class _Pytorchcv:
    """Functions of pytorchcv: three build networks, `complete_flow` completes optical flow."""

    propainter_rfc: Any
    propainter_ip: Any
    propainter: Any
    complete_flow: Any


def _pytorchcv() -> _Pytorchcv:
    with _IMPORTING, _deformable_convolution():
        from pytorchcv.models import propainter, propainter_ip, propainter_rfc

        return _Pytorchcv(
            propainter_rfc.propainter_rfc,
            propainter_ip.propainter_ip,
            propainter.propainter,
            propainter_rfc.calc_bidirectional_opt_flow_completion_by_pprfc,
        )


@contextlib.contextmanager
def _deformable_convolution() -> Iterator[None]:
    """Provide torchvision's DeformConv2d while pytorchcv is imported.

    If torchvision cannot be imported, a stub module with an equivalent layer replaces it. The stub
    is removed afterwards, because other packages check whether torchvision is installed.
    """
    if _torchvision_works():
        yield
        return
    from vinpaint.strategies.propainter.deformable_conv import DeformConv2d

    before = {name: module for name, module in sys.modules.items() if _is_torchvision(name)}
    torchvision, ops = ModuleType("torchvision"), ModuleType("torchvision.ops")
    torchvision.ops, ops.DeformConv2d = ops, DeformConv2d  # type: ignore[attr-defined]
    sys.modules.update({"torchvision": torchvision, "torchvision.ops": ops})
    try:
        yield
    finally:
        for name in [name for name in sys.modules if _is_torchvision(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _torchvision_works() -> bool:
    try:
        from torchvision.ops import DeformConv2d  # noqa: F401
    except Exception:  # not installed, or built for another torch, which raises various errors
        return False
    return True


def _is_torchvision(name: str) -> bool:
    return name.partition(".")[0] == "torchvision"


def inpaint(
    nets: ProPainterNetworks, frames: Frames, hole: Bools, *, subvideo: int, progress: Progress
) -> Frames:
    """Return the frames with their hole filled, (T, H, W, 3) uint8.

    Args:
        nets: the networks.
        frames: (T, H, W, 3) uint8, with T at least 2, and H and W multiples of 8 and at least 128.
        hole: (T, H, W) bool.
        subvideo: number of frames that are completed and propagated together.
        progress: called with the share that is done; it may raise Cancelled.

    Raises torch's own errors if memory runs out.
    """
    import torch

    with models.inference():
        source = torch.from_numpy(frames).to(nets.device).permute(0, 3, 1, 2).float()
        masks = torch.from_numpy(hole).to(nets.device)[:, None].float()
        flows = _estimate_flow(nets, source, section(progress, 0.0, 0.55))
        flows = _complete_flow(
            nets, flows, _untrusted(nets, hole), subvideo, section(progress, 0.55, 0.6)
        )
        known, left = _propagate(
            nets, source / 127.5 - 1, masks, flows, subvideo, section(progress, 0.6, 0.62)
        )
        tensors = known, masks, left, flows
        return _generate(nets, frames, hole, tensors, subvideo, section(progress, 0.62, 1.0))


def _untrusted(nets: ProPainterNetworks, hole: Bools) -> Tensor:
    """Return (T, 1, H, W) float32: 1 in and near the hole, where flow is not trusted."""
    import torch

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    dilated = [cv2.dilate(m.view(np.uint8), cross, iterations=_UNTRUSTED_PX) for m in hole]
    return torch.from_numpy(np.stack(dilated)).to(nets.device)[:, None].float()


def _estimate_flow(nets: ProPainterNetworks, frames: Tensor, progress: Progress) -> Tensor:
    """Return (T - 1, 4, H, W): forward and backward flow, (dx, dy) each, in pixels.

    frames: (T, 3, H, W), 0 to 255.
    """
    import torch

    pairs, width = len(frames) - 1, frames.shape[-1]
    batch = 1  # on a CPU larger batches are no faster, and delay a cancel
    if nets.device == "cuda":
        batch = next((count for limit, count in _RAFT_BATCHES if width <= limit), 2)
    flows = []
    for start in range(0, pairs, batch):
        progress(start / pairs, "estimating motion")
        stop = min(pairs, start + batch)
        first, second = frames[start:stop], frames[start + 1 : stop + 1]
        flows.append(torch.cat([nets.raft(first, second)[1], nets.raft(second, first)[1]], dim=1))
    return torch.cat(flows)


def _padded_chunks(count: int, size: int, pad: int) -> Iterator[tuple[slice, slice]]:
    """Split `count` frames into chunks of `size`, with `pad` more frames on both sides.

    Yield (frames to process, part of the result to keep).
    """
    for start in range(0, count, size):
        stop = min(count, start + size)
        first, last = max(0, start - pad), min(count, stop + pad)
        yield slice(first, last), slice(start - first, stop - first)


def _complete_flow(
    nets: ProPainterNetworks, flows: Tensor, untrusted: Tensor, subvideo: int, progress: Progress
) -> Tensor:
    """Return the flow completed behind the hole, (T - 1, 4, H, W)."""
    import torch

    complete_flow, completed = _pytorchcv().complete_flow, []
    masks = torch.cat([untrusted[:-1], untrusted[1:]], dim=1)
    for chunk, kept in _padded_chunks(len(flows), subvideo, _FLOW_PAD):
        progress(chunk.start / len(flows), "completing motion")
        flow = complete_flow(net=nets.flow, flows=flows[chunk], flow_masks=masks[chunk])[0]
        completed.append(flow[kept])
    return torch.cat(completed)


def _propagate(
    nets: ProPainterNetworks,
    frames: Tensor,
    masks: Tensor,
    flows: Tensor,
    subvideo: int,
    progress: Progress,
) -> tuple[Tensor, Tensor]:
    """Propagate known pixels along the completed flow.

    frames: (T, 3, H, W), -1 to 1; masks: (T, 1, H, W). Returns the frames and the masks of what
    remains to be filled, in the same shapes.
    """
    import torch

    known, left = [], []
    for chunk, kept in _padded_chunks(len(frames), subvideo, _IMAGE_PAD):
        progress(chunk.start / len(frames), "propagating pixels")
        between = slice(chunk.start, chunk.stop - 1)
        propagated, remaining = nets.propagation(
            frames=frames[chunk], masks=masks[chunk].clone(), comp_flows=flows[between]
        )
        known.append(propagated[kept])
        left.append(remaining[kept])
    return torch.cat(known), torch.cat(left)


def _generate(
    nets: ProPainterNetworks,
    frames: Frames,
    hole: Bools,
    tensors: tuple[Tensor, Tensor, Tensor, Tensor],
    subvideo: int,
    progress: Progress,
) -> Frames:
    """Generate the remaining pixels with the transformer and return (T, H, W, 3) uint8.

    The transformer receives overlapping groups of neighbouring frames, each with distant reference
    frames. Where groups overlap, the results are averaged.

    tensors: propagated frames, masks, remaining masks, completed flow.
    """
    known, masks, left, flows = tensors
    count, stride = len(frames), _NEIGHBOURS // 2
    generated: dict[int, Any] = {}
    for middle in range(0, count, stride):
        neighbours = list(range(max(0, middle - stride), min(count, middle + stride + 1)))
        if not hole[neighbours].any():
            continue
        progress(middle / count, "generating")
        chosen = neighbours + reference_frames(middle, neighbours, count, subvideo)
        output = nets.transformer(
            masked_frames=known[chosen][None],
            masks_updated=left[chosen][None],
            masks_in=masks[chosen][None],
            completed_flows=flows[neighbours[:-1]][None],
            num_local_frames=len(neighbours),
        )[0]
        levels = ((output.clamp(-1, 1) + 1) * 127.5).permute(0, 2, 3, 1).cpu().numpy()
        for t, frame in zip(neighbours, levels, strict=True):
            generated[t] = frame if t not in generated else (generated[t] + frame) / 2
    out = frames.copy()
    for t, frame in generated.items():
        out[t][hole[t]] = np.rint(frame[hole[t]]).astype(np.uint8)
    return out


def reference_frames(middle: int, neighbours: list[int], count: int, subvideo: int) -> list[int]:
    """Return the reference frames of a group: every tenth frame that is not a neighbour.

    If there are more than `subvideo` frames, only those around the frame `middle` are returned.

    middle: centre of the group; neighbours: its frames; count: number of frames in all.
    """
    if count <= subvideo:
        return [t for t in range(0, count, _REFERENCE_STRIDE) if t not in neighbours]
    most = subvideo // _REFERENCE_STRIDE
    reach = _REFERENCE_STRIDE * (most // 2)
    around = range(max(0, middle - reach), min(count, middle + reach), _REFERENCE_STRIDE)
    return [t for t in around if t not in neighbours][: most + 1]
