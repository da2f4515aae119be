"""One line of progress: only where somebody looks, or when asked for."""

from __future__ import annotations

import sys

import pytest

from vinpaint.runtime import progress_bar as module
from vinpaint.runtime.progress_bar import ProgressBar


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def terminal(monkeypatch: pytest.MonkeyPatch, *, is_one: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_one, raising=False)
    monkeypatch.setenv("COLUMNS", "60")


def test_nobody_looks_so_nothing_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    terminal(monkeypatch, is_one=False)
    with ProgressBar(always=False) as bar:
        bar.update(0.5, "working")
    assert capsys.readouterr() == ("", "")


def test_asked_for_it_writes_plain_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    terminal(monkeypatch, is_one=False)
    with ProgressBar(always=True) as bar:
        for step in range(4):
            bar.update(step / 4, f"frame {step}")
            clock.now += 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:2] == ["  0% frame 0", " 25% frame 1"]
    assert "\x1b" not in err


def test_on_a_terminal_one_line_is_written_over_and_wiped(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    terminal(monkeypatch, is_one=True)
    with ProgressBar(always=False) as bar:
        bar.update(0.25, "x" * 200)
    err = capsys.readouterr().err
    assert "\n" not in err
    assert err.endswith("\r\x1b[K")
    assert len(err.split("\x1b[K")[1].rstrip("\r")) <= 59


def test_it_is_not_told_more_than_a_few_times_a_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    terminal(monkeypatch, is_one=False)
    with ProgressBar(always=True) as bar:
        for _ in range(100):
            bar.update(0.5, "working")
            clock.now += 0.01
    assert 1 <= len(capsys.readouterr().err.splitlines()) <= 6


@pytest.mark.parametrize(
    ("passed", "fraction", "words"),
    [(1, 0.5, ""), (10, 0.5, "about 10 s left"), (10, 0.01, ""), (100, 0.25, "about 5 min left")],
)
def test_the_time_left_is_told_once_it_can_be_known(
    passed: float,
    fraction: float,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    terminal(monkeypatch, is_one=False)
    with ProgressBar(always=True) as bar:
        clock.now += passed
        bar.update(fraction, "working")
    line = capsys.readouterr().err.strip()
    assert line.endswith(f", {words}" if words else "working")
