"""Change the marks of a session: the prompts, and the objects they belong to.

All functions are pure: they return a new session. Changes of prompts and objects can be undone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vinpaint.core import (
    Captions,
    Click,
    FramePrompt,
    Keyframe,
    MaskFile,
    Missing,
    ObjectInfo,
    Painting,
    Prompt,
    Shadow,
    TextPrompt,
)
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import MarksSnapshot
from vinpaint.ui.session.tracked_objects import Detections

_ONCE_PER_OBJECT = MaskFile | TextPrompt | Captions | Missing | Shadow


def with_prompts(
    session: Session,
    prompts: tuple[Prompt, ...],
    objects: tuple[ObjectInfo, ...] | None = None,
    active: int | None = None,
) -> Session:
    """Replace the prompts and, if given, the objects and the active object.

    The previous values are saved for `undo`.
    """
    before = (session.prompts, session.objects, session.active)
    after = (prompts, objects or session.objects, active or session.active)
    if after == before:
        return session
    return _with_marks(session, after, (*session.history, before))


def add(session: Session, prompt: Prompt) -> Session:
    """Add a prompt to the active object.

    A mask file, a text prompt, captions, missing pixels and a shadow replace the previous prompt of
    the same kind.
    """
    session = reveal(session)
    prompt = replace(prompt, object_id=session.active)
    kept = session.prompts
    if isinstance(prompt, _ONCE_PER_OBJECT):
        kept = _without_kind(session, prompt.kind)
    return with_prompts(session, (*kept, prompt))


def current_click(session: Session) -> Click | None:
    """Return the click whose region can be made larger or smaller.

    This is the active object's last prompt, if it is a click on the object.
    """
    own = [one for one in session.prompts if one.object_id == session.active]
    last = own[-1] if own else None
    return last if isinstance(last, Click) and last.add else None


def set_level(session: Session, level: int) -> Session:
    """Set the level of the current click; the session is returned unchanged if there is none."""
    click = current_click(session)
    if click is None:
        return session
    moved = replace(click, level=level)
    index = max(i for i, one in enumerate(session.prompts) if one is click)
    prompts = (*session.prompts[:index], moved, *session.prompts[index + 1 :])
    return with_prompts(session, prompts)


def drop_kind(session: Session, kind: str) -> Session:
    """Remove the active object's prompts of one kind."""
    return with_prompts(session, _without_kind(session, kind))


def paint(session: Session, frame: int, painting: Painting | None) -> Session:
    """Replace all prompts of the active object on a frame by a painted mask.

    None removes them, after everything on the frame was erased.
    """
    kept = tuple(one for one in session.prompts if not is_on(one, frame, session.active))
    if painting is None:
        return with_prompts(session, kept)
    prompt: Prompt = replace(painting, object_id=session.active)
    if session.interpolate:
        prompt = Keyframe(frame, painting.path, session.active)
    return with_prompts(session, (*kept, prompt))


def set_interpolation(session: Session, on: bool) -> Session:
    """Turn the active object's painted frames into key frames, or back into painted frames."""
    kind, other = (Keyframe, Painting) if on else (Painting, Keyframe)
    prompts = (
        kind(one.frame, one.path, one.object_id)
        if isinstance(one, other) and one.object_id == session.active
        else one
        for one in session.prompts
    )
    return with_prompts(replace(session, interpolate=on), tuple(prompts))


def undo(session: Session) -> Session:
    """Restore the prompts and objects before the last change."""
    if not session.history:
        return session
    *earlier, last = session.history
    return _with_marks(session, last, tuple(earlier))


def clear(session: Session) -> Session:
    """Remove all prompts; `undo` restores them."""
    return with_prompts(session, (), (ObjectInfo(1),), 1)


def new_object(session: Session) -> Session:
    """Add an object and make it the active one."""
    number = max(one.object_id for one in session.objects) + 1
    return with_prompts(session, session.prompts, (*session.objects, ObjectInfo(number)), number)


def pick_object(session: Session, number: int) -> Session:
    """Make an object the active one. This cannot be undone."""
    if all(one.object_id != number for one in session.objects):
        return session
    keyed = any(isinstance(one, Keyframe) and one.object_id == number for one in session.prompts)
    return replace(session, active=number, interpolate=keyed)


def alter_object(
    session: Session, number: int, *, name: str | None = None, hidden: bool | None = None
) -> Session:
    """Rename, hide or show an object."""
    changes: dict[str, Any] = {} if name is None else {"name": name.strip()[:40]}
    if hidden is not None:
        changes["hidden"] = hidden
    objects = tuple(
        replace(one, **changes) if one.object_id == number else one for one in session.objects
    )
    return with_prompts(session, session.prompts, objects)


def reveal(session: Session) -> Session:
    """Show the active object if it is hidden."""
    hidden = any(one.hidden for one in session.objects if one.object_id == session.active)
    return alter_object(session, session.active, hidden=False) if hidden else session


def drop_object(session: Session, number: int) -> Session:
    """Remove an object and its prompts. The last object is replaced by an empty one."""
    objects = tuple(one for one in session.objects if one.object_id != number)
    objects = objects or (ObjectInfo(1),)
    prompts = tuple(one for one in session.prompts if one.object_id != number)
    active = session.active if session.active != number else objects[-1].object_id
    return with_prompts(session, prompts, objects, active)


def with_detections(session: Session, detections: Detections) -> Session:
    """Store the results of a detector."""
    return replace(session, detections=detections, version=session.version + 1)


def is_on(prompt: Prompt, frame: int, number: int | None = None) -> bool:
    """Return whether a prompt belongs to this frame only (and to this object, if given)."""
    of_object = number is None or prompt.object_id == number
    return of_object and isinstance(prompt, FramePrompt) and prompt.frame == frame


def _without_kind(session: Session, kind: str) -> tuple[Prompt, ...]:
    dropped = (kind, session.active)
    return tuple(one for one in session.prompts if (one.kind, one.object_id) != dropped)


def _with_marks(
    session: Session, marks: MarksSnapshot, history: tuple[MarksSnapshot, ...]
) -> Session:
    prompts, objects, active = marks
    return session.new_version(prompts=prompts, objects=objects, active=active, history=history)
