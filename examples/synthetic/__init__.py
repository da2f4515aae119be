"""Clips made by arithmetic, with true mask and true background: for examples, tests, benchmarks.

    Made                     frames, truth, mask, fps
    scene, view, Camera      a camera over a picture: pan, zoom, turn, or still
    noise, texture           pictures out of smoothed noise
    disk, cover, lay_over    holes of known shape, and things painted over a scene
    walker, logo, glitch     a passer-by, a logo, three broken frames
    broken.PLANTS            faults to plant in any clip
    captions, Lettering      burned-in text, drawn with Pillow's own font

The same call gives the same pixels, and nothing is read from a file or a network.
"""

from examples.synthetic.clips import Walk, badge, glitch, logo, walker
from examples.synthetic.letters import Lettering, captions, draw_letters
from examples.synthetic.made import Camera, Made, cover, disk, lay_over, noise, scene, texture, view

__all__ = [
    "Camera",
    "Lettering",
    "Made",
    "Walk",
    "badge",
    "captions",
    "cover",
    "disk",
    "draw_letters",
    "glitch",
    "lay_over",
    "logo",
    "noise",
    "scene",
    "texture",
    "view",
    "walker",
]
