"""Steps from one session to the next that change the marks: prompts and the objects they belong to.

Pure like `session.py`: each change can be undone.
"""

from __future__ import annotations

from dataclasses import replace

from vinpaint.core import (
    BoxPrompt,
    Captions,
    Click,
    Keyframe,
    MaskFile,
    ObjectInfo,
    Painting,
    Prompt,
    Shadow,
    TextPrompt,
)
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import Marks
from vinpaint.ui.session.tracked_objects import Offers

ON_A_FRAME = Click | BoxPrompt | Painting | Keyframe
"""The prompts that speak about one frame."""


def prompted(
    session: Session,
    prompts: tuple[Prompt, ...],
    objects: tuple[ObjectInfo, ...] | None = None,
    active: int | None = None,
) -> Session:
    """Other prompts or objects; the ones before can be had back."""
    now = (session.prompts, session.objects, session.active)
    then = (prompts, objects or session.objects, active or session.active)
    if then == now:
        return session
    return _marked(session, then, (*session.history, now))


def add(session: Session, prompt: Prompt) -> Session:
    """One more mark of the active object.

    A finished mask, words and captions take the place of others of their kind there.
    """
    session = reveal(session)
    prompt = replace(prompt, object_id=session.active)
    kept = session.prompts
    if isinstance(prompt, MaskFile | TextPrompt | Captions | Shadow):
        kept = tuple(one for one in kept if not _same_kind(one, prompt))
    return prompted(session, (*kept, prompt))


def drop_kind(session: Session, kind: str) -> Session:
    """The active object without its prompts of one kind."""
    mine = session.active
    kept = (one for one in session.prompts if (one.kind, one.object_id) != (kind, mine))
    return prompted(session, tuple(kept))


def paint(session: Session, frame: int, painting: Painting | None) -> Session:
    """A painted mask says all about its object on its frame: other prompts there go.

    None: everything on the frame was erased.
    """
    kept = tuple(one for one in session.prompts if not is_on(one, frame, session.active))
    if painting is None:
        return prompted(session, kept)
    made: Prompt = replace(painting, object_id=session.active)
    if session.interpolate:
        made = Keyframe(frame, painting.path, session.active)
    return prompted(session, (*kept, made))


def interpolated(session: Session, on: bool) -> Session:
    """Whether the active object's painted frames are key frames, or are followed."""
    session = replace(session, interpolate=on)
    return prompted(session, tuple(_as_key(one, session.active, on) for one in session.prompts))


def _as_key(prompt: Prompt, number: int, on: bool) -> Prompt:
    if prompt.object_id != number:
        return prompt
    if on and isinstance(prompt, Painting):
        return Keyframe(prompt.frame, prompt.path, number)
    if not on and isinstance(prompt, Keyframe):
        return Painting(prompt.frame, prompt.path, number)
    return prompt


def undo(session: Session) -> Session:
    """The prompts and objects as they were before the last change."""
    if not session.history:
        return session
    *earlier, last = session.history
    return _marked(session, last, tuple(earlier))


def clear(session: Session) -> Session:
    """No prompts; undo brings them back."""
    return prompted(session, (), (ObjectInfo(1),), 1)


def new_object(session: Session) -> Session:
    """One more object, to which the next marks belong."""
    number = max(thing.object_id for thing in session.objects) + 1
    return prompted(session, session.prompts, (*session.objects, ObjectInfo(number)), number)


def pick_object(session: Session, number: int) -> Session:
    """The next marks belong to this object; no change to undo."""
    known = any(thing.object_id == number for thing in session.objects)
    if not known:
        return session
    keyed = any(isinstance(one, Keyframe) and one.object_id == number for one in session.prompts)
    return replace(session, active=number, interpolate=keyed)


def alter_object(
    session: Session, number: int, *, name: str | None = None, hidden: bool | None = None
) -> Session:
    """An object renamed, hidden or shown."""
    objects = tuple(
        ObjectInfo(
            number,
            thing.name if name is None else name.strip()[:40],
            thing.hidden if hidden is None else hidden,
        )
        if thing.object_id == number
        else thing
        for thing in session.objects
    )
    return prompted(session, session.prompts, objects)


def reveal(session: Session) -> Session:
    """What is marked is seen: the active object is not hidden any more."""
    hidden = any(one.hidden for one in session.objects if one.object_id == session.active)
    return alter_object(session, session.active, hidden=False) if hidden else session


def drop_object(session: Session, number: int) -> Session:
    """An object and its prompts gone; one object always stays."""
    objects = tuple(thing for thing in session.objects if thing.object_id != number)
    objects = objects or (ObjectInfo(1),)
    prompts = tuple(one for one in session.prompts if one.object_id != number)
    active = session.active if session.active != number else objects[-1].object_id
    return prompted(session, prompts, objects, active)


def offered(session: Session, offers: Offers) -> Session:
    """Something was found to choose from."""
    return replace(session, offers=offers, version=session.version + 1)


def track_by(session: Session, tracker: str) -> Session:
    """Another tracker."""
    return replace(session, tracker=tracker, failure=None, version=session.version + 1)


def _same_kind(one: Prompt, other: Prompt) -> bool:
    return one.kind == other.kind and one.object_id == other.object_id


def _marked(session: Session, marks: Marks, history: tuple[Marks, ...]) -> Session:
    prompts, objects, active = marks
    return replace(
        session,
        prompts=prompts,
        objects=objects,
        active=active,
        history=history,
        failure=None,
        version=session.version + 1,
    )


def is_on(prompt: Prompt, frame: int, number: int | None = None) -> bool:
    """Whether a prompt speaks about this one frame (and this object, if given)."""
    mine = number is None or prompt.object_id == number
    return mine and isinstance(prompt, ON_A_FRAME) and prompt.frame == frame
