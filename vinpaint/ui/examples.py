"""The examples that come with the project, where its folder is at hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vinpaint.core import Box, Captions, Click, Prompt, Region, Span, Tuning

FOLDER = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """One example clip. `suggested`: what to do with it, in a sentence; `where`: in prompts.

    `tuning`: how to grow and soften what is found (a shadow at the feet wants more).

    `words`: what names the fault, for those who would rather say it than show it; may be empty.
    """

    path: Path
    title: str
    sentence: str
    suggested: str
    where: tuple[Prompt, ...] = ()
    frames: Span | None = None
    words: str = ""
    tuning: Tuning = field(default_factory=Tuning)

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
            words=one.get("words", ""),
            **_marked(one.get("where", ())),
        )
        for one in entries
    ]
    return {one.path.stem: one for one in examples if one.path.is_file()}


def _marked(options: Sequence[str]) -> dict[str, Any]:
    """Prompts, frames and tuning from the command line's words for them.

    Those are --click, --region, --frames and --dilate-px with a value, and --captions.
    """
    where: list[Prompt] = []
    frames, tuning = None, Tuning()
    words = iter(options)
    for name in words:
        if name == "--captions":
            where.append(Captions())
            continue
        numbers = [int(number) for number in next(words).replace(":", ",").split(",")]
        if name == "--click":
            where.append(Click(numbers[0], numbers[1], numbers[2]))
        elif name == "--region":
            where.append(Region(Box(*numbers)))
        elif name == "--frames":
            frames = Span(*numbers)
        elif name == "--dilate-px":
            tuning = replace(tuning, dilate_px=numbers[0])
    return {"where": tuple(where), "frames": frames, "tuning": tuning}


EXAMPLES = read_examples()
