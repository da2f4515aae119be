"""Warnings about a mask before it is filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from vinpaint.core.boxes import Box, Span, bounding_box
from vinpaint.core.frames import Bools

MaskWarningKind = Literal[
    "cut", "lost", "left", "jump", "part", "outside", "lag", "drift", "flicker", "edge"
]


@dataclass(frozen=True, eq=False, repr=False)
class MaskPiece:
    """Pixels of one frame that are proposed for a mask. mask: (H, W) bool, of the clip's size."""

    frame: int
    mask: Bools

    @property
    def box(self) -> Box | None:
        """The smallest box around the pixels, or None if there are none."""
        return bounding_box(self.mask)

    def __repr__(self) -> str:
        return f"MaskPiece(frame {self.frame}, {self.box})"


@dataclass(frozen=True)
class MaskWarning:
    """A possible error of a mask.

    Args:
        kind: 'cut', the mask continues across a scene cut; 'lost', it is empty although the object
            did not leave the frame; 'left', it is empty since the object left the frame; 'jump',
            its area changes suddenly; 'part', a part of the object is missing on some frames;
            'outside', something beside it has the object's colours and motion; 'lag', it is some
            frames late or early; 'drift', its outline leaves the edges in the picture; 'flicker',
            it differs from both neighbouring frames; 'edge', it touches the edge of the frame.
        span: The frames.
        words: A sentence for the user.
        severity: 0 to 1, 1 the worst.
        box: Where to look on the first frame of `missing` or of the span, in pixels.
        missing: Pixels that probably belong to the object, to be added on one frame.
    """

    kind: MaskWarningKind
    span: Span
    words: str
    severity: float
    box: Box | None = None
    missing: MaskPiece | None = None

    def plain(self) -> dict[str, Any]:
        """Return the warning as plain values for JSON. The proposed pixels become frame and box."""
        piece = self.missing
        return {
            "kind": self.kind,
            "span": list(self.span),
            "words": self.words,
            "severity": round(self.severity, 3),
            "box": list(self.box) if self.box else None,
            "missing": {"frame": piece.frame, "box": list(piece.box or ())} if piece else None,
        }
