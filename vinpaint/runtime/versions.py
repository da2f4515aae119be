"""What a result depends on beside its job: this program's version, Python's, and the packages'."""

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
    """The version of each that is here, by name."""
    found = {"vinpaint": vinpaint.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found
