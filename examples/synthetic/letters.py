"""Burned-in captions over a moving scene, drawn with the font that lies inside Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from examples.synthetic.made import Camera, Made, lay_over, scene
from vinpaint.core import Floats, Frames, Span


@dataclass(frozen=True)
class Lettering:
    """One line of text: what it says, when, and where its middle stands, in the frame's pixels."""

    text: str
    when: Span
    middle: tuple[float, float]
    height_px: float = 28.0
    """The font's size, not the letters' own height."""
    outline_px: int = 2
    colour: tuple[int, int, int] = (255, 255, 255)
    outline_colour: tuple[int, int, int] = (16, 16, 20)


def draw_letters(line: Lettering, size: tuple[int, int]) -> tuple[Frames, Floats]:
    """(colours (H, W, 3), opacity (H, W) 0 to 1) of one line. `size`: (width, height)."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(line.height_px)
    shares = []
    for stroke in (0, line.outline_px):
        image = Image.new("L", size)
        ImageDraw.Draw(image).text(
            line.middle, line.text, fill=255, font=font, anchor="mm", stroke_width=stroke
        )
        shares.append(np.asarray(image, np.float32) / 255)
    inner, outer = shares
    dark, light = (np.array(c, np.float32) for c in (line.outline_colour, line.colour))
    colours = np.asarray(np.rint(dark + inner[..., None] * (light - dark)), np.uint8)
    return colours, np.maximum(inner, outer)


def captions(
    picture: Frames,
    camera: Camera,
    lines: Sequence[Lettering],
    *,
    size: tuple[int, int],
    frames: int,
    start: tuple[float, float] | None = None,
    fps: float = 25.0,
) -> Made:
    """Captions stand still over a scene that moves below them, each on its own frames.

    `size`: (width, height). See `scene`.
    """
    truth = scene(picture, camera, size=size, frames=frames, start=start)
    drawn = [draw_letters(line, size) for line in lines]
    colours, opacity = [], []
    for t in range(frames):
        colour = np.zeros((size[1], size[0], 3), np.uint8)
        share = np.zeros((size[1], size[0]), np.float32)
        for line, (letters, ink) in zip(lines, drawn, strict=True):
            if t in line.when.frames:
                colour, share = (
                    np.where(ink[..., None] > 0, letters, colour),
                    np.maximum(share, ink),
                )
        colours.append(colour)
        opacity.append(share)
    return lay_over(truth, colours, opacity, fps=fps)
