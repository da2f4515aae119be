"""An artifact found in a clip: something that looks wrong, and where."""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core.boxes import Box, Span


@dataclass(frozen=True)
class Artifact:
    """Something that looks wrong in a clip: where, on which frames, and how surely.

    `kind`: a name in faults.FAULTS. `score`: 0 to 1, one minus the limit over what was measured.
    `amount`: what was measured, in levels (of 255) or, of frozen frames, in frames. `whole`: the
    whole picture, so that there is no area to mark. `lasts`: it goes on to the end of its shot.
    """

    kind: str
    box: Box
    span: Span
    score: float
    amount: float
    whole: bool = False
    lasts: bool = False
