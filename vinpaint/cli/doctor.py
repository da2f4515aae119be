"""Check which optional parts work on this machine."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from vinpaint import models
from vinpaint.core import FillSettings
from vinpaint.runtime.devices import card_name, memory_gb, resolve_device, why_no_cuda
from vinpaint.strategies import ENGINES, STRATEGIES, Strategy
from vinpaint.strategies.compute_backend import PYTORCHCV_INSTALL, RAFT


def findings() -> Iterator[str]:
    """Yield one line of text for each finding."""
    from vinpaint.runtime.versions import versions

    for name, version in versions().items():
        yield f"{name:15} {version}"
    yield f"{'processors':15} {os.cpu_count()}"
    yield f"{'free disk':15} {shutil.disk_usage(tempfile.gettempdir()).free / 2**30:.0f} GB"
    yield f"{'codecs':15} {_codecs()}"
    yield f"{'ffmpeg':15} {_ffmpeg()}"
    yield f"{'memory':15} {memory_gb('cpu'):.1f} GB free"
    yield f"{'GPU':15} {_gpu()}"
    yield f"{'pytorchcv':15} {_pytorchcv()}"
    yield f"{'PatchMatch':15} {_patchmatch()}"
    yield f"{'torchvision':15} {_torchvision()}"
    yield f"{'browser':15} {_browser()}"
    for name in models.WEIGHTS:
        yield f"{'weights':15} {_weights(name)}"
    for name, strategy in STRATEGIES.items():
        yield f"{'strategy':15} {name}: {_works(name, strategy)}"


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
        return "the bundled program does not start; vinpaint works without it"
    return done.stdout.splitlines()[0].partition(" Copyright")[0]


def _gpu() -> str:
    """Describe the device that 'auto' selects on this machine."""
    if resolve_device() == "cuda":
        free = f"{memory_gb('cuda'):.1f} GB free"
        return f"{card_name()}, {free}: used by the device 'auto'. {_flow_on_card()}"
    return f"none ({why_no_cuda()}); none is needed, everything runs on the processor"


def _flow_on_card() -> str:
    if models.present(RAFT) and importlib.util.find_spec("pytorchcv") is not None:
        return "RAFT estimates motion there, torch samples pixels there"
    return "torch samples pixels there; RAFT is not here, so the processor estimates motion"


def _pytorchcv() -> str:
    if importlib.util.find_spec("pytorchcv") is None:
        return f"not installed; RAFT and ProPainter need it: '{PYTORCHCV_INSTALL}'"
    return "installed, for RAFT and ProPainter"


def _patchmatch() -> str:
    if importlib.util.find_spec("patchmatch") is None:
        return "not built for this machine: OpenCV's Telea inpainting fills what is never seen"
    from patchmatch import patch_match

    return "works" if patch_match.patchmatch_available else "installed, but does not load"


def _torchvision() -> str:
    if importlib.util.find_spec("torchvision") is None:
        return "not installed, as is right for a CPU build of torch"
    return "installed; with a CPU build of torch, remove it: it breaks transformers and diffusers"


def _weights(name: str) -> str:
    entry = models.weights_entry(name)
    facts = models.describe_weights(entry)
    if (folder := models.weights_folder(name)) is not None:
        return f"{facts}: in {folder}"
    return f"{facts}: not here, and not needed; '{models.fetch_command(entry)}' fetches them"


def _works(name: str, strategy: Strategy) -> str:
    settings = FillSettings(name)
    if missing := strategy.missing_requirement(settings):
        return f"not here. {missing}"
    names = strategy.weights(settings)
    if names:
        return f"works here, with {', '.join(names)}. {strategy.best_for}"
    own = "" if name in ENGINES else ", needs no weights"
    return f"works here{own}. {strategy.best_for}"


def _browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return f"{Path(path)} (for the browser tests)"
    return "no Chromium: only the browser tests need it; `make test` installs it on Debian"
