"""A run that does not pass prints what to change, in options of the command line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tests.results.test_store import finished
from vinpaint import backend
from vinpaint.cli.main import _run
from vinpaint.core import GateReason, GateResult, GateVerdict

LEFT = GateReason("leftover", "leftover", 20.0, None, 2.0, whole=False)
SEAM = GateReason("seam", "boundary", 2.0, 1.0, 1.5, whole=True)


@pytest.mark.parametrize(
    ("verdict", "reasons", "lines"),
    [
        ("pass", (), []),
        (
            "look",
            (LEFT, SEAM, SEAM),
            [
                "What to change:",
                "  Left over: add what is left over to the mask, and repair again "
                "(--leftover-mask FILE, then --mask FILE as well).",
                "  Seam: soften the edge more (--blur-sigma-px 8).",
            ],
        ),
    ],
)
def test_remedies_follow_the_verdict(
    verdict: GateVerdict,
    reasons: tuple[GateReason, ...],
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    gate = GateResult(verdict, 0.8, (), reasons)
    result = dataclasses.replace(finished(tmp_path / "work"), gate=gate)
    monkeypatch.setattr(backend, "run", lambda *_, **__: result)
    assert _run(["run", "in.mp4", "--region", "1,1,5,5", "-o", "out.mkv"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == [result.verdict, *lines, "Written: out.mkv"]
