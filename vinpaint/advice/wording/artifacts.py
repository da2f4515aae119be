"""A fault that was found in a clip: what it is, where, and what mends it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from vinpaint.advice.wording.phrases import capitalise, format_count, format_place, format_span
from vinpaint.core import Artifact, Box

NO_ARTIFACT = (
    "Nothing stands out: no flicker, no colour shift, no glitch and no repeated frame was found."
)
NO_ARTIFACT_HINT = "What looks wrong to you can still be marked by hand."


def describe_artifact(fault: Artifact, *, width: int, height: int) -> str:
    """What was found, in one sentence; `width`, `height`: the clip's, in pixels."""
    frames = capitalise(format_span(fault.span))
    verb = "is" if fault.span.length == 1 else "are"
    where = "" if fault.whole else f" in {format_place(_middle(fault.box, width, height))}"
    match fault.kind:
        case "glitch" if fault.whole:
            return f"{frames} {verb} torn or another picture, unlike the frames on both sides."
        case "glitch":
            return f"{frames} {verb} broken{where}, while the frames on both sides agree."
        case "flicker":
            return f"{frames} flicker{where}, by {fault.amount:.0f} levels as a rule."
        case "colour":
            then = "and stays so" if fault.lasts else f"and back on frame {fault.span.stop}"
            start = fault.span.start
            return f"The colour{where} jumps on frame {start} by {fault.amount:.0f} levels {then}."
        case _:
            return _repeats_in_words(fault)


def _repeats_in_words(fault: Artifact) -> str:
    count = round(fault.amount)
    if count < fault.span.length:
        times = f"{format_count(count, 'frame', 'frames')} of {fault.span.length}"
        return f"{capitalise(times)}, from frame {fault.span.start} on, repeat the one before."
    verb = "repeats" if count == 1 else "repeat"
    frames = capitalise(format_span(fault.span))
    return f"{frames} {verb} the frame before, while the clip moves."


def describe_artifact_fix(fault: Artifact) -> str:
    """What to do about it."""
    if fault.kind == "frozen":
        return (
            "There is no damage to mask: export the clip again at its true rate, or cut the "
            "repeated frames out."
        )
    if fault.whole:
        return (
            "Mask the whole picture on these frames: they are made anew from the frames on both "
            "sides, soft where much moves."
        )
    if fault.kind == "glitch":
        return "Mask it on these frames: the frames on both sides show what belongs there."
    return (
        "Mask it on these frames. If the thing itself stays in view there, other frames lend "
        "little: look ahead before you repair."
    )


def can_be_masked(fault: Artifact) -> bool:
    """Whether a mask helps."""
    return fault.kind != "frozen"


def run_flags(fault: Artifact) -> tuple[str, ...]:
    """What `vinpaint run` takes to mend it; empty where no mask helps."""
    if not can_be_masked(fault):
        return ()
    region = ",".join(str(edge) for edge in fault.box)
    return "--region", region, "--frames", f"{fault.span.start}:{fault.span.stop}"


def describe_artifacts(
    source: str, faults: tuple[Artifact, ...], *, width: int, height: int
) -> Iterator[str]:
    """A paragraph for the terminal, line by line: each fault, what helps, the ready command."""
    if not faults:
        yield NO_ARTIFACT
        yield NO_ARTIFACT_HINT
    for number, fault in enumerate(faults, 1):
        words = describe_artifact(fault, width=width, height=height)
        yield f"{number}. {words} (score {fault.score:.2f})"
        yield f"   {describe_artifact_fix(fault)}"
        if flags := run_flags(fault):
            command = ("vinpaint", "run", source, *flags, "-o", "mended.mp4")
            yield f"   {shlex.join(command)}"


def _middle(box: Box, width: int, height: int) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2 / width, (box.y0 + box.y1) / 2 / height
