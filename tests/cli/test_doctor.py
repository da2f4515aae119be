"""What works on this machine: every line says something, whatever is missing."""

from __future__ import annotations

import importlib.util

import pytest

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
    monkeypatch.setattr("shutil.which", lambda name: None)
    said = "\n".join(findings())
    assert "no bundled program; pip install imageio-ffmpeg" in said
    assert "torch is not installed" in said
    assert "Telea" in said
    assert "no Chromium" in said
