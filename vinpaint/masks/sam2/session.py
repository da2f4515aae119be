"""A SAM 2 video session for one object, with bounded memory.

Source: Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024; the model is that of
transformers. Its processor requires torchvision, so frames and prompts are prepared here instead,
with equal results. Frames that the model no longer refers to are removed from memory.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vinpaint import models
from vinpaint.core import Bools, BoxPrompt, Click, Frames
from vinpaint.runtime.devices import Device

if TYPE_CHECKING:
    import torch

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Mean and standard deviation of ImageNet, for RGB from 0 to 1."""

CPU_SIDE_PX = 512
"""Side of the input on a CPU. Compared with the usual 1024, it takes a sixth of the time."""

_MAX_CONDITIONS = 8
"""Maximum number of prompted frames that condition one frame; the nearest in time are used."""

_NOT, _IN, _CORNER, _OPPOSITE = 0, 1, 2, 3
"""The model's labels of points: not the object, the object, and two opposite corners of a box."""

LabelledPoint = tuple[float, float, int]
"""(x, y, label), in pixels of the model's input."""


@dataclass(frozen=True, repr=False)
class Sam2:
    """A loaded model.

    side_px: width and height of its input; device, dtype: torch device and type of its weights.
    """

    model: Any
    side_px: int
    device: str
    dtype: torch.dtype


def load_sam2(folder: Path, device: Device, dtype: str) -> Sam2:
    """Load the model from a `save_pretrained` folder.

    `dtype`: name of a torch type. Raises MissingError if weights are missing.
    """
    import torch

    transformers: Any = import_module("transformers")
    transformers.logging.disable_progress_bar()  # it would overwrite the progress bar of vinpaint
    kind: torch.dtype = getattr(torch, dtype)
    config = transformers.Sam2VideoConfig.from_pretrained(folder, local_files_only=True)
    side = config.image_size if device == "cuda" else min(config.image_size, CPU_SIDE_PX)
    model, info = transformers.Sam2VideoModel.from_pretrained(
        folder,
        config=_resized(config, side),
        dtype=kind,
        local_files_only=True,
        output_loading_info=True,
    )
    models.check_no_missing_keys(folder, info)
    return Sam2(model.to(device).eval(), side, device, kind)


def _resized(config: Any, side: int) -> Any:
    """Adapt the configuration to an input of `side` pixels. The weights do not depend on it."""
    levels = [[side // stride] * 2 for stride in (4, 8, 16)]
    config.image_size = side
    config.prompt_encoder_config.image_size = side
    config.vision_config.backbone_feature_sizes = levels
    config.vision_config.backbone_config.image_size = [side, side]
    config.memory_attention_rope_feat_sizes = levels[-1]
    config.max_cond_frame_num = _MAX_CONDITIONS
    return config


def prepare(frame: Frames, net: Sam2) -> torch.Tensor:
    """Convert an (H, W, 3) uint8 RGB frame to the model's input, (1, 3, side, side)."""
    import torch

    pixels = torch.from_numpy(np.ascontiguousarray(frame)).to(net.device)
    pixels = pixels.permute(2, 0, 1)[None].float()
    small = _resize(pixels, net.side_px).round().clamp(0, 255) / 255
    mean = torch.tensor(MEAN, device=net.device).view(1, 3, 1, 1)
    std = torch.tensor(STD, device=net.device).view(1, 3, 1, 1)
    return ((small - mean) / std).to(net.dtype)


def _resize(values: torch.Tensor, side: int) -> torch.Tensor:
    """Resize (1, C, H, W) float values to (1, C, side, side), with antialiasing."""
    from torch.nn import functional

    return functional.interpolate(
        values, size=(side, side), mode="bilinear", align_corners=False, antialias=True
    )


def labelled_points(
    clicks: Sequence[Click], box: BoxPrompt | None, size: tuple[int, int], side_px: int
) -> list[LabelledPoint]:
    """Convert the prompts of one frame to points in the model's input.

    A box becomes two corner points, which come first. `size`: (width, height) of the clip;
    `side_px`: side of the model's input.
    """
    across, down = side_px / size[0], side_px / size[1]
    points = [(click.x, click.y, _IN if click.add else _NOT) for click in clicks]
    if box is not None:
        x0, y0, x1, y1 = box.box.grow(0, *size)
        points = [(x0, y0, _CORNER), (x1, y1, _OPPOSITE), *points]
    return [(x * across, y * down, label) for x, y, label in points]


@contextlib.contextmanager
def _choosing(decoder: Any, level: int) -> Iterator[None]:
    """Make the mask decoder prefer a larger or smaller mask than the likeliest one.

    For a single point, the decoder returns three masks (part, object and whole) with their expected
    IoU, and the model uses the one with the greatest. `level`: steps in the order of their areas;
    those past the largest or the smallest mask give that mask.
    """
    thread = threading.get_ident()  # other threads use the same model

    def choose(_decoder: Any, _inputs: Any, output: tuple[Any, ...]) -> tuple[Any, ...] | None:
        masks, scores, *rest = output
        if threading.get_ident() != thread or scores.shape[-1] == 1:
            return None
        areas = (masks[0, 0] > 0).sum(dim=(-2, -1)).tolist()
        likeliest = int(scores[0, 0].argmax())
        order = sorted((i for i in range(len(areas)) if areas[i]), key=areas.__getitem__)
        if likeliest not in order:
            return None
        place = order.index(likeliest) + level
        scores = scores.clone()
        scores[0, 0, order[min(max(place, 0), len(order) - 1)]] = scores.max() + 1
        return (masks, scores, *rest)

    handle = decoder.register_forward_hook(choose) if level else None
    try:
        yield
    finally:
        if handle is not None:
            handle.remove()


@dataclass(repr=False)
class ObjectSession:
    """A video session of the model for one object of a clip.

    All prompted frames are kept in memory, and of the other frames those that the model still
    refers to. `size`: (width, height) of the clip.
    """

    net: Sam2
    size: tuple[int, int]
    _session: Any = field(init=False)

    def __post_init__(self) -> None:
        transformers: Any = import_module("transformers")
        self._session = transformers.Sam2VideoInferenceSession(
            video_width=self.size[0],
            video_height=self.size[1],
            inference_device=self.net.device,
            inference_state_device=self.net.device,
            video_storage_device=self.net.device,
            dtype=self.net.dtype,
        )
        self._session.obj_id_to_idx(1)

    @property
    def frames_kept(self) -> int:
        """Number of frames in memory, including the prompted ones."""
        return sum(len(kept) for kept in self._outputs.values())

    @property
    def _outputs(self) -> dict[str, dict[int, dict[str, Any]]]:
        outputs: dict[str, dict[int, dict[str, Any]]] = self._session.output_dict_per_obj[0]
        return outputs

    def paint(self, t: int, frame: Frames, mask: Bools) -> None:
        """Condition the session on the (H, W) bool mask of frame `t`.

        `frame`: (H, W, 3) uint8 RGB.
        """
        import torch

        wide = torch.from_numpy(mask.astype(np.float32))[None, None].to(self.net.device)
        small = _resize(wide, self.net.side_px)
        inside = small >= 0.5
        if not inside.any():  # thinner than a pixel at this size: keep every pixel it touches
            inside = small > 0
        self._session.add_mask_inputs(0, t, inside.float())
        self._session.obj_with_new_inputs = [1]
        self._run(t, frame, back=False)

    def mark(
        self,
        t: int,
        frame: Frames,
        points: Sequence[LabelledPoint],
        *,
        corrects: bool,
        level: int = 0,
    ) -> Bools:
        """Segment the object at points on frame `t`, and condition the session on the result.

        frame: (H, W, 3) uint8 RGB; points: from `labelled_points`; corrects: combine the points
        with the memory of the session, instead of using them alone; level: of a single point, see
        `Click.level`. Returns (H, W) bool.
        """
        import torch

        coords = torch.tensor([[[point[:2] for point in points]]], dtype=torch.float32)
        labels = torch.tensor([[[point[2] for point in points]]], dtype=torch.int32)
        inputs = {"point_coords": coords, "point_labels": labels}
        self._session.remove_mask_inputs(0, t)
        self._session.add_point_inputs(0, t, inputs)
        self._session.obj_with_new_inputs = [1]
        if corrects:  # the model uses its memory on frames that count as tracked
            self._session.frames_tracked_per_obj[0][t] = {"reverse": False}
        with _choosing(self.net.model.mask_decoder, level):
            mask = self._run(t, frame, back=False)
        corrected = self._outputs["non_cond_frame_outputs"].pop(t, {})
        self._outputs["cond_frame_outputs"].setdefault(t, {}).update(corrected)
        return mask

    def step(self, t: int, frame: Frames, *, back: bool) -> Bools:
        """Follow the object to the adjacent frame `t`; return its (H, W) bool mask.

        frame: (H, W, 3) uint8 RGB; back: follow backwards in time.
        """
        mask = self._run(t, frame, back=back)
        steps = self._outputs["non_cond_frame_outputs"]
        config = self.net.model.config
        reach = max(config.num_maskmem, config.max_object_pointers_in_encoder)
        for old in [frame for frame in steps if abs(frame - t) >= reach]:
            del steps[old]
        return mask

    def forget_steps(self) -> None:
        """Remove all but the prompted frames from memory, to follow the object anew from them."""
        self._outputs["non_cond_frame_outputs"].clear()
        self._session.frames_tracked_per_obj[0].clear()

    def _run(self, t: int, frame: Frames, *, back: bool) -> Bools:
        from torch.nn import functional

        out = self.net.model(
            self._session, frame=prepare(frame, self.net), frame_idx=t, reverse=back
        )
        self._session.processed_frames.clear()
        for kept in self._outputs.values():
            if t in kept:  # used once, to encode the memory; four megabytes per frame
                kept[t].pop("high_res_masks", None)
        width, height = self.size
        logits = functional.interpolate(
            out.pred_masks.float(), size=(height, width), mode="bilinear", align_corners=False
        )
        mask: Bools = (logits[0, 0] > 0).cpu().numpy()
        return mask
