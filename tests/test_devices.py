"""The choice of a device, and the memory found there."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import get_args

import pytest
import torch

from vinpaint import devices
from vinpaint.devices import DEVICES, device_of, memory_gb
from vinpaint.errors import MissingError, SettingsError
from vinpaint.types import Device


def test_what_a_job_may_ask_for_is_what_is_known() -> None:
    assert get_args(Device) == DEVICES


@pytest.mark.parametrize(("cuda", "auto"), [(True, "cuda"), (False, "cpu")])
def test_auto_takes_the_card_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cuda: bool, auto: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    assert device_of() == device_of("auto") == auto
    assert device_of("cpu") == "cpu"


def test_cuda_that_is_absent_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(MissingError, match=r"torch .* is built without it; choose .*'cpu'$"):
        device_of("cuda")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    with pytest.raises(MissingError, match="torch finds no such card"):
        device_of("cuda")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingError, match="torch is not installed"):
        device_of("cuda")
    assert device_of() == "cpu"


def test_any_other_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="auto, cpu or cuda, received 'mps'"):
        device_of("mps")


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
