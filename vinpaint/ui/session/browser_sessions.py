"""Visits: one browser tab's work, with a folder of its own that goes when the visit ends."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vinpaint.ui.session.session import Session

GRACE_SECONDS = 120.0
"""How long a visit outlives a lost connection: a phone that slept comes back to its work."""

_KEPT = 6
"""A 4K mask takes 33 MB, so only a few are kept."""
_MEDIA_NAME = re.compile(r"[a-z]+-[A-Za-z0-9_-]{1,40}\.(mp4|json|jpg)")


@dataclass(eq=False)
class Visit:
    """The one place that changes: it holds the session of now, under a lock.

    `token` stands in the addresses of this visit's pictures and cannot be guessed.
    """

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    cancel: threading.Event = field(default_factory=threading.Event)
    reading: threading.Lock = field(default_factory=threading.Lock)
    """Held while one frame's mask is worked out, so that it is worked out once."""
    _session: Session = field(default_factory=Session)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _kept: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The session as it is now."""
        return self._session

    def change(self, step: Callable[[Session], Session]) -> Session:
        """Replace the session by what `step` makes of it."""
        with self._lock:
            self._session = step(self._session)
            return self._session

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for a key; the last few are kept."""
        if key not in self._kept:
            self._kept[key] = make()
            while len(self._kept) > _KEPT:
                self._kept.pop(next(iter(self._kept)))
        return self._kept[key]

    def place(self, kind: str, suffix: str) -> Path:
        """A new name in this visit's folder: `kind-random.suffix`."""
        return self.folder / f"{kind}-{secrets.token_urlsafe(8)}{suffix}"

    def media(self, name: str) -> Path | None:
        """A file of this visit that a browser may have; None if there is none by this name."""
        path = self.folder / name
        return path if _MEDIA_NAME.fullmatch(name) and path.is_file() else None


class Visits:
    """All visits of a running app. Each is known to its browser by a token, to Gradio by a hash."""

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="vinpaint-visits-"))
        self._grace_seconds = grace_seconds
        self._visits: dict[str, Visit] = {}
        self._leaving: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def of(self, session_hash: str | None) -> Visit:
        """The visit of a browser tab, begun now if it is new."""
        key = session_hash or ""
        with self._lock:
            self._stay(key)
            if key not in self._visits:
                folder = Path(tempfile.mkdtemp(dir=self.root))
                self._visits[key] = Visit(folder)
            return self._visits[key]

    def by_token(self, token: str) -> Visit | None:
        """The visit whose pictures are asked for."""
        with self._lock:
            visits = list(self._visits.values())
        return next((one for one in visits if secrets.compare_digest(one.token, token)), None)

    def leave(self, session_hash: str | None) -> None:
        """The tab has lost its connection: end the visit soon, unless it comes back."""
        key = session_hash or ""
        timer = threading.Timer(self._grace_seconds, self._end, args=(key,))
        timer.daemon = True
        with self._lock:
            self._stay(key)
            self._leaving[key] = timer
        timer.start()

    def close(self) -> None:
        """End all visits."""
        with self._lock:
            keys = list(self._visits)
        for key in keys:
            self._end(key)
        shutil.rmtree(self.root, ignore_errors=True)

    def _stay(self, key: str) -> None:
        timer = self._leaving.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _end(self, key: str) -> None:
        with self._lock:
            self._stay(key)
            visit = self._visits.pop(key, None)
        if visit is not None:
            visit.cancel.set()
            for loaded in (visit.session.clip, visit.session.offered):
                if loaded is not None:
                    loaded.clip.close()
            shutil.rmtree(visit.folder, ignore_errors=True)
