"""The status line of each step: why it cannot run, or its outcome and what to do next."""

from __future__ import annotations

from typing import NamedTuple

from vinpaint.strategies import STRATEGIES
from vinpaint.ui import texts
from vinpaint.ui.page.formatting import describe_marks
from vinpaint.ui.page.markup import LineKind
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import Step


class StatusLine(NamedTuple):
    """A status text and its kind."""

    kind: LineKind
    text: str


def blocked_reason(session: Session, step: Step) -> str:
    """Return why the primary button of a step is disabled; empty if it is enabled."""
    if step != "result" and (busy := busy_reason(session)):
        return busy
    match step:
        case "clip":
            if session.opened is None:
                return texts.CLIP_TODO
            return texts.CLIP_IN_USE if session.in_use() else ""
        case "mask":
            if session.clip is None:
                return texts.MASK_NO_CLIP
            return "" if session.prompts else texts.MASK_TODO
        case "tune":
            return _mask_missing(session, texts.TUNE_NO_MASK)
        case "fill":
            missing = texts.FILL_NO_REFERENCE if session.reference_missing() else ""
            return _mask_missing(session, texts.FILL_NO_MASK) or missing
        case "result":
            return "" if session.last_run() else texts.RESULT_TODO


def busy_reason(session: Session) -> str:
    """Return which step is running; empty if none is."""
    if session.busy is None:
        return ""
    return texts.BUSY_ELSEWHERE.format(step=texts.PRIMARY[session.busy])


def no_clip_reason(session: Session) -> str:
    """Return why a detector cannot run now (busy, or no clip); empty if it can."""
    return busy_reason(session) or ("" if session.clip else texts.MASK_NO_CLIP)


def status_line(session: Session, step: Step) -> StatusLine:
    """Return the status line of a step."""
    kept = _finished_windows(session, step)
    if session.failure is not None and session.failure.step == step:
        kind: LineKind = "hint" if session.failure.stopped else "failed"
        return StatusLine(kind, f"{session.failure.message} {kept}".strip())
    blocked = blocked_reason(session, step)
    if step == "mask" and session.clip and not session.prompts and not session.busy:
        return StatusLine("hint", session.clip.suggested or texts.MASK_TODO)
    if blocked and not (step == "clip" and session.in_use()):
        return StatusLine("hint", blocked)
    if kept:
        return StatusLine("hint", kept)
    state = session.step_state(step)
    if step == "fill" and state != "done":
        if session.strategy_unavailable():
            title = STRATEGIES[session.fill.strategy].title
            return StatusLine("stale", texts.FILL_NOT_HERE.format(strategy=title))
        if session.interrupted is not None:  # not resumable, since `kept` is empty
            return StatusLine("stale", texts.PARTS_UNFIT)
    match state:
        case "done":
            return _done(session, step)
        case "stale":
            return StatusLine("stale", texts.STALE_LINES[step])
        case "todo":
            marks = describe_marks(session.prompts)
            return StatusLine("hint", texts.TODO_LINES[step].format(marks=marks))


def primary_label(session: Session, step: Step) -> str:
    """Return the label of the primary button of a step."""
    resumes = step == "fill" and session.resumable_repair() is not None
    return texts.RESUME if resumes else texts.PRIMARY[step]


def _finished_windows(session: Session, step: Step) -> str:
    """Return a text on the stored windows of a stopped repair; empty if there is none."""
    stopped = session.resumable_repair() if step == "fill" else None
    if stopped is None:
        return ""
    return texts.PARTS_KEPT.format(finished=stopped.finished, windows=stopped.windows)


def _mask_missing(session: Session, missing: str) -> str:
    """Return why the mask cannot be used, or an empty string if it can."""
    match session.step_state("mask"):
        case "todo":
            return missing
        case "stale":
            return texts.FILL_STALE_MASK
        case "done":
            return "" if session.masked_frames() else texts.MASK_NOWHERE


def _done(session: Session, step: Step) -> StatusLine:
    if step == "clip" and not session.in_use():
        return StatusLine("hint", f"{texts.CLIP_OFFERED} {texts.CLIP_REPLACES}")
    if step != "mask":
        return StatusLine("done", texts.DONE_LINES[step])
    masked = session.masked_frames()
    if not masked:
        return StatusLine("failed", texts.MASK_NOWHERE)
    frames = session.clip.clip.frames if session.clip else 0
    return StatusLine("done", texts.MASK_DONE.format(found=masked, frames=frames))
