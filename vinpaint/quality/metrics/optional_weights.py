"""Find the packages and weights of the optional metrics on this machine."""

from __future__ import annotations

import importlib
from pathlib import Path

from vinpaint.quality.metrics.base import MetricUnavailableError

EXTRA = "pip install 'vinpaint[metrics]'"
"""Command that installs the packages of the optional metrics."""


def find_weights(package: str, file: str, url: str) -> Path:
    """Import a package and return the path of its weights file in torch's cache.

    package: name of the module; file: name of the weights file; url: where to download it, for the
    error. Raises MetricUnavailableError, with instructions, if the package or the file is absent.
    """
    try:
        importlib.import_module(package)
    except Exception as error:  # a torchvision that does not match torch raises RuntimeError
        name = package.replace("_", "-")
        reason = (
            "is not installed" if isinstance(error, ModuleNotFoundError) else "cannot be loaded"
        )
        raise MetricUnavailableError(
            f"{name} {reason} ({EXTRA}, with a torchvision that matches torch)"
        ) from None
    import torch

    path = Path(torch.hub.get_dir()) / "checkpoints" / file
    if not path.is_file():
        raise MetricUnavailableError(
            f"its weights are not on this machine; download {url} into {path.parent}"
        )
    return path
