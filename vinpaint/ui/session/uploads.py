"""A visitor's clip: taken in, looked at, and made playable."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2

from vinpaint.core import Frames, MediaError, Progress, Span, VinpaintError
from vinpaint.media import Clip, open_clip, write_frames
from vinpaint.media.probe import Orientation
from vinpaint.ui import texts
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, offer, use
from vinpaint.ui.session.state import Loaded

MAX_UPLOAD = "2gb"
MAX_UPLOAD_WORDS = "2 GB"
_PLAYABLE_SOUND = frozenset({"aac", "mp3", "opus"})
_PROXY_LONGEST_PX = 1920


def take_upload(visit: Visit, upload: Path) -> None:
    """An uploaded file becomes the clip that is looked at; it moves into the visit's folder."""
    folder = visit.place("upload", "")
    folder.mkdir()
    path = folder / upload.name
    shutil.move(upload, path)
    try:
        clip = open_clip(path)
        loaded = _loaded(visit, clip, path.name)
    except VinpaintError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    visit.change(lambda session: offer(session, loaded))


def take_example(visit: Visit, name: str) -> None:
    """One of the examples becomes the clip that is looked at."""
    example = EXAMPLES.get(name)
    if example is None:
        known = ", ".join(EXAMPLES) or "none"
        raise MediaError(f"{name}: there is no such example; there are: {known}")
    clip = open_clip(example.path)
    loaded = replace(
        _loaded(visit, clip, example.title),
        suggested=example.suggested,
        words=example.words,
        tuning=example.tuning,
        first_frame=min(example.frame, clip.frames - 1),
    )
    visit.change(lambda session: offer(session, loaded))


def start_with_example(visit: Visit, name: str) -> None:
    """An example in use and marked, so that it only needs to be followed and repaired."""
    take_example(visit, name)
    loaded = visit.session.offered
    if loaded is None or loaded.before is None:
        return
    example = EXAMPLES[name]
    visit.change(lambda session: use(session, loaded))
    visit.change(lambda session: replace(session, prompts=example.where, frames=example.frames))


def adopt(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Make the clip that is looked at playable, then work on it."""
    loaded = visit.session.offered
    if loaded is None:
        raise MediaError(texts.CLIP_TODO)
    if loaded.before is None:
        before = visit.place("before", ".mp4")
        _make_proxy(loaded.clip, before, progress)
        loaded = replace(loaded, before=before)
    ready = loaded
    return lambda session: use(session, ready)


def is_playable(clip: Clip) -> bool:
    """Whether every browser plays the file as it is, frame for frame the way we read it."""
    facts = clip.info
    plain = (
        facts.layout.pixel_format == "yuv420p"
        and facts.orientation == Orientation()
        and facts.seekable
    )
    heard = all(sound.codec in _PLAYABLE_SOUND for sound in facts.sound)
    return facts.codec == "h264" and plain and heard and not facts.notes and _is_mp4(clip.path)


def _loaded(visit: Visit, clip: Clip, name: str) -> Loaded:
    before = None
    if is_playable(clip):
        before = visit.place("before", ".mp4")
        shutil.copyfile(clip.path, before)
    return Loaded(secrets.token_urlsafe(6), clip, name, before=before, is_source=before is not None)


def _is_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] == b"ftyp"


def _make_proxy(clip: Clip, path: Path, progress: Progress) -> None:
    own = clip.reopen()  # shares the pictures, not the position

    def frames() -> Iterator[Frames]:
        for number in own.span.frames:
            progress(number / own.frames, f"{texts.PREPARING}: frame {number} of {own.frames}")
            yield _shrunk(own.read(Span(number, number + 1)).frames[0])

    with own:
        write_frames(path, frames(), fps=own.fps, sound_from=own if own.sound else None)


def _shrunk(rgb: Frames) -> Frames:
    scale = _PROXY_LONGEST_PX / max(rgb.shape[:2])
    if scale >= 1:
        return rgb
    small: Frames = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small


def visit_clip(session: Session) -> Clip:
    """The clip that is worked on. Raises MediaError where there is none."""
    if session.clip is None:
        raise MediaError(texts.MASK_NO_CLIP)
    return session.clip.clip
