"""The example clips of the project, if its examples folder exists."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vinpaint.core import Box, Captions, Click, Prompt, Region, SettingsError, Span, Tuning

FOLDER = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """An example clip with a suggested repair.

    Args:
        path: The video file.
        title: Display name.
        sentence: Description of the clip.
        suggested: Description of the suggested repair.
        where: Prompts that mark the object to remove.
        frames: Frames to repair; None for all.
        words: A text prompt that finds the object; may be empty.
        tuning: Post-processing of the mask, such as more dilation to cover a shadow.
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
        """Number of the frame to show first."""
        if self.frames is not None:
            return self.frames.start
        return next((one.frame for one in self.where if isinstance(one, Click)), 0)


def read_examples(folder: Path = FOLDER) -> dict[str, Example]:
    """Return the examples by the stem of their file; an empty dict if the folder is missing."""
    index = folder / "examples.json"
    if not index.is_file():
        return {}
    examples = [
        Example(
            folder / entry["file"],
            entry["title"],
            entry["sentence"],
            entry["suggested"],
            words=entry.get("words", ""),
            **_parse_options(entry.get("where", ())),
        )
        for entry in json.loads(index.read_text(encoding="utf-8"))
    ]
    return {one.path.stem: one for one in examples if one.path.is_file()}


def _parse_options(options: Sequence[str]) -> dict[str, Any]:
    """Parse the command line options of an example into prompts, frames and tuning.

    Supported are --click, --region, --frames and --dilate-px with a value, and --captions.
    """
    where: list[Prompt] = []
    frames, tuning = None, Tuning()
    remaining = iter(options)
    for name in remaining:
        if name == "--captions":
            where.append(Captions())
            continue
        numbers = [int(number) for number in next(remaining).replace(":", ",").split(",")]
        match name:
            case "--click":
                where.append(Click(numbers[0], numbers[1], numbers[2]))
            case "--region":
                where.append(Region(Box(*numbers)))
            case "--frames":
                frames = Span(*numbers)
            case "--dilate-px":
                tuning = replace(tuning, dilate_px=numbers[0])
    return {"where": tuple(where), "frames": frames, "tuning": tuning}


EXAMPLES = read_examples()


def find_example(name: str) -> Example:
    """Return an example. Raises SettingsError, with the names of all examples, for another name."""
    if name not in EXAMPLES:
        known = ", ".join(EXAMPLES) or "none is here"
        raise SettingsError(f"There is no example named {name}; choose one of: {known}.")
    return EXAMPLES[name]
