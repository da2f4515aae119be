"""Decoded pictures, kept a while: a job passes over the same frames several times.

Cuts, the fill, the writer and the evidence each want every frame. What still lies here need not
be decoded again; a short clip lies here whole, of a long one the newest stretch.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from vinpaint.media.planes import Picture

RECENT_BYTES = 160 * 2**20
"""For one clip, however many read it: a window of 1080p, or twelve frames of 4K."""


class FrameCache:
    """The newest pictures of one clip, by frame number, up to RECENT_BYTES; for any thread."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[int, Picture] = OrderedDict()
        self._held_bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pictures)

    def __reduce__(self) -> tuple[type[FrameCache], tuple[()]]:
        """Another process starts with none."""
        return FrameCache, ()

    def get(self, index: int) -> Picture | None:
        """The picture, if it is still here."""
        return self._pictures.get(index)

    def put(self, picture: Picture) -> None:
        """Keep one, and let the oldest go. The newest stays whatever its size."""
        with self._lock:
            if picture.index in self._pictures:
                return
            self._pictures[picture.index] = picture
            self._held_bytes += _size(picture)
            while self._held_bytes > RECENT_BYTES and len(self._pictures) > 1:
                self._held_bytes -= _size(self._pictures.popitem(last=False)[1])

    def clear(self) -> None:
        """Let go of all."""
        with self._lock:
            self._pictures.clear()
            self._held_bytes = 0


def _size(picture: Picture) -> int:
    return sum(plane.nbytes for plane in picture.planes)
