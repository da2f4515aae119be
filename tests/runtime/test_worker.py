"""Work in a child process: answers, errors, limits, and an end in any case."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from vinpaint.core import Cancelled, LimitError, MediaError
from vinpaint.runtime.worker import WorkerProcess, call_in_worker


def add(a: int, b: int) -> int:
    return a + b


def whoami() -> int:
    return os.getpid()


def print_and_answer() -> str:
    print("words that must not reach the parent's pipe")  # noqa: T201
    os.write(1, b"nor these raw bytes\n")
    return "answer"


def refuse() -> None:
    raise MediaError("clip.mp4: a plain sentence")


def break_down() -> None:
    raise KeyError("something odd")


def sleep_long() -> None:
    time.sleep(60)


def die() -> None:
    os._exit(9)


def swell(gigabytes: float) -> int:
    return len(bytearray(int(gigabytes * 2**30)))


def double(values: np.ndarray) -> np.ndarray:
    return values * 2


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_answer_comes_back_from_another_process() -> None:
    assert call_in_worker(add, 2, 3, seconds=30) == 5
    assert call_in_worker(whoami, seconds=30) != os.getpid()


def test_one_child_serves_many_calls() -> None:
    with WorkerProcess() as child:
        first = child.call(whoami, seconds=30)
        assert child.call(add, 1, 1, seconds=30) == 2
        assert child.call(whoami, seconds=30) == first


def test_arrays_travel_both_ways() -> None:
    values = np.random.default_rng(0).integers(0, 99, (300, 400, 3))
    assert np.array_equal(call_in_worker(double, values, seconds=30), values * 2)


def test_what_a_library_prints_does_not_spoil_the_answer() -> None:
    with WorkerProcess() as child:
        assert child.call(print_and_answer, seconds=30) == "answer"
        assert child.call(add, 1, 2, seconds=30) == 3


def test_a_plain_error_comes_back_as_itself_and_the_child_lives_on() -> None:
    with WorkerProcess() as child:
        with pytest.raises(MediaError, match="a plain sentence"):
            child.call(refuse, seconds=30)
        assert child.call(add, 1, 2, seconds=30) == 3


def test_an_unexpected_error_comes_back_with_its_name() -> None:
    with pytest.raises(RuntimeError, match=r"KeyError: 'something odd'"):
        call_in_worker(break_down, seconds=30)


def test_a_call_past_its_time_is_stopped_and_the_process_is_gone() -> None:
    with WorkerProcess() as child:
        pid = child.call(whoami, seconds=30)
        start = time.monotonic()
        with pytest.raises(LimitError, match=r"over 0\.3 seconds"):
            child.call(sleep_long, seconds=0.3)
        assert time.monotonic() - start < 5
        assert not alive(pid)


def test_a_beat_that_raises_stops_the_work_within_a_second() -> None:
    beats = 0

    def heartbeat() -> None:
        nonlocal beats
        beats += 1
        if beats == 2:
            raise Cancelled("stopped")

    with WorkerProcess() as child:
        pid = child.call(whoami, seconds=30)
        start = time.monotonic()
        with pytest.raises(Cancelled):
            child.call(sleep_long, seconds=60, heartbeat=heartbeat)
        assert time.monotonic() - start < 2
        assert not alive(pid)


def test_a_child_that_dies_gives_a_limit_error() -> None:
    with pytest.raises(LimitError, match="worker process died"):
        call_in_worker(die, seconds=30)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory limits are Linux's here")
def test_a_child_that_swells_is_stopped_at_its_limit() -> None:
    with pytest.raises(LimitError, match="memory"):
        call_in_worker(swell, 3.0, seconds=60, memory_gb=2.0)
    assert call_in_worker(swell, 0.1, seconds=60, memory_gb=2.0) > 0


def test_leaving_the_block_ends_the_process() -> None:
    with WorkerProcess() as child:
        pid = child.call(whoami, seconds=30)
    assert not alive(pid)


def test_a_closed_child_answers_with_an_error_and_not_with_a_hang() -> None:
    child = WorkerProcess()
    child.close()
    with pytest.raises((LimitError, ValueError)):
        child.call(add, 1, 2, seconds=5)


def test_the_child_finds_the_parent_s_modules_wherever_it_runs(tmp_path: Path) -> None:
    here = Path.cwd()
    try:
        os.chdir(tmp_path)
        assert call_in_worker(add, 4, 5, seconds=30) == 9
    finally:
        os.chdir(here)
