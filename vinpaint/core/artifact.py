"""An artifact found in a clip."""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core.boxes import Box, Span


@dataclass(frozen=True)
class Artifact:
    """Something that looks wrong in a clip.

    Args:
        kind: a name in `quality.artifacts.ARTIFACT_FINDERS`.
        box, span: its area in pixels and its frames.
        score: 0 to 1, one minus the threshold over the measured value.
        amount: the measured value in levels or, for frozen frames, in frames.
        whole: it covers the whole picture.
        lasts: it lasts until the end of its shot.
    """

    kind: str
    box: Box
    span: Span
    score: float
    amount: float
    whole: bool = False
    lasts: bool = False
