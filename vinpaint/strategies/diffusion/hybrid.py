"""Strategy `hybrid`: propagate what other frames show, and generate only what none shows.

The strategy works like `propagate`, with an image model in place of PatchMatch. The model inpaints
the frame with the largest missing area, the result is propagated to the other frames, and both
steps repeat until little is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Context, FillSettings, Frames, Mask, Progress, Video
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.runtime.devices import resolve_device
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.diffusion import frames as frame_by_frame
from vinpaint.strategies.diffusion import image_models, pipelines
from vinpaint.strategies.diffusion.frames import COLOUR_BLEED_PX, MODELS, inpaint_image
from vinpaint.strategies.diffusion.image_model import ImageModel
from vinpaint.strategies.propagation.propagate import fill_by_propagation
from vinpaint.strategies.resizing import crop_box, paste_into_hole

_CONTEXT_PX = 64
_MAX_IMAGES = 3
"""Number of generated images per window that the time estimate assumes. Most windows need one or
two."""


@dataclass(frozen=True)
class Hybrid(Strategy):
    """Propagate, and generate the rest with an image model. Needs weights; slow without a GPU."""

    title = "Propagate and paint"
    best_for = (
        "Removing something that other frames show in part: their pixels fill what they show, "
        "and an image model generates the rest once, which is propagated from there."
    )
    takes_prompt = True
    models = MODELS
    options = (
        *("model", "negative_prompt", "steps", "guidance", "repaint", "rim_guidance"),
        "patient",
    )

    def missing_requirement(self, settings: FillSettings) -> str:
        """See `Strategy.missing_requirement`.

        Checks packages, weights, and settings that the model does not support.
        """
        return frame_by_frame.missing_requirement(self.weights(settings)[0], settings)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:  # noqa: ARG002
        """See `Strategy.estimate_seconds`. Counts the generated images; propagation is fast."""
        model = pipelines.find_model(self.weights(settings)[0])
        device = resolve_device(settings.device)
        seconds = image_models.seconds_per_image(model, device=device, settings=settings)
        return seconds * min(frames, _MAX_IMAGES)

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`.

        Raises MissingError if packages or weights are missing, MaskError if every pixel of every
        frame is hole, LimitError if memory runs out, EngineError if the model's filter rejects an
        image.
        """
        self.require(settings)
        texture = ImageModelFill(self.weights(settings)[0], settings)
        return fill_by_propagation(
            video, mask, context=context, settings=settings, texture=texture, progress=progress
        )


class ImageModelFill:
    """A `TextureSynthesizer` that uses an image model, loaded on first use."""

    def __init__(self, name: str, settings: FillSettings) -> None:
        self._name = name
        self._settings = settings
        self._image_model: ImageModel | None = None

    def warm(self) -> None:
        """Load the model now. See `TextureSynthesizer.warm`."""
        self._load()

    def close(self) -> None:
        """Drop the reference to the model, which stays in the cache of models."""
        self._image_model = None

    def fill(
        self,
        frame: Frames,
        hole: Bools,
        *,
        keep_out: Bools,  # noqa: ARG002 (nothing is copied)
        heartbeat: Callable[[], None],
    ) -> Frames:
        """See `TextureSynthesizer.fill`."""
        box = crop_box(hole[None], context_px=_CONTEXT_PX, aspect=1.0)
        if box is None:
            return frame
        image_model = self._load()
        crop, area = frame[box.slices][None], hole[box.slices][None]
        generated = inpaint_image(
            image_model,
            crop[0],
            area[0],
            noise=image_model.working_size.noise(self._settings.seed),
            strength=1.0,
            settings=self._settings,
            progress=lambda _share, _words: heartbeat(),
        )
        matched = transfer_colours(generated[None], crop, area, margin_px=COLOUR_BLEED_PX)
        filled = frame.copy()
        filled[box.slices] = paste_into_hole(crop, np.asarray(matched), area)[0]
        return filled

    def _load(self) -> ImageModel:
        if self._image_model is None:
            self._image_model = image_models.load_image_model(
                pipelines.find_model(self._name),
                device=resolve_device(self._settings.device),
                instead=pipelines.INSTEAD,
            )
        return self._image_model
