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
"""Kinds that cause secondary artifacts: one that begins where these begin or end is dropped."""


def find_artifacts(clip: Clip, *, progress: Progress) -> tuple[Artifact, ...]:
    """Find artifacts in a clip and return at most MAX_ARTIFACTS of them, highest score first.

    `progress` may raise to stop. Raises MediaError if a frame cannot be decoded.
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
    """Select the artifacts with the highest scores and drop those that another one covers."""
    kept: list[Artifact] = []
    for artifact in sorted(artifacts, key=lambda artifact: (-artifact.score, artifact.span)):
        if not any(_covers(other, artifact) for other in kept):
            kept.append(artifact)
    return tuple(kept[:MAX_ARTIFACTS])


def _covers(other: Artifact, artifact: Artifact) -> bool:
    """Return whether `other` explains `artifact`.

    At least half of the artifact's box must lie in that of `other`. Then either half of its frames
    do as well, or it begins where an interruption begins or ends.
    """
    box, span = artifact.box, artifact.span
    shared = other.box.intersection(box)
    if shared is None or shared.width * shared.height < 0.5 * box.width * box.height:
        return False
    at_edge = other.kind in _INTERRUPTIONS and span.start in (other.span.start, other.span.stop)
    return at_edge or other.span.intersection(span).length >= 0.5 * span.length


__all__ = ["ARTIFACT_FINDERS", "MAX_ARTIFACTS", "find_artifacts"]
