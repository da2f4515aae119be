"""Find artifacts in a clip: one file per kind, and one entry in ARTIFACT_FINDERS.

Start with `base.py` for the interface; `scan.py` reads the clip for all finders.
"""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import Artifact, Progress, section
from vinpaint.media import Clip
from vinpaint.media.scenes import find_cuts, split_shots
from vinpaint.quality.artifacts.base import ArtifactFinder, ClipGrid, Detection
from vinpaint.quality.artifacts.colour import ColourShiftFinder
from vinpaint.quality.artifacts.flicker import FlickerFinder
from vinpaint.quality.artifacts.frozen import FrozenFrameFinder
from vinpaint.quality.artifacts.glitch import GlitchFinder
from vinpaint.quality.artifacts.scan import cell_grid, real_cuts, scan_windows

ARTIFACT_FINDERS: dict[str, ArtifactFinder] = {
    "glitch": GlitchFinder(),
    "flicker": FlickerFinder(),
    "colour": ColourShiftFinder(),
    "frozen": FrozenFrameFinder(),
}

MAX_ARTIFACTS = 8
_MIN_SCORE = 0.15
_INTERRUPTIONS = ("glitch", "frozen")
"""An artifact that starts where one of these starts or ends is a consequence of it."""


def find_artifacts(clip: Clip, *, progress: Progress) -> tuple[Artifact, ...]:
    """Return up to MAX_ARTIFACTS artifacts of a clip, the most certain first.

    Raises MediaError, or what `progress` raises to stop.
    """
    cuts = find_cuts(clip, progress=section(progress, 0.0, 0.2))
    shots = split_shots(real_cuts(clip, cuts), clip.frames)
    detections: dict[str, list[Detection]] = {name: [] for name in ARTIFACT_FINDERS}
    for shot in shots:
        ends = (0.2 + 0.8 * frame / clip.frames for frame in shot)
        for window in scan_windows(clip, shot, progress=section(progress, *ends)):
            for name, finder in ARTIFACT_FINDERS.items():
                detections[name] += finder.detect(window)
    grid = ClipGrid(clip.width, clip.height, cell_grid(clip.width, clip.height), shots)
    artifacts = [
        artifact
        for name, finder in ARTIFACT_FINDERS.items()
        for artifact in finder.merge(detections[name], grid)
        if artifact.score >= _MIN_SCORE
    ]
    return _select(artifacts)


def _select(artifacts: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """Return the most certain artifacts, without those that another one already covers."""
    kept: list[Artifact] = []
    for artifact in sorted(artifacts, key=lambda one: (-one.score, one.span)):
        if not any(_covers(other, artifact) for other in kept):
            kept.append(artifact)
    return tuple(kept[:MAX_ARTIFACTS])


def _covers(other: Artifact, one: Artifact) -> bool:
    """Return whether most of `one` lies in `other`, or begins at the edges of `other`."""
    shared = other.box.intersection(one.box)
    if shared is None or shared.width * shared.height < 0.5 * one.box.width * one.box.height:
        return False
    at_edge = other.kind in _INTERRUPTIONS and one.span.start in (other.span.start, other.span.stop)
    return at_edge or other.span.intersection(one.span).length >= 0.5 * one.span.length


__all__ = ["ARTIFACT_FINDERS", "MAX_ARTIFACTS", "find_artifacts"]
