"""Convert drawings on the stage to prompts, and compute the masks of single frames."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vinpaint import backend, masks
from vinpaint.core import (
    HOLE_LEVEL,
    Bools,
    Box,
    BoxPrompt,
    Click,
    Floats,
    Keyframe,
    MaskError,
    MaskFile,
    MaskTrack,
    Missing,
    Painting,
    Prompt,
    Region,
    Span,
    VinpaintError,
    no_op,
)
from vinpaint.media import Clip, write_png
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import add, current_click, is_on, paint, reveal, set_level, undo
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import by_object, hidden_of
from vinpaint.ui.session.uploads import keep_upload

_MAX_POINTS = 5000
_MAX_RADIUS_PX = 512.0
_FIXED_POINT_BITS = 4
_SAME_PLACE_SHARE = 0.006
"""Clicks this close, as a share of the longer side of the picture, are at the same place."""


def click(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Add a click on the stage and compute the mask of its frame.

    A click at the place of the current click chooses its next level instead. Raises MaskError if
    the click finds nothing.
    """
    frame = _frame(data, browser.session.clip_in_use())
    point = Click(frame, int(data["x"]), int(data["y"]), add=bool(data["add"]))
    current = current_click(browser.session)
    if current is not None and _repeats(point, current, browser.session.clip_in_use()):
        next_level(browser)
        return
    before = active_mask(browser, frame) >= HOLE_LEVEL
    browser.change(lambda session: add(session, point))
    values = active_mask(browser, frame) >= HOLE_LEVEL
    if point.add and not values.any():
        raise MaskError(texts.MASK_EMPTY_CLICK)
    if not masks.visibly_differs(before, values):
        _hint(browser, masks.describe_unchanged(point))


def larger(browser: BrowserSession) -> None:
    """Choose the next larger region at the current click, or say that there is none."""
    _shift_level(browser, 1, texts.MASK_LARGEST)


def smaller(browser: BrowserSession) -> None:
    """Choose the next smaller region at the current click, or say that there is none."""
    _shift_level(browser, -1, texts.MASK_SMALLEST)


def next_level(browser: BrowserSession) -> None:
    """Choose the next larger region at the current click; after the largest, the smallest one."""
    if _shift_level(browser, 1, ""):
        return
    while _shift_level(browser, -1, ""):
        pass


def _shift_level(browser: BrowserSession, by: int, end: str) -> bool:
    """Change the level of the current click until the mask changes; return whether it does.

    If it does not, the level stays, and the sentence `end` is shown.
    """
    current = current_click(browser.session)
    if current is None:
        return False
    before = last = active_mask(browser, current.frame) >= HOLE_LEVEL
    for step in count(1):
        browser.change(lambda session: set_level(session, current.level + step * by))  # noqa: B023
        mask = active_mask(browser, current.frame) >= HOLE_LEVEL
        if masks.visibly_differs(before, mask):
            return True
        browser.change(undo)
        if (mask == last).all():  # levels past the last one repeat it
            break
        last = mask
    if end:
        _hint(browser, end)
    return False


def _hint(browser: BrowserSession, words: str) -> None:
    browser.change(lambda session: session.fail("mask", words, stopped=True))


def _repeats(point: Click, current: Click, clip: Clip) -> bool:
    """Return whether a click is at the place of the current one."""
    reach = max(2.0, _SAME_PLACE_SHARE * max(clip.width, clip.height))
    gap = np.hypot(point.x - current.x, point.y - current.y)
    return point.add and point.frame == current.frame and bool(gap <= reach)


def area(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Add a rectangle on the stage, a box around the object or a fixed region."""
    clip = browser.session.clip_in_use()
    frame = _frame(data, clip)
    box = Box(*(int(value) for value in data["box"])).grow(0, clip.width, clip.height)
    prompt: Prompt = Region(box) if data["kind"] == "region" else BoxPrompt(frame, box)
    browser.change(lambda session: add(session, prompt))
    frame_masks(browser, frame)


def stroke(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Paint or erase a stroke in the active object's mask of one frame."""
    clip = browser.session.clip_in_use()
    frame = _frame(data, clip)
    browser.change(reveal)
    values = active_mask(browser, frame) >= HOLE_LEVEL
    touched = stroke_pixels(data, clip)
    painted = values & ~touched if data.get("erase") else values | touched
    path = browser.new_path("painted", ".png")
    write_png(path, painted.astype(np.uint8) * 255)
    painting = Painting(frame, str(path)) if painted.any() else None
    browser.change(lambda session: paint(session, frame, painting))


def finished_mask(browser: BrowserSession, upload: Path, *, resize: bool = False) -> None:
    """Move an uploaded mask to the session's folder, check that it matches the clip, and add it."""
    source = browser.session.clip_in_use()
    prompt = MaskFile(str(keep_upload(browser, upload, "mask")), resize)
    _find(source, (prompt,))
    browser.change(lambda session: add(session, prompt))


def stroke_pixels(data: Mapping[str, Any], clip: Clip) -> Bools:
    """Return the pixels of a stroke as (H, W) bool."""
    scale = 1 << _FIXED_POINT_BITS
    points = np.array(data["points"][:_MAX_POINTS], np.float64).reshape(-1, 1, 2)
    canvas = np.zeros((clip.height, clip.width), np.uint8)
    width = max(1, round(2 * min(float(data["radius"]), _MAX_RADIUS_PX)))
    line = np.rint(np.repeat(points, 2, axis=0) if len(points) == 1 else points)
    cv2.polylines(
        canvas, [(line * scale).astype(np.int32)], False, 1, width, cv2.LINE_8, _FIXED_POINT_BITS
    )
    return canvas.astype(np.bool_)


def frame_masks(browser: BrowserSession, frame: int) -> dict[int, Floats]:
    """Return the mask of each visible object on one frame, (H, W) float32, by object number.

    The result is cached. Raises MaskError if a prompt finds nothing.
    """
    session = browser.session
    clip = session.clip_in_use()

    def compute() -> dict[int, Floats]:
        tracked = session.tracked.objects.keys() if session.tracked else set()
        marked = by_object(session.prompts).keys() | tracked
        known = {one.object_id for one in session.objects} - hidden_of(session.objects)
        numbers = sorted(marked & known)
        return {number: _object_mask(browser, session, frame, number) for number in numbers}

    with browser.frame_lock:
        layers: dict[int, Floats] = browser.cached((clip.path, session.version, frame), compute)
    return layers


def prepare_click(session: Session, clip: Clip, frame: int) -> None:
    """Let the tracker get ready for a click on a frame; a failure shows at the click itself."""
    with contextlib.suppress(VinpaintError):
        masks.prepare_frame(clip, frame, options=session.tracker_options())


def active_mask(browser: BrowserSession, frame: int) -> Floats:
    """Return the mask of the active object on one frame, (H, W) float32; zeros if it has none."""
    clip = browser.session.clip_in_use()
    empty = np.zeros((clip.height, clip.width), np.float32)
    return frame_masks(browser, frame).get(browser.session.active, empty)


def _object_mask(browser: BrowserSession, session: Session, frame: int, number: int) -> Floats:
    """Return the tracked mask of an object on one frame, updated with its new prompts."""
    clip = session.clip_in_use()
    prompts = by_object(session.prompts).get(number, ())
    tracked = session.tracked.objects.get(number) if session.tracked else None
    tracked_from = tracked.prompts if tracked else ()
    on_frame = tuple(_as_painting(one) for one in prompts if is_on(one, frame))
    known = tuple(_as_painting(one) for one in tracked_from if is_on(one, frame))
    before = _one_frame(tracked.track, frame) if tracked and prompts else None
    if before is not None and on_frame in ((), known):
        values = before
    else:
        values = masks.segment_frame(
            clip,
            on_frame,
            frame,
            options=session.tracker_options(),
            previous=None if before is None else before >= HOLE_LEVEL,
        ).values[0]
    missing, marked = session.detections.missing, Missing(number)
    if missing is not None and marked in prompts and marked not in tracked_from:
        values = np.maximum(values, _one_frame(missing.track, frame))
    every_frame = (one for one in prompts if isinstance(one, Region | MaskFile))
    new = tuple(one for one in every_frame if one not in tracked_from)
    if not new:
        return values
    track = browser.cached((clip.path, new), lambda: _find(clip, new))
    return np.maximum(values, _one_frame(track, frame))


def _find(source: Clip, prompts: tuple[Prompt, ...]) -> MaskTrack:
    """Find the mask of some prompts, without reporting progress."""
    with source.reopen() as clip:
        return masks.find(clip, prompts, progress=no_op)


def _as_painting(prompt: Prompt) -> Prompt:
    """Return a key frame as a `Painting`; other prompts are returned unchanged."""
    if isinstance(prompt, Keyframe):
        return Painting(prompt.frame, prompt.path, prompt.object_id)
    return prompt


def _one_frame(track: MaskTrack, frame: int) -> Floats:
    values: Floats = track.read(Span(frame, frame + 1)).values[0]
    return values


def tuned_frame(session: Session, clip: Clip, frame: int) -> Floats:
    """Return the tuned mask of one frame, (H, W) float32; zeros if nothing is tracked."""
    if session.tracked is None or not session.tracked.visible(hidden_of(session.objects)):
        return np.zeros((clip.height, clip.width), np.float32)
    return _one_frame(tuned_track(session), frame)


def forecast_layers(session: Session, clip: Clip, frame: int) -> dict[int, Floats]:
    """Return the tuned mask of one frame in two parts, (H, W) float32 each.

    Part 1 contains the pixels that other frames show, part 2 those that no frame shows. Without a
    forecast, part 1 is the whole mask.
    """
    mask, made = tuned_frame(session, clip, frame), session.current_forecast()
    unseen = made.forecast.unseen(frame) if made else np.zeros(mask.shape, np.bool_)
    zero = np.float32(0)
    return {1: np.where(unseen, zero, mask), 2: np.where(unseen, mask, zero)}


def tuned_track(session: Session) -> MaskTrack:
    """Return the mask that a repair uses: tuned, inverted if requested, on the chosen frames.

    Raises SettingsError if nothing was tracked, or all objects are hidden.
    """
    return backend.tuned_mask(session.job(), session.tracked_mask(), session.clip_in_use())


def _frame(data: Mapping[str, Any], clip: Clip) -> int:
    return min(clip.frames - 1, max(0, int(data["frame"])))
