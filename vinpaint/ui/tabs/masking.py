"""From what the visitor draws to prompts, and from prompts to the masks that one frame shows."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
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
    Painting,
    Prompt,
    Region,
    Span,
    no_op,
)
from vinpaint.media import Clip, write_png
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.marks import add, is_on, paint, reveal
from vinpaint.ui.session.session import Session, fresh_outlook, job, tracker_options
from vinpaint.ui.session.tracked_objects import Found, by_object, hidden_of
from vinpaint.ui.session.uploads import visit_clip

_MAX_POINTS = 5000
_FIXED_POINT_BITS = 4


def click(visit: Visit, drawn: Mapping[str, Any]) -> None:
    """A click on the stage: one point, and the mask of its frame at once."""
    clip = visit_clip(visit.session)
    frame = _frame(drawn, clip)
    point = Click(frame, int(drawn["x"]), int(drawn["y"]), add=bool(drawn["add"]))
    visit.change(lambda session: add(session, point))
    values = active_sketch(visit, frame)
    if point.add and not (values >= HOLE_LEVEL).any():
        raise MaskError(texts.MASK_EMPTY_CLICK)


def area(visit: Visit, drawn: Mapping[str, Any]) -> None:
    """A rectangle on the stage: a box around the thing, or a region that stays put."""
    clip = visit_clip(visit.session)
    frame = _frame(drawn, clip)
    box = Box(*(int(value) for value in drawn["box"])).grow(0, clip.width, clip.height)
    prompt: Prompt = Region(box) if drawn["kind"] == "region" else BoxPrompt(frame, box)
    visit.change(lambda session: add(session, prompt))
    sketch(visit, frame)


def stroke(visit: Visit, drawn: Mapping[str, Any]) -> None:
    """A brush or eraser stroke: the object's mask on the frame as it stands, with the stroke."""
    clip = visit_clip(visit.session)
    frame = _frame(drawn, clip)
    visit.change(reveal)
    values = active_sketch(visit, frame) >= HOLE_LEVEL
    touched = stroke_pixels(drawn, clip)
    painted = values & ~touched if drawn.get("erase") else values | touched
    path = visit.place("painted", ".png")
    write_png(path, painted.astype(np.uint8) * 255)
    painting = Painting(frame, str(path)) if painted.any() else None
    visit.change(lambda session: paint(session, frame, painting))


def finished_mask(visit: Visit, upload: Path, *, resize: bool = False) -> None:
    """An uploaded mask; it is kept in the visit's folder and read right away."""
    clip = visit_clip(visit.session)
    folder = visit.place("mask", "")
    folder.mkdir()
    path = folder / upload.name
    shutil.move(upload, path)
    prompt = MaskFile(str(path), resize)
    with clip.reopen() as source:
        masks.find(source, (prompt,), progress=no_op)
    visit.change(lambda session: add(session, prompt))


def stroke_pixels(drawn: Mapping[str, Any], clip: Clip) -> Bools:
    """The pixels under a stroke: (H, W) bool."""
    scale = 1 << _FIXED_POINT_BITS
    points = np.array(drawn["points"][:_MAX_POINTS], np.float64).reshape(-1, 1, 2)
    canvas = np.zeros((clip.height, clip.width), np.uint8)
    width = max(1, round(2 * min(float(drawn["radius"]), 512.0)))
    line = np.rint(np.repeat(points, 2, axis=0) if len(points) == 1 else points)
    cv2.polylines(
        canvas, [(line * scale).astype(np.int32)], False, 1, width, cv2.LINE_8, _FIXED_POINT_BITS
    )
    return canvas.astype(np.bool_)


def sketch(visit: Visit, frame: int) -> dict[int, Floats]:
    """Each object's mask of one frame, as the Mask step shows it: (H, W) float32; made once.

    Hidden objects are left out. Raises MaskError for marks that find nothing.
    """
    session = visit.session
    clip = visit_clip(session)
    key = (clip.path, session.version, frame)
    with visit.reading:
        layers: dict[int, Floats] = visit.once(key, lambda: _layers(visit, session, clip, frame))
    return layers


def active_sketch(visit: Visit, frame: int) -> Floats:
    """The mask of one frame of the object that is worked on: (H, W) float32."""
    clip = visit_clip(visit.session)
    empty = np.zeros((clip.height, clip.width), np.float32)
    return sketch(visit, frame).get(visit.session.active, empty)


def _layers(visit: Visit, session: Session, clip: Clip, frame: int) -> dict[int, Floats]:
    marked = by_object(session.prompts)
    numbers = marked.keys() | (session.found.parts.keys() if session.found else set())
    known = {thing.object_id for thing in session.objects} - hidden_of(session.objects)
    return {
        number: _object_mask(visit, session, clip, frame, number)
        for number in sorted(numbers & known)
    }


def _object_mask(visit: Visit, session: Session, clip: Clip, frame: int, number: int) -> Floats:
    """What an object's marks say about a frame, or its followed mask where they say nothing new."""
    mine = by_object(session.prompts).get(number, ())
    part = session.found.parts.get(number) if session.found else None
    here = tuple(_as_painting(one) for one in mine if is_on(one, frame))
    known = tuple(_as_painting(one) for one in part.prompts if is_on(one, frame)) if part else ()
    for_all = tuple(one for one in mine if isinstance(one, Region | MaskFile))
    before = _one_frame(part.track, frame) if part and mine else None
    if before is not None and here in ((), known):
        values = before
    else:
        mended = None if before is None else before >= HOLE_LEVEL
        values = masks.segment_frame(
            clip, here, frame, options=tracker_options(session), before=mended
        ).values[0]
    for_all = tuple(one for one in for_all if part is None or one not in part.prompts)
    if not for_all:
        return values
    track = visit.once((clip.path, for_all), lambda: _found_for_all(clip, for_all))
    return np.maximum(values, _one_frame(track, frame))


def _as_painting(prompt: Prompt) -> Prompt:
    """On its own frame a key frame is what was painted."""
    if isinstance(prompt, Keyframe):
        return Painting(prompt.frame, prompt.path, prompt.object_id)
    return prompt


def _one_frame(track: MaskTrack, frame: int) -> Floats:
    values: Floats = track.read(Span(frame, frame + 1)).values[0]
    return values


def _found_for_all(clip: Clip, prompts: tuple[Prompt, ...]) -> MaskTrack:
    with clip.reopen() as source:
        return masks.find(source, prompts, progress=no_op)


def tuned_frame(session: Session, clip: Clip, frame: int) -> Floats:
    """The followed mask of one frame with the edge as it is set: (H, W) float32."""
    track = edge_track(session, clip, session.found) if session.found else None
    if track is None:
        return np.zeros((clip.height, clip.width), np.float32)
    return _one_frame(track, frame)


def forecast_layers(session: Session, clip: Clip, frame: int) -> dict[int, Floats]:
    """The same mask in two parts, (H, W) float32 each: 1 what other frames show, 2 what none does.

    All of it is 1 where nothing was forecast.
    """
    mask, outlook = tuned_frame(session, clip, frame), fresh_outlook(session)
    lost = outlook.forecast.unseen(frame) if outlook else np.zeros(mask.shape, np.bool_)
    zero = np.float32(0)
    return {1: np.where(lost, zero, mask), 2: np.where(lost, mask, zero)}


def edge_track(session: Session, clip: Clip, found: Found) -> MaskTrack | None:
    """The followed mask as a repair will use it: tuned, inverted, on the chosen frames.

    None where every object is hidden.
    """
    track = found.track(hidden_of(session.objects))
    return None if track is None else backend.tuned_mask(job(session), track, clip)


def _frame(drawn: Mapping[str, Any], clip: Clip) -> int:
    return min(clip.frames - 1, max(0, int(drawn["frame"])))
