"""An artifact found in a clip."""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core.boxes import Box, Span


@dataclass(frozen=True)
class Artifact:
    """Something that looks wrong in a clip.

    Args:
        kind: A name in `quality.artifacts.ARTIFACT_FINDERS`.
        box: The affected pixels.
        span: The affected frames.
        score: Strength, 0 to 1: one minus the ratio of the threshold to the measured value.
        amount: The measured value, in levels of 255; for frozen frames, the number of frames.
        whole: Whether it covers the whole picture.
        lasts: Whether it continues to the end of its shot.
    """

    kind: str
    box: Box
    span: Span
    score: float
    amount: float
    whole: bool = False
    lasts: bool = False
