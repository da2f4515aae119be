"""Choose the device on which networks run, CPU or CUDA, and report its free memory.

torch is imported only if necessary. The CUDA paths have been tested only with a mock of torch.
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
    """Raise SettingsError if `name` is not in DEVICES."""
    if name not in DEVICES:
        raise SettingsError(f"a device is auto, cpu or cuda, received '{name}'; choose one of them")


def resolve_device(name: str = "auto") -> Device:
    """Return 'cpu' or 'cuda' for a name in DEVICES.

    Raises MissingError if CUDA is requested but not available, SettingsError for an unknown name.
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
    """Return True if torch is installed and finds a CUDA device.

    Importing torch takes seconds and much memory, so it is not imported if its build or a missing
    driver rules out a device.
    """
    if "torch" not in sys.modules and not _may_have_cuda():
        return False
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def on_zerogpu() -> bool:
    """Return True on a ZeroGPU space, where CUDA is emulated outside of GPU calls."""
    return bool(os.environ.get(ZEROGPU_VARIABLE))


def card_name() -> str:
    """Return the name of the CUDA device, or '' if there is none."""
    if not has_cuda():
        return ""
    import torch

    return str(torch.cuda.get_device_name(0))


def memory_gb(device: Device) -> float:
    """Return the memory available to this process on a device, in GB (10^9 bytes).

    On the CPU, the memory limit of a container is respected. On CUDA, memory that torch has
    reserved but does not use counts as available.
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
    """Return False if no CUDA device can exist, judging without importing torch.

    Reads the version file of torch, which names the CUDA or ROCm version it was built for, and on
    Linux looks for the device files of a driver.
    """
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
        if text.isdigit():  # otherwise 'max', which means no limit
            limits.append(int(text))
    return limits


def why_no_cuda() -> str:
    """Return the reason why `has_cuda` is False, as a clause without a capital or a full stop."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed"
    import torch

    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without it"
    return "torch finds no such card"
