"""A cache of what was computed for the latest frames, which several threads may ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, NamedTuple, TypeVar

from vinpaint.media import Clip

T = TypeVar("T")


class _Entry(NamedTuple):
    anchor: object
    key: Hashable
    value: Future[object]


class PerFrameCache(Generic[T]):
    """The latest `kept` values, by clip and key. A value is computed once, by one thread."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._recent: list[_Entry] = []

    def get(self, clip: Clip, key: Hashable, compute: Callable[[], T]) -> T:
        """Return the value of a key, computed if it is unknown.

        While another thread computes it, wait for that. A failure is not kept.
        """
        entry, is_new = self._entry(clip, key)
        if not is_new:
            return entry.value.result()  # type: ignore[return-value]
        try:
            value = compute()
        except BaseException as error:
            with self._lock:
                self._recent = [other for other in self._recent if other is not entry]
            entry.value.set_exception(error)
            raise
        entry.value.set_result(value)
        return value

    def _entry(self, clip: Clip, key: Hashable) -> tuple[_Entry, bool]:
        anchor = clip.found_cuts  # one list for all clips that `reopen` made from one
        with self._lock:
            for entry in self._recent:
                if entry.anchor is anchor and entry.key == key:
                    return entry, False
            entry = _Entry(anchor, key, Future())
            self._recent = [*self._recent, entry][-self._kept :]
            return entry, True
