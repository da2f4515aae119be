"""Versions of this program, Python and the packages that influence a result."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform

import vinpaint

_PACKAGES = (
    "av",
    "numpy",
    "opencv-python",
    "scipy",
    "PyPatchMatch",
    "rapidocr",
    "torch",
    "pytorchcv",
    "diffusers",
    "transformers",
)


def versions() -> dict[str, str]:
    """Return the versions of vinpaint, Python and the installed relevant packages, by name."""
    found = {"vinpaint": vinpaint.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
