"""Ordered parallel maps in threads, for work that releases the GIL (decoding, flow, sampling)."""

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
"""Number of threads in each pool."""


def map_ahead(function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield `function(item)` for every item, in order, computing a few items ahead in threads.

    An exception of `function` is raised when the result of its item is due. Closing the iterator
    cancels the calls that have not started, and waits for those that are running.
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
    """Compute `function(item)` for all items in threads while the caller does other work.

    A context manager that gives an iterator over the results, in order. An exception of `function`
    is raised when the result of its item is due. Leaving the block cancels the calls that have not
    started, and waits for those that are running.
    """
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vinpaint-beside")
    try:
        waiting = deque([pool.submit(function, item) for item in items])
        yield (waiting.popleft().result() for _ in range(len(waiting)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class CallQueue(Generic[P, R]):
    """A queue of calls of one function, run in threads, with results in order.

    At most WORKERS results are pending, which bounds the memory. Consequently an error is raised a
    few calls after the one that caused it.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vinpaint-ahead")
        self._waiting: deque[Future[R]] = deque()

    def put(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Submit a call; if the queue is full, wait for the oldest call and return its result.

        Returns a list of one result, or an empty list. Raises the exception of the oldest call.
        """
        self._waiting.append(self._pool.submit(self._function, *args, **kwargs))
        return [self._waiting.popleft().result()] if len(self._waiting) > WORKERS else []

    def drain(self) -> Iterator[R]:
        """Yield the results of all pending calls. Raises the first exception of a call."""
        while self._waiting:
            yield self._waiting.popleft().result()

    def close(self) -> None:
        """Cancel the calls that have not started, and wait for those that are running."""
        self._pool.shutdown(wait=True, cancel_futures=True)
