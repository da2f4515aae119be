"""Ordered parallel maps in threads, for work outside the GIL (decoding, flow, sampling)."""

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
    """Yield `function(item)` in order, computing a few items ahead in threads.

    An exception is raised at its item's turn. Closing the iterator cancels the items that wait.
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

    Gives an iterator over the results in order. An exception is raised at its item's turn. Leaving
    the block cancels the items that wait.
    """
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vinpaint-beside")
    try:
        waiting = deque([pool.submit(function, item) for item in items])
        yield (waiting.popleft().result() for _ in range(len(waiting)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class CallQueue(Generic[P, R]):
    """Calls of one function in threads, with results in order and at most WORKERS calls waiting.

    Memory stays bounded; an error is raised a few calls after the one that caused it.
    """

    def __init__(self, function: Callable[P, R]) -> None:
        self._function = function
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="vinpaint-ahead")
        self._waiting: deque[Future[R]] = deque()

    def put(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Submit a call; return the results it had to wait for. Raises what the oldest raised."""
        self._waiting.append(self._pool.submit(self._function, *args, **kwargs))
        return [self._waiting.popleft().result()] if len(self._waiting) > WORKERS else []

    def drain(self) -> Iterator[R]:
        """Yield the results of all calls. Raises what a call raised."""
        while self._waiting:
            yield self._waiting.popleft().result()

    def close(self) -> None:
        """Cancel the calls that wait, and wait for those that run."""
        self._pool.shutdown(wait=True, cancel_futures=True)
