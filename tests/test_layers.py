"""The layers of docs/architecture.md hold: a module imports lower layers and its own package."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vinpaint"
ALWAYS = {"__init__", "__main__"}
"""The face of the package: it may point at anything, and nothing but the version comes from it."""


def heights() -> dict[str, int]:
    """What docs/architecture.md says: `name.py [height]`, `name/ [height]`."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^  (\w+)(?:\.py|/) +\[(\d+)\]", text, flags=re.MULTILINE)
    return {name: int(height) for name, height in rows}


HEIGHTS = heights()
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    """The part of the house that a file belongs to: `media/clip.py` -> `media`."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST, path: Path) -> Iterator[str]:
    """Dotted names of all that a file imports from vinpaint, wherever in it that happens."""
    package = ("vinpaint", *path.relative_to(PACKAGE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join((*above, *([node.module] if node.module else [])))
            yield from (f"{start}.{alias.name}" for alias in node.names)


def rooms_used(source: str, path: Path) -> set[str]:
    """The rooms that a file enters, its own left out."""
    names = [name.split(".") for name in imported(ast.parse(source), path)]
    used = {name[1] for name in names if name[0] == "vinpaint" and len(name) > 1}
    known = {entry.name.removesuffix(".py") for entry in PACKAGE.iterdir()}
    return {name for name in used if name in known} - {room(path)}


def breaches(source: str, path: Path) -> list[str]:
    """Sentences on what a file imports that stands as high as it or higher."""
    own = room(path)
    return [
        f"{path.relative_to(PACKAGE)} [{HEIGHTS[own]}] imports {other} [{HEIGHTS[other]}]"
        for other in sorted(rooms_used(source, path))
        if HEIGHTS[other] >= HEIGHTS[own]
    ]


def test_every_room_has_a_height_and_every_height_a_room() -> None:
    assert {room(path) for path in FILES} - ALWAYS == set(HEIGHTS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    if room(path) not in ALWAYS:
        assert breaches(path.read_text(encoding="utf-8"), path) == []


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("from vinpaint.backend import run", "media/clip.py"),
        ("from vinpaint import backend", "masks/refine/tuning.py"),
        ("import vinpaint.ui.page.layout", "results/store.py"),
        ("def f():\n    from vinpaint.strategies import choose", "masks/refine/tuning.py"),
        ("from ...strategies import choose", "masks/refine/tuning.py"),
        ("from ...cli.main import app", "ui/page/layout.py"),
        ("from .. import quality", "strategies/base.py"),
        ("from .. import media", "core/frames.py"),
    ],
)
def test_an_import_that_goes_up_is_found(source: str, file: str) -> None:
    assert len(breaches(source, PACKAGE / file)) == 1


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("from vinpaint.core.masks import Mask", "masks/refine/tuning.py"),
        ("from vinpaint.masks.tracker.sequence import x", "masks/refine/tuning.py"),
        ("from . import matte", "masks/refine/tuning.py"),
        ("import vinpaint", "backend.py"),
        ("import numpy", "core/errors.py"),
    ],
)
def test_an_import_that_stays_or_goes_down_is_let_through(source: str, file: str) -> None:
    assert breaches(source, PACKAGE / file) == []


def test_no_circles_between_modules() -> None:
    """No module imports itself by way of others at its top level."""
    known = {_dotted(path): path for path in FILES}
    uses = {name: _top_level(path) & set(known) for name, path in known.items()}
    done: set[str] = set()
    while True:
        free = {name for name in uses if name not in done and uses[name] <= done}
        if not free:
            break
        done |= free
    assert set(uses) - done == set()


def _dotted(path: Path) -> str:
    parts = ("vinpaint", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _top_level(path: Path) -> set[str]:
    """Modules that run before this one can: a package counts only where it is what is meant."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    outer = ast.Module([node for node in tree.body if not _typing_only(node)], [])
    for node in outer.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = []
    known = {_dotted(file) for file in FILES}
    used = set()
    for name in imported(outer, path):
        used.add(name if name in known else name.rpartition(".")[0])
    return used - {_dotted(path)}


def _typing_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
