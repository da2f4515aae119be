"""Browser sessions: the state and the files of each browser tab."""

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
"""How long a session is kept after its connection was lost, such as by a sleeping phone."""

_MAX_CACHED = 6
"""Maximum number of cached values. A 4K mask takes 33 MB."""
_MEDIA_NAME = re.compile(r"[a-z]+-[A-Za-z0-9_-]{1,40}\.(mp4|json|jpg)")


@dataclass(eq=False)
class BrowserSession:
    """The mutable holder of the current `Session` of a browser tab, which changes under a lock.

    Args:
        folder: Folder for the files of the session, removed when it ends.
        token: Random part of the URLs of the session's files.
        cancel: Set to cancel the running task.
        task_running: Set while a task runs.
    """

    folder: Path
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    cancel: threading.Event = field(default_factory=threading.Event)
    task_running: threading.Event = field(default_factory=threading.Event)
    frame_lock: threading.Lock = field(default_factory=threading.Lock)
    """Held while the mask of a frame is computed, so that it is not computed twice."""
    preparing: threading.Lock = field(default_factory=threading.Lock)
    """Held while a frame is prepared for clicks; a session prepares one frame at a time."""
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
        """Return `make()`, cached by `key`. Only the latest values are kept."""
        if key not in self._cache:
            self._cache[key] = make()
            while len(self._cache) > _MAX_CACHED:
                self._cache.pop(next(iter(self._cache)))
        return self._cache[key]

    def new_path(self, kind: str, suffix: str) -> Path:
        """Return an unused path in the session's folder, `<kind>-<random><suffix>`."""
        return self.folder / f"{kind}-{secrets.token_urlsafe(8)}{suffix}"

    def new_folder(self, kind: str) -> Path:
        """Create a folder in the session's folder and return its path."""
        folder = self.new_path(kind, "")
        folder.mkdir()
        return folder

    def media_file(self, name: str) -> Path | None:
        """Return the path of a file that the browser may load, or None if there is no such file."""
        path = self.folder / name
        return path if _MEDIA_NAME.fullmatch(name) and path.is_file() else None


class BrowserSessions:
    """All sessions of the running app.

    Gradio identifies a session by a hash, the media routes by its token.
    """

    def __init__(self, *, grace_seconds: float = GRACE_SECONDS) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="vinpaint-sessions-"))
        self._grace_seconds = grace_seconds
        self._sessions: dict[str, BrowserSession] = {}
        self._ending: dict[str, threading.Timer] = {}
        self._lock = threading.Lock()

    def get(self, session_hash: str | None) -> BrowserSession:
        """Return the session of a browser tab; create it for a new tab."""
        key = session_hash or ""
        with self._lock:
            self._cancel_end(key)
            if key not in self._sessions:
                self._sessions[key] = BrowserSession(Path(tempfile.mkdtemp(dir=self.root)))
            return self._sessions[key]

    def by_token(self, token: str) -> BrowserSession | None:
        """Return the session with a token, or None if there is none."""
        with self._lock:
            sessions = list(self._sessions.values())
        return next((one for one in sessions if secrets.compare_digest(one.token, token)), None)

    def disconnect(self, session_hash: str | None) -> None:
        """End a session after the grace period, unless its tab reconnects."""
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
