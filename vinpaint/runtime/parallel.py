"""A few steps ahead, in threads: what works outside Python's lock (pictures, flow, sampling)."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")

WORKERS = max(2, min(4, os.cpu_count() or 1))


def map_ahead(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """`function` of every item, in their order, a few of them worked out ahead.

    What it raises comes when its item's turn comes. Closing the iterator drops what waits.
    """
    line: CallQueue[[T], R] = CallQueue(function)
    try:
        for item in items:
            yield from line.put(item)
        yield from line.drain()
    finally:
        line.close()


@contextlib.contextmanager
def map_in_background(function: Callable[[T], R], items: Iterable[T]) -> Iterator[Iterator[R]]:
    """`function` of every item, worked out beside what the caller does before it wants them.

    Gives the results in their order. What it raises comes when its item's turn comes. At the end
    what still waits is dropped.
    """
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vinpaint-beside")
    try:
        waiting = deque([pool.submit(function, item) for item in items])
        yield (waiting.popleft().result() for _ in range(len(waiting)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class CallQueue(Generic[P, R]):
    """Calls of one function in threads, their results in order; as many wait as there are threads.

    So memory stays bounded, and an error shows a few calls after the one that caused it.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vinpaint-ahead")
        self._waiting: deque[Future[R]] = deque()

    def put(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """One more call; the results that had to be waited for. Raises what the oldest raised."""
        self._waiting.append(self._pool.submit(self._function, *args, **kwargs))
        return [self._waiting.popleft().result()] if len(self._waiting) > WORKERS else []

    def drain(self) -> Iterator[R]:
        """The results of all calls. Raises what a call raised."""
        while self._waiting:
            yield self._waiting.popleft().result()

    def close(self) -> None:
        """Drop the calls that wait, and see those that run to their end."""
        self._pool.shutdown(wait=True, cancel_futures=True)
