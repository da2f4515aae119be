"""A cache of decoded frames, because a job reads the same frames several times.

Cut detection, fill, writer and quality measures each read every frame. A short clip fits in the
cache as a whole; of a long clip, the most recently decoded frames are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from vinpaint.media.planes import Picture

RECENT_BYTES = 160 * 2**20
"""Limit per clip, shared by all of its readers: about 50 frames of 1080p or twelve of 4K."""


class FrameCache:
    """The most recently decoded frames of one clip, by frame number. Thread-safe."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[int, Picture] = OrderedDict()
        self._held_bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pictures)

    def __reduce__(self) -> tuple[type[FrameCache], tuple[()]]:
        """Pickle as an empty cache: frames are not sent to another process."""
        return FrameCache, ()

    def get(self, index: int) -> Picture | None:
        """Return the frame, or None if it is not cached."""
        return self._pictures.get(index)

    def put(self, picture: Picture) -> None:
        """Add a frame, and evict the oldest while the cache is over its limit.

        The newest frame is kept even if it exceeds the limit alone.
        """
        with self._lock:
            if picture.index in self._pictures:
                return
            self._pictures[picture.index] = picture
            self._held_bytes += _size(picture)
            while self._held_bytes > RECENT_BYTES and len(self._pictures) > 1:
                self._held_bytes -= _size(self._pictures.popitem(last=False)[1])

    def clear(self) -> None:
        """Remove all frames."""
        with self._lock:
            self._pictures.clear()
            self._held_bytes = 0


def _size(picture: Picture) -> int:
    return sum(plane.nbytes for plane in picture.planes)
