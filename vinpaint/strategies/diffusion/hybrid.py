"""Strategy `hybrid`: what other frames show is led in; only what none shows is generated.

What the second seed calls surgical: `propagate`, with a picture model in place of PatchMatch. It
paints the frame that lacks most, what it made is led on from there, and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Context, FillSettings, Frames, Mask, MissingError, Progress, Video
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.runtime.devices import resolve_device
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.diffusion import frames as by_frames
from vinpaint.strategies.diffusion import image_models, pipelines
from vinpaint.strategies.diffusion.frames import INSTEAD, MODELS, paint_one
from vinpaint.strategies.diffusion.image_model import Painter
from vinpaint.strategies.propagation.propagate import fill_by_propagation
from vinpaint.strategies.resizing import crop_box, paste_into_hole

_CONTEXT_PX = 64
_APART_PX = 4
_MOST_PICTURES = 3
"""So many pictures a window are reckoned with; most windows take one or two."""


@dataclass(frozen=True)
class Hybrid(Strategy):
    """Propagation, and a picture model for the rest. Needs weights; minutes without a GPU."""

    title = "Propagate and paint"
    best_for = (
        "Removing something that other frames show in part: their pixels fill what they show, "
        "and a picture model paints the rest once, which is led on from there."
    )
    takes_prompt = True
    models = MODELS
    options = (
        "model",
        "negative_prompt",
        "steps",
        "guidance",
        "repaint",
        "rim_guidance",
        "patient",
    )

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        """The model that was chosen, or the smallest."""
        return (settings.generation.model or self.models[0],)

    def missing_requirement(self, settings: FillSettings) -> str:
        """Packages or weights, or a model that cannot do what was asked."""
        return by_frames.missing_requirement(self.weights(settings)[0], settings)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:  # noqa: ARG002
        """See `Strategy.estimate_seconds`: of the few pictures that are painted."""
        model = pipelines.model_of(self.weights(settings)[0], instead=INSTEAD)
        device = resolve_device(settings.device)
        one = image_models.seconds_a_picture(model, device=device, settings=settings)
        return one * min(frames, _MOST_PICTURES)

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`. Raises MissingError, MaskError as `propagate` does, LimitError."""
        if reason := self.missing_requirement(settings):
            raise MissingError(reason)
        texture = Painted(self.weights(settings)[0], settings)
        return fill_by_propagation(
            video, mask, context=context, settings=settings, texture=texture, progress=progress
        )


class Painted:
    """A picture model as the maker of what no frame shows; loaded when there is something."""

    def __init__(self, name: str, settings: FillSettings) -> None:
        self._name = name
        self._settings = settings
        self._painter: Painter | None = None

    def warm(self) -> None:
        """See `Maker.warm`."""
        self._ready()

    def close(self) -> None:
        """See `Maker.close`."""
        self._painter = None

    def fill(
        self,
        frame: Frames,
        hole: Bools,
        *,
        keep_out: Bools,  # noqa: ARG002 (nothing is copied)
        heartbeat: Callable[[], None],
    ) -> Frames:
        """See `Maker.fill`."""
        box = crop_box(hole[None], context_px=_CONTEXT_PX, aspect=1.0)
        if box is None:
            return frame
        painter, inside = self._ready(), box.slices
        part, area = frame[inside][None], hole[inside][None]
        made = paint_one(
            painter,
            part[0],
            area[0],
            noise=painter.square.noise(self._settings.seed),
            strength=1.0,
            settings=self._settings,
            progress=lambda _share, _words: heartbeat(),
        )
        lit = transfer_colours(made[None], part, area, apart_px=_APART_PX)
        filled = frame.copy()
        filled[inside] = paste_into_hole(part, np.asarray(lit), area)[0]
        return filled

    def _ready(self) -> Painter:
        if self._painter is None:
            model = pipelines.model_of(self._name, instead=INSTEAD)
            device = resolve_device(self._settings.device)
            self._painter = image_models.load_painter(model, device=device, instead=INSTEAD)
        return self._painter
