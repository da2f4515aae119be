"""The choice of a device, and the memory found there."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
import torch

from vinpaint.core import Device, MissingError, SettingsError
from vinpaint.runtime import devices
from vinpaint.runtime.devices import DEVICES, memory_gb, resolve_device


def test_what_a_job_may_ask_for_is_what_is_known() -> None:
    assert get_args(Device) == DEVICES


@pytest.mark.parametrize(("cuda", "auto"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_the_card_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, auto: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    assert resolve_device() == resolve_device("auto") == auto
    assert resolve_device("cpu") == "cpu"


def test_cuda_that_is_absent_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(MissingError, match=r"torch .* is built without it; choose .*'cpu'$"):
        resolve_device("cuda")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    with pytest.raises(MissingError, match="torch finds no such card"):
        resolve_device("cuda")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match="torch is not installed"):
        resolve_device("cuda")
    assert resolve_device() == "cpu"


def test_any_other_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="auto, cpu or cuda, received 'mps'"):
        resolve_device("mps")


def test_memory_is_what_the_machine_and_the_container_leave(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(devices, "_CGROUP_LIMITS", (limit,))
    free = memory_gb("cpu")
    assert 0.01 < free < 10_000
    limit.write_text("max\n")
    assert memory_gb("cpu") == pytest.approx(free, rel=0.5)
    import psutil

    own = psutil.Process().memory_info().rss
    limit.write_text(f"{own + 100_000_000}\n")
    assert memory_gb("cpu") == pytest.approx(0.1, abs=0.05)


def test_on_a_card_what_torch_holds_unused_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (5 * 10**9, 8 * 10**9))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 2 * 10**9)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 10**9)
    assert memory_gb("cuda") == 6.0


def test_where_there_can_be_no_card_torch_is_not_loaded_to_hear_so() -> None:
    """It would cost every repair seconds and memory."""
    from vinpaint.runtime.devices import _may_have_cuda

    if _may_have_cuda():
        pytest.skip("there may be a card here")
    look = "from vinpaint.runtime.devices import *; print(resolve_device(), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cpu", "False"]


@pytest.mark.parametrize(
    ("built", "driver", "may"),
    [
        ("cuda: Optional[str] = '13.0'\nhip: Optional[str] = None", True, True),
        ("cuda = '12.8'", True, True),
        ("cuda: Optional[str] = None\nhip: Optional[str] = '7.0'", True, True),
        ("cuda: Optional[str] = '13.0'\nhip: Optional[str] = None", False, False),
        (
            "__all__ = ['cuda', 'hip']\ncuda: Optional[str] = None\nhip: Optional[str] = None",
            True,
            False,
        ),
    ],
)
def test_how_torch_was_built_and_a_driver_say_whether_there_may_be_a_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, built: str, driver: bool, may: bool
) -> None:
    (tmp_path / "version.py").write_text(built)
    spec = importlib.machinery.ModuleSpec("torch", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(devices, "_DRIVERS", (tmp_path if driver else tmp_path / "none",))
    assert devices._may_have_cuda() is may
