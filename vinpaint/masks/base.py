"""What every mask source is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from vinpaint.clip import Clip
from vinpaint.types import MaskTrack, Progress, Prompt


class MaskSource(Protocol):
    """Turns prompts into a mask for every frame."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of prompt that it takes."""
        ...

    def find(self, clip: Clip, where: Sequence[Prompt], *, progress: Progress) -> MaskTrack:
        """The masks, 0 and 1 only. Raises MaskError where a prompt does not fit the clip."""
        ...
