"""Browser sessions: the work of one browser tab, in a folder that is removed when it ends."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vinpaint.ui.session.session import Session

GRACE_SECONDS = 120.0
"""How long a session outlives a lost connection, so that a phone that slept finds its work."""

_MAX_CACHED = 6
"""A 4K mask takes 33 MB, so only a few are kept."""
_MEDIA_NAME = re.compile(r"[a-z]+-[A-Za-z0-9_-]{1,40}\.(mp4|json|jpg)")


@dataclass(eq=False)
class BrowserSession:
    """The only mutable object of a session: it holds the current `Session`, under a lock.

    `token` is part of the addresses of this session's pictures and cannot be guessed.
    """

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    cancel: threading.Event = field(default_factory=threading.Event)
    task_running: threading.Event = field(default_factory=threading.Event)
    frame_lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while the mask of one frame is computed, so that it is computed once."""
    _session: Session = field(default_factory=Session)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _cache: dict[Hashable, Any] = field(default_factory=dict)

    @property
    def session(self) -> Session:
        """The current session."""
        return self._session

    def change(self, step: Callable[[Session], Session]) -> Session:
        """Replace the session by `step(session)` and return the new one."""
        with self._lock:
            self._session = step(self._session)
            return self._session

    def update(self, **changes: Any) -> None:
        """Replace some fields of the session."""
        self.change(lambda session: replace(session, **changes))

    def cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return `make()`, computed once for each key; only the last few values are kept."""
        if key not in self._cache:
            self._cache[key] = make()
            while len(self._cache) > _MAX_CACHED:
                self._cache.pop(next(iter(self._cache)))
        return self._cache[key]

    def new_path(self, kind: str, suffix: str) -> Path:
        """Return a new path in this session's folder, `kind-random.suffix`; nothing is created."""
        return self.folder / f"{kind}-{secrets.token_urlsafe(8)}{suffix}"

    def new_folder(self, kind: str) -> Path:
        """Create a new folder in this session's folder."""
        folder = self.new_path(kind, "")
        folder.mkdir()
        return folder

    def media_file(self, name: str) -> Path | None:
        """Return a file of this session that a browser may load; None if there is none."""
        path = self.folder / name
        return path if _MEDIA_NAME.fullmatch(name) and path.is_file() else None


class BrowserSessions:
    """All sessions of a running app: Gradio knows each by a hash, its browser by a token."""

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="vinpaint-sessions-"))
        self._grace_seconds = grace_seconds
        self._sessions: dict[str, BrowserSession] = {}
        self._ending: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def get(self, session_hash: str | None) -> BrowserSession:
        """Return the session of a browser tab; start one if the tab is new."""
        key = session_hash or ""
        with self._lock:
            self._cancel_end(key)
            if key not in self._sessions:
                self._sessions[key] = BrowserSession(Path(tempfile.mkdtemp(dir=self.root)))
            return self._sessions[key]

    def by_token(self, token: str) -> BrowserSession | None:
        """Return the session whose pictures are requested; None if there is none."""
        with self._lock:
            sessions = list(self._sessions.values())
        return next((one for one in sessions if secrets.compare_digest(one.token, token)), None)

    def disconnect(self, session_hash: str | None) -> None:
        """End the session of a tab that lost its connection, unless the tab returns in time."""
        key = session_hash or ""
        timer = threading.Timer(self._grace_seconds, self._end, args=(key,))
        timer.daemon = True
        with self._lock:
            self._cancel_end(key)
            self._ending[key] = timer
        timer.start()

    def close(self) -> None:
        """End all sessions."""
        with self._lock:
            keys = list(self._sessions)
        for key in keys:
            self._end(key)
        shutil.rmtree(self.root, ignore_errors=True)

    def _cancel_end(self, key: str) -> None:
        timer = self._ending.pop(key, None)
        if timer is not None:
            timer.cancel()

    def _end(self, key: str) -> None:
        with self._lock:
            self._cancel_end(key)
            browser = self._sessions.pop(key, None)
        if browser is not None:
            browser.cancel.set()
            for opened in (browser.session.clip, browser.session.opened):
                if opened is not None:
                    opened.clip.close()
            shutil.rmtree(browser.folder, ignore_errors=True)
