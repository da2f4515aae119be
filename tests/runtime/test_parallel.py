"""Work ahead in threads keeps its order, its errors and its bounds."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest

from vinpaint.runtime.parallel import WORKERS, CallQueue, map_ahead, map_in_background


def slow_first(number: int) -> int:
    time.sleep(0.02 if number % 3 == 0 else 0.0)
    return number * 2


def test_results_come_in_order() -> None:
    assert list(map_ahead(slow_first, range(20))) == [number * 2 for number in range(20)]
    assert list(map_ahead(slow_first, [])) == []


def test_an_error_comes_in_its_turn() -> None:
    def picky(number: int) -> int:
        if number == 4:
            raise ValueError("four")
        return number

    results = map_ahead(picky, range(9))
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="four"):
        next(results)


def test_only_a_few_are_worked_out_ahead_and_closing_ends_it() -> None:
    begun: list[int] = []
    results = map_ahead(lambda number: begun.append(number), count())
    next(results)
    time.sleep(0.05)
    assert len(begun) <= WORKERS + 1
    before = threading.active_count()
    results.close()
    assert threading.active_count() < before


def test_a_line_raises_what_a_call_raised_and_drops_the_rest() -> None:
    done: list[int] = []
    gate = threading.Event()

    def work(number: int) -> None:
        if number == 0:
            raise OSError("full")
        gate.wait(5)
        done.append(number)

    line = CallQueue(work)
    for number in range(WORKERS):
        assert line.put(number) == []
    with pytest.raises(OSError, match="full"):
        line.put(WORKERS)
    gate.set()
    line.close()
    assert len(done) <= WORKERS


def test_what_is_done_beside_is_there_in_order_when_it_is_wanted() -> None:
    begun = threading.Event()

    def work(number: int) -> int:
        begun.set()
        return slow_first(number)

    with map_in_background(work, range(12)) as results:
        assert begun.wait(5), "nothing begins before it is wanted"
        assert list(results) == [number * 2 for number in range(12)]


def test_leaving_early_drops_what_waits_beside() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        time.sleep(0.01)
        done.append(number)

    with pytest.raises(KeyError), map_in_background(work, range(500)):
        raise KeyError
    count_then = len(done)
    assert count_then < 500
    time.sleep(0.05)
    assert len(done) == count_then
