"""Where networks run: the processor or a CUDA card, chosen in one place; the memory found there.

torch is asked only where it must be. No CUDA card was at hand when this was written: what concerns
one was tested with a torch that pretends to have one.
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
"""What a job may ask for; 'auto': the card where there is one."""

Device = Literal["cpu", "cuda"]
"""What that comes to on this machine."""

ZEROGPU_VARIABLE = "SPACES_ZERO_GPU"
"""Set on hosted spaces that lend a card by the call."""

_DRIVERS = tuple(Path(p) for p in ("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/kfd"))
"""What a driver leaves on Linux: NVIDIA's, that of Windows' Linux, AMD's."""

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where Linux keeps the memory that a container may take."""


def check_device(name: str) -> None:
    """Raises SettingsError for a name that is none of DEVICES."""
    if name not in DEVICES:
        raise SettingsError(f"a device is auto, cpu or cuda, received '{name}'; choose one of them")


def resolve_device(name: str = "auto") -> Device:
    """'cpu' or 'cuda'.

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
    """Whether torch is installed and finds a CUDA card.

    Where there can be none, torch is not loaded to hear so: that takes seconds and memory.
    """
    if "torch" not in sys.modules and not _may_have_cuda():
        return False
    if importlib.util.find_spec("torch") is None:
        return False
    import torch

    return bool(torch.cuda.is_available())


def on_zerogpu() -> bool:
    """Whether cards are lent by the call here: between calls CUDA is only pretended."""
    return bool(os.environ.get(ZEROGPU_VARIABLE))


def card_name() -> str:
    """The CUDA card's name; '' where there is none."""
    if not has_cuda():
        return ""
    import torch

    return str(torch.cuda.get_device_name(0))


def memory_gb(device: Device) -> float:
    """Memory that is free there now, in GB of 10^9 bytes; of a container no more than it may take.

    On a card, what torch holds but does not use counts as free.
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
    """By torch's own note on how it was built, and the traces of a driver."""
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
    """The reason, where `has_cuda` says no: the end of a sentence."""
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed"
    import torch

    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without it"
    return "torch finds no such card"
