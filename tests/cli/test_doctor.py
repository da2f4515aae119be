"""What works on this machine: every line says something, whatever is missing."""

from __future__ import annotations

import importlib.util

import pytest

from vinpaint.cli import doctor
from vinpaint.cli.doctor import findings
from vinpaint.strategies import STRATEGIES


def test_every_finding_has_a_name_and_words() -> None:
    lines = list(findings())
    names = [line[:15].strip() for line in lines]
    assert all(len(line) > 16 and line[15] == " " and line[16:].strip() for line in lines)
    wanted = {"vinpaint", "python", "codecs", "ffmpeg", "GPU", "PatchMatch", "torchvision"}
    assert wanted <= set(names)
    assert any("H.264, FFV1 and AAC work" in line for line in lines)
    for name in STRATEGIES:
        assert any(line.startswith("strategy") and name in line for line in lines)


def test_what_is_missing_is_said_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    said = "\n".join(findings())
    assert "no bundled program; pip install imageio-ffmpeg" in said
    assert "torch is not installed" in said
    assert "Telea" in said
    assert "no Chromium" in said


def lines_of(name: str) -> list[str]:
    return [line[16:] for line in findings() if line[:15].strip() == name]


@pytest.mark.parametrize(
    ("raft", "said"), [(True, "RAFT estimates motion there"), (False, "RAFT is not here")]
)
def test_a_card_is_told_of_with_what_it_does(
    monkeypatch: pytest.MonkeyPatch, raft: bool, said: str
) -> None:
    monkeypatch.setattr(doctor, "resolve_device", lambda: "cuda")
    monkeypatch.setattr(doctor, "card_name", lambda: "Card 1")
    monkeypatch.setattr(doctor, "memory_gb", lambda device: {"cpu": 1.0, "cuda": 7.25}[device])
    monkeypatch.setattr(doctor.models, "present", lambda name: raft)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert doctor._gpu().startswith("Card 1, 7.2 GB free: used by the device 'auto'. ")
    assert said in doctor._gpu()


def test_without_a_card_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vinpaint.runtime.devices.has_cuda", lambda: False)
    (line,) = lines_of("GPU")
    assert line.startswith("none (torch ")
    assert line.endswith("none is needed, everything runs on the processor")
