"""Choose the device on which networks run, CPU or CUDA, and report its free memory.

torch is imported only if necessary. The CUDA paths were tested with a stand-in for torch only.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path
from typing import Literal

from vinpaint.core import MissingError, SettingsError

DEVICES = ("auto", "cpu", "cuda")
"""Devices a job may ask for; 'auto' is CUDA if available, else the CPU."""

Device = Literal["cpu", "cuda"]
"""A resolved device."""

ZEROGPU_VARIABLE = "SPACES_ZERO_GPU"
"""Environment variable set on ZeroGPU spaces, which provide a GPU for single calls."""

_DRIVERS = tuple(Path(p) for p in ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd"))
"""Device files of GPU drivers on Linux: NVIDIA, WSL, AMD."""

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Files with the memory limit of a container on Linux."""


def check_device(name: str) -> None:
    """Raise SettingsError for a name that is not in DEVICES."""
    if name not in DEVICES:
        raise SettingsError(f"a device is auto, cpu or cuda, received '{name}'; choose one of them")


def resolve_device(name: str = "auto") -> Device:
    """Resolve a device name to 'cpu' or 'cuda'.

    Raises MissingError where CUDA is asked for and absent, SettingsError for an unknown name.
    """
    check_device(name)
    if name == "cpu":
        return "cpu"
    if has_cuda():
        return "cuda"
    if name == "cuda":
        raise MissingError(
            f"the device 'cuda' was asked for, but {why_no_cuda()}; "
            "choose the device 'auto' or 'cpu'"
        )
    return "cpu"


def has_cuda() -> bool:
    """Return whether torch is installed and finds a CUDA device.

    torch is not imported if there can be none: that takes seconds and memory.
    """
    if "torch" not in sys.modules and not _may_have_cuda():
        return False
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def on_zerogpu() -> bool:
    """Return whether this is a ZeroGPU space, where CUDA is emulated between calls."""
    return bool(os.environ.get(ZEROGPU_VARIABLE))


def card_name() -> str:
    """Return the name of the CUDA device, or '' if there is none."""
    if not has_cuda():
        return ""
    import torch

    return str(torch.cuda.get_device_name(0))


def memory_gb(device: Device) -> float:
    """Return the free memory in GB (10^9 bytes), within the limit of the container if it has one.

    On CUDA, memory that torch has reserved but does not use counts as free.
    """
    if device == "cuda":
        import torch

        free = torch.cuda.mem_get_info()[0]
        unused = torch.cuda.memory_reserved() - torch.cuda.memory_allocated()
        return float(free + unused) / 1e9
    import psutil

    free = psutil.virtual_memory().available
    own = psutil.Process().memory_info().rss
    return float(min([free, *(limit - own for limit in _container_limits())])) / 1e9


def _may_have_cuda() -> bool:
    """Judge by how torch was built and by the device files of a driver, without importing torch."""
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    try:
        built = Path(found.origin).with_name("version.py").read_text(encoding="utf-8")
    except OSError:
        return True
    for_cards = re.search(r"^(?:cuda|hip)\b[^=]*= *['\"]", built, flags=re.MULTILINE)
    return bool(for_cards) and (not sys.platform.startswith("linux") or _has_driver())


def _has_driver() -> bool:
    return any(path.exists() for path in _DRIVERS)


def _container_limits() -> list[int]:
    limits: list[int] = []
    for path in _CGROUP_LIMITS:
        text = path.read_text(encoding="ascii").strip() if path.is_file() else ""
        if text.isdigit():  # 'max': no limit
            limits.append(int(text))
    return limits


def why_no_cuda() -> str:
    """Return why `has_cuda` is False, as the end of a sentence."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed"
    import torch

    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without it"
    return "torch finds no such card"
