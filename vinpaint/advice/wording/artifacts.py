"""Sentences on artifacts found in a clip: what they are, where they are, and how to repair them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from vinpaint.advice.wording.phrases import capitalise, format_count, format_place, format_span
from vinpaint.core import Artifact

NO_ARTIFACT = "Nothing stands out: no flicker, no colour shift, no glitch and no repeated frames."
NO_ARTIFACT_HINT = "If something looks wrong to you, mark it by hand."


def describe_artifact(artifact: Artifact, *, width: int, height: int) -> str:
    """Describe an artifact in one sentence. `width` and `height` of the clip are in pixels."""
    frames = capitalise(format_span(artifact.span))
    single = artifact.span.length == 1
    verb, neighbours = ("is", "its neighbours") if single else ("are", "their neighbours")
    box = artifact.box
    middle = (box.x0 + box.x1) / 2 / width, (box.y0 + box.y1) / 2 / height
    where = "" if artifact.whole else f" in {format_place(middle)}"
    match artifact.kind:
        case "glitch" if artifact.whole:
            return f"{frames} {verb} torn or from another picture, unlike {neighbours}."
        case "glitch":
            return f"{frames} {verb} damaged{where}, while the frames before and after match."
        case "flicker":
            return f"{frames} flicker{where}, typically by {artifact.amount:.0f} levels."
        case "colour":
            end = "and stays" if artifact.lasts else f"and returns on frame {artifact.span.stop}"
            start, amount = artifact.span.start, f"{artifact.amount:.0f} levels"
            return f"The colour{where} jumps by {amount} on frame {start} {end}."
    count = round(artifact.amount)
    if count < artifact.span.length:
        repeated = format_count(count, "frame", "frames")
        return (
            f"{repeated} of {artifact.span.length}, from frame {artifact.span.start} on, "
            "repeat the frame before."
        )
    verb = "repeats" if count == 1 else "repeat"
    return f"{frames} {verb} the frame before, while the clip moves."


def describe_artifact_fix(artifact: Artifact) -> str:
    """Return how to repair an artifact."""
    if artifact.kind == "frozen":
        return (
            "There is nothing to mask: export the clip again at its true frame rate, or cut the "
            "repeated frames."
        )
    if artifact.whole:
        return (
            "Mask the whole picture on these frames. They are rebuilt from the frames before and "
            "after, and are soft where there is much motion."
        )
    if artifact.kind == "glitch":
        return "Mask it on these frames. The frames before and after show what belongs there."
    return (
        "Mask it on these frames. If the object itself stays in view there, other frames help "
        "little: check the forecast before you repair."
    )


def can_be_masked(artifact: Artifact) -> bool:
    """Return whether masking the artifact helps."""
    return artifact.kind != "frozen"


def run_flags(artifact: Artifact) -> tuple[str, ...]:
    """Return the flags of `vinpaint run` that repair an artifact; () if masking does not help."""
    if not can_be_masked(artifact):
        return ()
    region = ",".join(str(edge) for edge in artifact.box)
    return "--region", region, "--frames", f"{artifact.span.start}:{artifact.span.stop}"


def describe_artifacts(
    source: str, artifacts: tuple[Artifact, ...], *, width: int, height: int
) -> Iterator[str]:
    """Yield the lines of a terminal report: each artifact, its fix, and the command to run."""
    if not artifacts:
        yield NO_ARTIFACT
        yield NO_ARTIFACT_HINT
    for number, artifact in enumerate(artifacts, 1):
        sentence = describe_artifact(artifact, width=width, height=height)
        yield f"{number}. {sentence} (score {artifact.score:.2f})"
        yield f"   {describe_artifact_fix(artifact)}"
        if flags := run_flags(artifact):
            yield f"   {shlex.join(('vinpaint', 'run', source, *flags, '-o', 'repaired.mp4'))}"
