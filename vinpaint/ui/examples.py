"""The examples that come with the project, where its folder is at hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True)
class Example:
    """One example clip. `suggested`: what to do with it, in a sentence."""

    path: Path
    title: str
    sentence: str
    suggested: str


def read_examples(folder: Path = FOLDER) -> dict[str, Example]:
    """Examples by name (the file's stem); none where the folder is not there."""
    index = folder / "examples.json"
    if not index.is_file():
        return {}
    entries = json.loads(index.read_text(encoding="utf-8"))
    examples = [
        Example(folder / one["file"], one["title"], one["sentence"], one["suggested"])
        for one in entries
    ]
    return {one.path.stem: one for one in examples if one.path.is_file()}


EXAMPLES = read_examples()
