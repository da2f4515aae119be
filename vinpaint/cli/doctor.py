"""What works on this machine and what does not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vinpaint import models
from vinpaint.strategies import STRATEGIES
from vinpaint.types import FillSettings


def findings() -> Iterator[str]:
    """Plain lines, one a finding."""
    from vinpaint.backend import versions

    for name, version in versions().items():
        yield f"{name:15} {version}"
    yield f"{'processors':15} {os.cpu_count()}"
    yield f"{'free disk':15} {shutil.disk_usage(tempfile.gettempdir()).free / 2**30:.0f} GB"
    yield f"{'codecs':15} {_codecs()}"
    yield f"{'ffmpeg':15} {_ffmpeg()}"
    yield f"{'GPU':15} {_gpu()}"
    yield f"{'PatchMatch':15} {_patchmatch()}"
    yield f"{'torchvision':15} {_torchvision()}"
    yield f"{'browser':15} {_browser()}"
    for name in models.WEIGHTS:
        yield f"{'weights':15} {_weights(name)}"
    for name, strategy in STRATEGIES.items():
        stand = strategy.lacks(FillSettings(name)) or f"works here. {strategy.best_for}"
        yield f"{'strategy':15} {name}: {stand}"


def _codecs() -> str:
    import av

    needed = {"libx264": "H.264", "ffv1": "FFV1", "aac": "AAC"}
    missing = [title for name, title in needed.items() if name not in av.codecs_available]
    if missing:
        return f"missing: {', '.join(missing)}; install 'av' from its wheel"
    return f"H.264, FFV1 and AAC work (PyAV {av.__version__})"


def _ffmpeg() -> str:
    if importlib.util.find_spec("imageio_ffmpeg") is None:
        return "no bundled program; pip install imageio-ffmpeg"
    import imageio_ffmpeg

    try:
        program = imageio_ffmpeg.get_ffmpeg_exe()
        done = subprocess.run([program, "-version"], capture_output=True, text=True, timeout=20)
    except (RuntimeError, OSError, subprocess.TimeoutExpired):
        return "the bundled program does not start; nothing that is built so far needs it"
    return done.stdout.splitlines()[0].partition(" Copyright")[0]


def _gpu() -> str:
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed; nothing that is built so far needs it"
    import torch

    if torch.cuda.is_available():
        return f"{torch.cuda.get_device_name(0)}; nothing that is built so far uses it"
    return f"none (torch {torch.__version__}); none is needed"


def _patchmatch() -> str:
    if importlib.util.find_spec("patchmatch") is None:
        return "not built for this machine: OpenCV's Telea inpainting fills what is never seen"
    from patchmatch import patch_match

    return "works" if patch_match.patchmatch_available else "installed, but does not load"


def _torchvision() -> str:
    if importlib.util.find_spec("torchvision") is None:
        return "not installed, as it should be beside a CPU torch"
    return "installed; beside a CPU torch it breaks transformers and diffusers: remove it then"


def _weights(name: str) -> str:
    entry = models.weights_of(name)
    facts = models.facts_in_words(entry)
    if (folder := models.path_of(name)) is not None:
        return f"{facts}: in {folder}"
    return f"{facts}: not here, and not needed; '{models.fetch_command(entry)}' fetches them"


def _browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return f"{Path(path)} (for the browser tests)"
    return "no Chromium: only the browser tests need it; `make test` installs it on Debian"
