"""What each step says about itself: why it cannot go on, or what it found and what comes next."""

from __future__ import annotations

from typing import Literal, NamedTuple

from vinpaint.strategies import STRATEGIES
from vinpaint.ui import texts
from vinpaint.ui.page.formatting import marks_in_words
from vinpaint.ui.session.session import (
    Session,
    found_frames,
    fresh_halted,
    in_use,
    lacks_here,
    lacks_reference,
    last_run,
    state,
)
from vinpaint.ui.session.state import Step

LineKind = Literal["hint", "done", "stale", "failed"]


class Line(NamedTuple):
    """A sentence and how it is meant."""

    kind: LineKind
    words: str


def reason(session: Session, step: Step) -> str:
    """Why the step's button cannot work now; empty when it can."""
    if step != "result" and session.busy is not None:
        return texts.BUSY_ELSEWHERE.format(step=texts.PRIMARY[session.busy])
    match step:
        case "clip":
            return _clip_reason(session)
        case "mask":
            return _mask_reason(session)
        case "tune":
            return _needs_mask(session, texts.TUNE_NO_MASK)
        case "fill":
            missing_requirement = texts.FILL_NO_REFERENCE if lacks_reference(session) else ""
            return _needs_mask(session, texts.FILL_NO_MASK) or missing_requirement
        case "result":
            return "" if last_run(session) else texts.RESULT_TODO


def sentence(session: Session, step: Step) -> Line:
    """The one sentence of a step."""
    if session.failure is not None and session.failure.step == step:
        kind: LineKind = "hint" if session.failure.stopped else "failed"
        return Line(kind, f"{session.failure.words} {_kept(session, step)}".strip())
    why = reason(session, step)
    if step == "mask" and session.clip and not session.prompts and not session.busy:
        return Line("hint", session.clip.suggested or texts.MASK_TODO)
    if why and not (step == "clip" and in_use(session)):
        return Line("hint", why)
    if kept := _kept(session, step):
        return Line("hint", kept)
    if step == "fill" and state(session, step) != "done" and lacks_here(session):
        title = STRATEGIES[session.fill.strategy].title
        return Line("stale", texts.FILL_NOT_HERE.format(strategy=title))
    where = state(session, step)
    if step == "fill" and where != "done" and session.halted is not None:
        return Line("stale", texts.PARTS_UNFIT)  # or it would be fresh, and told above
    match where:
        case "done":
            return _done(session, step)
        case "stale":
            return _stale(step)
        case "todo":
            return Line("hint", _todo(session, step))


def primary(session: Session, step: Step) -> str:
    """What the step's button says."""
    goes_on = step == "fill" and fresh_halted(session) is not None
    return texts.GO_ON if goes_on else texts.PRIMARY[step]


def _kept(session: Session, step: Step) -> str:
    halted = fresh_halted(session) if step == "fill" else None
    if halted is None:
        return ""
    return texts.PARTS_KEPT.format(finished=halted.finished, windows=halted.windows)


def _clip_reason(session: Session) -> str:
    if session.offered is None:
        return texts.CLIP_TODO
    return texts.CLIP_IN_USE if in_use(session) else ""


def _mask_reason(session: Session) -> str:
    if session.clip is None:
        return texts.MASK_NO_CLIP
    return "" if session.prompts else texts.MASK_TODO


def _needs_mask(session: Session, missing: str) -> str:
    match state(session, "mask"):
        case "todo":
            return missing
        case "stale":
            return texts.FILL_STALE_MASK
        case "done":
            return "" if found_frames(session) else texts.MASK_NOWHERE


def _done(session: Session, step: Step) -> Line:
    if step == "clip":
        if in_use(session):
            return Line("done", texts.CLIP_IN_USE)
        return Line("hint", f"{texts.CLIP_OFFERED} {texts.CLIP_REPLACES}")
    if step == "mask" and session.found is not None:
        frames = found_frames(session)
        if not frames:
            return Line("failed", texts.MASK_NOWHERE)
        counts = {"found": frames, "frames": session.clip.clip.frames if session.clip else 0}
        return Line("done", texts.MASK_DONE.format(**counts))
    done = {"tune": texts.TUNE_DONE, "fill": texts.FILL_DONE, "result": texts.RESULT_DONE}
    return Line("done", done[step])


def _stale(step: Step) -> Line:
    stale = {
        "mask": texts.MASK_STALE,
        "tune": texts.TUNE_STALE,
        "fill": texts.FILL_STALE,
        "result": texts.RESULT_STALE,
    }
    return Line("stale", stale[step])


def _todo(session: Session, step: Step) -> str:
    if step == "mask":
        return texts.MASK_MARKED.format(marks=marks_in_words(session.prompts))
    todo = {
        "clip": texts.CLIP_OFFERED,
        "tune": texts.TUNE_TODO,
        "fill": texts.FILL_TODO,
        "result": texts.RESULT_TODO,
    }
    return todo[step]
