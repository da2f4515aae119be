"""What is wrong in a clip: one file a kind of fault, one line in FAULTS."""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import Artifact, Progress, section
from vinpaint.media import Clip
from vinpaint.media.scenes import find_cuts, split_shots
from vinpaint.quality.artifacts.base import ArtifactFinder, Scene, Sign
from vinpaint.quality.artifacts.colour import ColourShift
from vinpaint.quality.artifacts.flicker import Flicker
from vinpaint.quality.artifacts.frozen import Frozen
from vinpaint.quality.artifacts.glitch import Glitch
from vinpaint.quality.artifacts.scan import cells_of, real_cuts, windows

ARTIFACT_FINDERS: dict[str, ArtifactFinder] = {
    "glitch": Glitch(),
    "flicker": Flicker(),
    "colour": ColourShift(),
    "frozen": Frozen(),
}

MOST = 8
"""More proposals than this help nobody."""
_LEAST_SCORE = 0.15
_BREAKS = ("glitch", "frozen")
"""What begins or ends where one of these does is its own doing."""


def find_artifacts(clip: Clip, *, progress: Progress) -> tuple[Artifact, ...]:
    """What stands out, the surest first: at most MOST; empty where nothing does.

    Raises MediaError, or what `progress` raises to stop.
    """
    cuts = find_cuts(clip, progress=section(progress, 0.0, 0.2))
    spans = split_shots(real_cuts(clip, cuts), clip.frames)
    signs: dict[str, list[Sign]] = {name: [] for name in ARTIFACT_FINDERS}
    for shot in spans:
        ends = (0.2 + 0.8 * frame / clip.frames for frame in shot)
        told = section(progress, *ends)
        for window in windows(clip, shot, progress=told):
            for name, finder in ARTIFACT_FINDERS.items():
                signs[name] += finder.look(window)
    scene = Scene(clip.width, clip.height, cells_of(clip.width, clip.height), spans)
    found = [
        one
        for name, finder in ARTIFACT_FINDERS.items()
        for one in finder.settle(signs[name], scene)
    ]
    return _few([one for one in found if one.score >= _LEAST_SCORE])


def _few(faults: Sequence[Artifact]) -> tuple[Artifact, ...]:
    """The surest; what another one holds already is left out."""
    kept: list[Artifact] = []
    for one in sorted(faults, key=lambda one: (-one.score, one.span)):
        if not any(_holds(other, one) for other in kept):
            kept.append(one)
    return tuple(kept[:MOST])


def _holds(other: Artifact, one: Artifact) -> bool:
    """Whether most of a fault lies in another, or begins and ends at its edges."""
    shared = other.box.intersection(one.box)
    if shared is None or shared.width * shared.height < 0.5 * one.box.width * one.box.height:
        return False
    at_edge = other.kind in _BREAKS and one.span.start in (other.span.start, other.span.stop)
    return at_edge or other.span.intersection(one.span).length >= 0.5 * one.span.length


__all__ = ["ARTIFACT_FINDERS", "MOST", "find_artifacts"]
