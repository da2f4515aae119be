"""The command `vinpaint inspect`: list the artifacts of a clip and how to repair them."""

from __future__ import annotations

import dataclasses
import json

from vinpaint.advice import wording
from vinpaint.cli import flags
from vinpaint.core import Artifact
from vinpaint.media import Clip
from vinpaint.runtime.progress_bar import ProgressBar


def inspect(
    source: flags.Source,
    fps: flags.Fps = None,
    as_json: flags.AsJson = False,
    progress: flags.ShowProgress = False,
) -> None:
    """Find artifacts in a clip: flicker, colour shifts, glitch frames, repeated frames."""
    from vinpaint.media import open_clip
    from vinpaint.quality.artifacts import find_artifacts

    with open_clip(source, fps=fps) as clip, ProgressBar(always=progress) as bar:
        found = find_artifacts(clip, progress=bar.update)
    if as_json:
        print(json.dumps(_plain(clip, found), indent=1))
        return
    size = {"width": clip.width, "height": clip.height}
    for line in wording.describe_artifacts(source, found, **size):
        print(line)


def _plain(clip: Clip, found: tuple[Artifact, ...]) -> dict[str, object]:
    """Return the JSON output: every artifact with its description and the flags to repair it."""
    size = {"width": clip.width, "height": clip.height}
    faults = [
        {
            **dataclasses.asdict(fault),
            "words": wording.describe_artifact(fault, **size),
            "remedy": wording.describe_artifact_fix(fault),
            "flags": wording.run_flags(fault),
        }
        for fault in found
    ]
    return {**size, "frames": clip.frames, "faults": faults}
