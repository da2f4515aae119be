"""Where the weights of the optional measures lie, or why they cannot be used."""

from __future__ import annotations

import importlib
from pathlib import Path

from vinpaint.quality.metrics.base import MetricUnavailableError

EXTRA = "pip install 'vinpaint[metrics]'"


def weights(package: str, file: str, url: str) -> Path:
    """The path of a file of weights in torch's own store, its package being importable.

    Raises MetricUnavailableError, with what to do.
    """
    try:
        importlib.import_module(package)
    except Exception as error:  # a torchvision that does not fit its torch raises RuntimeError
        name = package.replace("_", "-")
        why = "is not installed" if isinstance(error, ModuleNotFoundError) else "cannot be loaded"
        raise MetricUnavailableError(
            f"{name} {why} ({EXTRA}, beside a torchvision that fits torch)"
        ) from None
    import torch

    path = Path(torch.hub.get_dir()) / "checkpoints" / file
    if not path.is_file():
        raise MetricUnavailableError(
            f"its weights are not on this machine; put {url} into {path.parent}"
        )
    return path
