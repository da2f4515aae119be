"""Import an uploaded clip or an example, and make it playable in a browser."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2

from vinpaint.core import Frames, MediaError, Progress, VinpaintError
from vinpaint.media import Clip, open_clip, read_image, write_frames
from vinpaint.media.probe import Orientation
from vinpaint.ui import texts
from vinpaint.ui.examples import find_example
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import OpenedClip

IMAGE_TYPES = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"]
MAX_UPLOAD = "2gb"
MAX_UPLOAD_TEXT = "2 GB"
_PLAYABLE_SOUND = frozenset({"aac", "mp3", "opus"})
_PROXY_LONGEST_PX = 1920


def keep_upload(browser: BrowserSession, upload: str | Path, kind: str) -> Path:
    """Move an uploaded file to a new folder of the session; return its new path."""
    return Path(shutil.move(upload, browser.new_folder(kind) / Path(upload).name))


def keep_picture(browser: BrowserSession, upload: str, kind: str) -> str:
    """Move an uploaded image into the session; return its path.

    Raises MediaError if it is not a readable image.
    """
    path = keep_upload(browser, upload, kind)
    read_image(path)
    return str(path)


def take_upload(browser: BrowserSession, upload: Path) -> None:
    """Move an uploaded file into the session's folder and open it on the Clip tab."""
    path = keep_upload(browser, upload, "upload")
    try:
        opened = _opened(browser, open_clip(path), path.name)
    except VinpaintError:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    browser.update(opened=opened, failure=None)


def take_example(browser: BrowserSession, name: str) -> None:
    """Open an example on the Clip tab. Raises SettingsError if it does not exist."""
    example = find_example(name)
    clip = open_clip(example.path)
    opened = replace(
        _opened(browser, clip, example.title),
        suggested=example.suggested,
        words=example.words,
        tuning=example.tuning,
        first_frame=min(example.frame, clip.frames - 1),
    )
    browser.update(opened=opened, failure=None)


def start_with_example(browser: BrowserSession, name: str) -> None:
    """Start to work on an example with its suggested prompts, ready to be tracked."""
    take_example(browser, name)
    opened = browser.session.opened
    if opened is None or opened.playable is None:
        return
    example = find_example(name)
    browser.change(lambda session: session.use_clip(opened))
    browser.update(prompts=example.where, frames=example.frames)


def use_opened(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Make the opened clip playable; return a change of the session that takes it into use."""
    opened = browser.session.opened
    if opened is None:
        raise MediaError(texts.CLIP_TODO)
    if opened.playable is None:
        proxy = browser.new_path("before", ".mp4")
        _make_proxy(opened.clip, proxy, progress)
        opened = replace(opened, playable=proxy)
    ready = opened
    return lambda session: session.use_clip(ready)


def is_playable(clip: Clip) -> bool:
    """Return whether all browsers can play the file with the same frames as we decode."""
    facts = clip.info
    simple = (
        facts.layout.pixel_format == "yuv420p"
        and facts.orientation == Orientation()
        and facts.seekable
    )
    sound = all(stream.codec in _PLAYABLE_SOUND for stream in facts.sound)
    return facts.codec == "h264" and simple and sound and not facts.notes and _is_mp4(clip.path)


def _opened(browser: BrowserSession, clip: Clip, name: str) -> OpenedClip:
    playable = None
    if is_playable(clip):
        playable = browser.new_path("before", ".mp4")
        shutil.copyfile(clip.path, playable)
    key = secrets.token_urlsafe(6)
    return OpenedClip(key, clip, name, playable=playable, is_source=playable is not None)


def _is_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(12)[4:8] == b"ftyp"


def _make_proxy(clip: Clip, path: Path, progress: Progress) -> None:
    """Write a copy of the clip that all browsers can play, at most 1920 pixels on a side."""
    source = clip.reopen()  # shares the decoded frames, but has its own position

    def frames() -> Iterator[Frames]:
        for number in source.span.frames:
            text = f"{texts.PREPARING}: frame {number} of {source.frames}"
            progress(number / source.frames, text)
            yield shrink(source[number], _PROXY_LONGEST_PX)

    with source:
        write_frames(path, frames(), fps=source.fps, sound_from=source if source.sound else None)


def shrink(pixels: Frames, longest_px: int) -> Frames:
    """Scale an image down so that no side is longer than `longest_px`."""
    scale = longest_px / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    small: Frames = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return small
