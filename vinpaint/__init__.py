"""vinpaint: repair one region of a video, leave every other pixel untouched, and prove it.

    import vinpaint as vp

    clip = vp.open("walker.mp4")
    mask = vp.track(clip, vp.Click(50, 314, 200))
    result = vp.repair(clip, mask, dilate_px=14)
    result.save("fixed.mkv")

Every name loads its module when it is first used, so `import vinpaint` itself is fast.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vinpaint.api import (
        Box,
        ClipMask,
        Paint,
        Repair,
        Text,
        advise,
        candidates,
        inpaint,
        inspect,
        open,
        repair,
        score,
        track,
    )
    from vinpaint.core import (
        Advice,
        Artifact,
        Cancelled,
        Captions,
        Click,
        Missing,
        Region,
        VinpaintError,
    )
    from vinpaint.masks import ClickCandidate
    from vinpaint.media import Clip

__version__ = "0.2.0"

_MODULES = {
    "vinpaint.api": (
        "Box", "ClipMask", "Paint", "Repair", "Text", "advise", "candidates", "inpaint",
        "inspect", "open", "repair", "score", "track",
    ),
    "vinpaint.core": (
        "Advice", "Artifact", "Cancelled", "Captions", "Click", "Missing", "Region",
        "VinpaintError",
    ),
    "vinpaint.masks": ("ClickCandidate",),
    "vinpaint.media": ("Clip",),
}  # fmt: skip
"""Where each public name is defined."""

_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "Advice",
    "Artifact",
    "Box",
    "Cancelled",
    "Captions",
    "Click",
    "ClickCandidate",
    "Clip",
    "ClipMask",
    "Missing",
    "Paint",
    "Region",
    "Repair",
    "Text",
    "VinpaintError",
    "__version__",
    "advise",
    "candidates",
    "inpaint",
    "inspect",
    "open",
    "repair",
    "score",
    "track",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'vinpaint' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
