"""Locate the weights of the optional metrics, or say why they cannot be used."""

from __future__ import annotations

import importlib
from pathlib import Path

from vinpaint.quality.metrics.base import MetricUnavailableError

EXTRA = "pip install 'vinpaint[metrics]'"


def find_weights(package: str, file: str, url: str) -> Path:
    """Return the path of a weights file in torch's cache, after importing its package.

    Raises MetricUnavailableError, with what to install or download.
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
