"""The examples that come with the project, where its folder is at hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vinpaint.types import Box, Click, Prompt, Region, Span

FOLDER = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """One example clip. `suggested`: what to do with it, in a sentence; `where`: in prompts."""

    path: Path
    title: str
    sentence: str
    suggested: str
    where: tuple[Prompt, ...] = ()
    frames: Span | None = None

    @property
    def frame(self) -> int:
        """Where to look first."""
        if self.frames is not None:
            return self.frames.start
        return next((one.frame for one in self.where if isinstance(one, Click)), 0)


def read_examples(folder: Path = FOLDER) -> dict[str, Example]:
    """Examples by name (the file's stem); none where the folder is not there."""
    index = folder / "examples.json"
    if not index.is_file():
        return {}
    entries = json.loads(index.read_text(encoding="utf-8"))
    examples = [
        Example(
            folder / one["file"],
            one["title"],
            one["sentence"],
            one["suggested"],
            *_marked(one.get("where", ())),
        )
        for one in entries
    ]
    return {one.path.stem: one for one in examples if one.path.is_file()}


def _marked(options: Sequence[str]) -> tuple[tuple[Prompt, ...], Span | None]:
    """Prompts and frames from the command line's words for them: --click, --region, --frames."""
    where: list[Prompt] = []
    frames = None
    for name, value in zip(options[::2], options[1::2], strict=True):
        numbers = [int(number) for number in value.replace(":", ",").split(",")]
        if name == "--click":
            where.append(Click(numbers[0], numbers[1], numbers[2]))
        elif name == "--region":
            where.append(Region(Box(*numbers)))
        elif name == "--frames":
            frames = Span(*numbers)
    return tuple(where), frames


EXAMPLES = read_examples()
