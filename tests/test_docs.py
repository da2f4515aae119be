"""The documents agree with the code: tables, links, command lines, flags, variables, paths."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

import vinpaint as vp
from tests.making import short_walker
from vinpaint.cli import app

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "vinpaint"
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "bench", "examples", ".github")
    for path in (ROOT / folder).glob("*.md")
)
USER_DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OTHER_FLAGS = {"--no-deps", "--help"}
"""Flags in the documents that belong to other programs, or to every command."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(*parts: str) -> str:
    return ROOT.joinpath(*parts).read_text(encoding="utf-8")


def load_tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_tables", ROOT / "docs" / "make_tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLES = load_tables()

# --- tables


def test_the_tables_are_up_to_date() -> None:
    stale = [name_of(path) for path in TABLES.stale()]
    assert stale == [], "run 'python docs/make_tables.py'"


def test_every_table_stands_in_a_document() -> None:
    texts = [path.read_text(encoding="utf-8") for path in TABLES.documents()]
    used = [name for text in texts for _, name, _, _ in TABLES._MARKED.findall(text)]
    assert len(used) == len(set(used))
    assert set(TABLES.TABLES) - {"slowest"} <= set(used) <= set(TABLES.TABLES)


def test_a_stale_table_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("a\n<!-- table: metrics -->\n| old |\n<!-- end -->\nb\n")
    monkeypatch.setattr(TABLES, "documents", lambda: [path])
    assert TABLES.stale() == [path]
    path.write_text(TABLES.rewritten(path.read_text()))
    assert TABLES.stale() == []
    assert "| `flicker` |" in path.read_text()
    assert path.read_text().startswith("a\n<!-- table: metrics -->\n| name |")
    assert path.read_text().endswith("|\n<!-- end -->\nb\n")


@pytest.mark.parametrize(
    "durations",
    [
        "<testsuites><testsuite>"
        '<testcase classname="tests.ui.test_page" name="test_a[x.y]" time="2.25"/>'
        '<testcase classname="tests.test_b.TestC" name="test_d" time="30.0"/>'
        "</testsuite></testsuites>",
        "=== slowest durations ===\n30.00s call     tests/test_b.py::TestC::test_d\n"
        "2.00s call     tests/ui/test_page.py::test_a[x.y]\n"
        "0.25s setup    tests/ui/test_page.py::test_a[x.y]\n",
    ],
    ids=["junit", "log"],
)
def test_durations_are_read(durations: str) -> None:
    assert TABLES.read_durations(durations) == [
        {"test": "tests/test_b.py::TestC::test_d", "seconds": 30.0},
        {"test": "tests/ui/test_page.py::test_a[x.y]", "seconds": 2.2},
    ]
    assert len(TABLES.read_durations(durations, count=1)) == 1


# --- links


def prose_of(text: str) -> str:
    """Return a document without its fenced blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> list[str]:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        if not linked.exists() or (anchor and anchor not in anchors(linked)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_relative_links_resolve(path: Path) -> None:
    assert broken_links(path) == []


def test_broken_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A *first* part\n[a](page.md) [b](gone.md) [c](#a-first-part) [d](page.md#none) "
        "`[e](code.md)` [f](https://example.org/x)\n```\n[g](fence.md)\n```\n"
    )
    assert broken_links(page) == ["gone.md", "page.md#none"]


def test_the_readme_is_short() -> None:
    assert (ROOT / "README.md").stat().st_size <= 8192


def test_the_animation_is_small() -> None:
    assert (ROOT / "docs" / "before-after.webp").stat().st_size < 2_000_000


# --- the command line


def fenced(text: str, language: str = "") -> list[str]:
    """Return the contents of the fenced blocks of a language; '' for blocks without one."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.M | re.S)


def command_lines(text: str) -> Iterator[tuple[str, bool]]:
    """Yield (arguments, complete) of every vinpaint command; code spans may be incomplete."""
    start = r"(?:python -m )?vinpaint +"
    for block in fenced(text):
        for match in re.finditer(rf"^{start}(.+)$", block, flags=re.M):
            line = re.split(r" {2,}", match[1])[0]  # a description follows in a synopsis
            yield line.replace("...", "").strip(), "..." not in line
    for match in re.finditer(rf"`{start}([^`]+)`", prose_with_spans(text)):
        yield " ".join(match[1].split()), False


def prose_with_spans(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)


def check_command(arguments: str, *, complete: bool) -> None:
    """Parse a command line with the app's own parser; nothing runs."""
    command: Any = typer.main.get_command(app)
    words = shlex.split(arguments, comments=True)
    while hasattr(command, "commands"):
        name = words.pop(0)
        assert name in command.commands, f"vinpaint {arguments}: no command '{name}'"
        command = command.commands[name]
    try:
        command.make_context("vinpaint", words)
    except Exception as error:
        if complete or type(error).__name__ != "MissingParameter":
            raise AssertionError(f"vinpaint {arguments}: {error}") from error


COMMANDS = [
    (f"{name_of(path)}: {line}", line, complete)
    for path in [*USER_DOCUMENTS, ROOT / "examples" / "README.md"]
    for whole, complete in command_lines(path.read_text(encoding="utf-8"))
    for line in (
        [whole.replace("list|fetch|where", word) for word in ("list", "fetch", "where")]
        if "|" in whole
        else [whole]
    )
]


@pytest.mark.parametrize(("line", "complete"), [entry[1:] for entry in COMMANDS],
                         ids=[entry[0] for entry in COMMANDS])  # fmt: skip
def test_command_lines_parse(line: str, complete: bool) -> None:
    check_command(line, complete=complete and "fetch" not in line)


@pytest.mark.parametrize(
    "line", ["run a.mp4 --gone 3 -o b.mp4", "grow a.mp4", "run a.mp4", "models drop x"]
)
def test_a_wrong_command_line_is_found(line: str) -> None:
    with pytest.raises(AssertionError, match="vinpaint"):
        check_command(line, complete=True)


def all_flags() -> set[str]:
    commands = TABLES._commands(typer.main.get_command(app))
    return {
        flag
        for _, command in commands
        for parameter in command.params
        if parameter.param_type_name == "option" and not parameter.hidden
        for flag in (*parameter.opts, *parameter.secondary_opts)
    }


def test_every_flag_is_documented() -> None:
    text = text_of("docs", "command-line.md")
    assert {flag for flag in all_flags() if f"`{flag}" not in text} == set()


@pytest.mark.parametrize("path", USER_DOCUMENTS, ids=name_of)
def test_every_documented_flag_exists(path: Path) -> None:
    spans = re.findall(r"`([^`]+)`", prose_with_spans(path.read_text(encoding="utf-8")))
    named = {flag for span in spans for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", span)}
    assert named - all_flags() - OTHER_FLAGS == set()


# --- Python


@pytest.mark.slow
def test_the_readme_s_python_runs_as_printed(tmp_path: Path) -> None:
    (block,) = fenced(text_of("README.md"), "python")
    (tmp_path / "examples").mkdir()
    short_walker(tmp_path / "examples" / "walker.mp4", frames=60)
    (tmp_path / "block.py").write_text(block)
    subprocess.run(
        [sys.executable, "block.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        timeout=500,
    )
    with vp.open(tmp_path / "fixed.mkv") as fixed:
        assert len(fixed) == 60


@pytest.mark.parametrize("path", USER_DOCUMENTS, ids=name_of)
def test_python_blocks_use_names_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for block in fenced(text, "python"):
        ast.parse(block)
    assert set(re.findall(r"\bvp\.(\w+)", text)) <= set(vp.__all__)


# --- variables, words and paths

VARIABLE = re.compile(r"VINPAINT_[A-Z0-9_]+")


def variables_in(*paths: Path) -> set[str]:
    return {name for path in paths for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}


DOCUMENTED = variables_in(
    ROOT / "docs" / "hosting.md", ROOT / "CONTRIBUTING.md", ROOT / "docs" / "external-engines.md"
)


def test_every_environment_variable_is_documented() -> None:
    used = variables_in(ROOT / "app.py", *PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml"))
    assert used - DOCUMENTED == set()


def test_every_documented_variable_is_used() -> None:
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml"), *(ROOT / "tests").rglob("*.py")]
    assert DOCUMENTED - variables_in(*files) == set()


def test_the_glossary_defines_each_term_once() -> None:
    rows = re.findall(r"^\| (\*\*.+?) \| (.+) \|$", text_of("docs", "glossary.md"), flags=re.M)
    terms = [term for cell, _ in rows for term in re.findall(r"\*\*(.+?)\*\*", cell)]
    assert len(terms) == len(set(terms)) >= 20


def test_the_architecture_names_every_package_and_module() -> None:
    text = text_of("docs", "architecture.md")
    entries = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in PACKAGE.iterdir()
        if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("__")
    }
    assert {entry for entry in entries if not re.search(rf"^  {entry} ", text, re.M)} == set()


def missing_paths(text: str, *folders: Path) -> list[str]:
    """Return the paths in code spans that exist in none of the folders.

    A bare name may lie anywhere below them.
    """
    spans = re.findall(r"`([\w./-]+)`", prose_with_spans(text))
    paths = [span for span in spans if re.fullmatch(r"[\w/-]+(\.(py|toml|md)|/)", span)]
    return [
        path
        for path in paths
        if not any((folder / path).exists() for folder in folders)
        and ("/" in path.rstrip("/") or not any(next(f.rglob(path), None) for f in folders))
    ]


@pytest.mark.parametrize("name", ["docs/architecture.md", "CONTRIBUTING.md", "docs/measures.md"])
def test_paths_in_the_documents_exist(name: str) -> None:
    text = text_of(name).replace("`artefacts/`", "")  # the tests create it
    assert missing_paths(text, PACKAGE, ROOT) == []


def test_registries_stand_where_the_documents_say() -> None:
    text = (
        text_of("docs", "architecture.md")
        + text_of("CONTRIBUTING.md")
        + text_of("docs", "measures.md")
    )
    pairs = re.findall(r"`([A-Z_]+)` in\s+`(?:vinpaint/)?([\w/]+\.py)`", text)
    assert len(pairs) > 5
    for symbol, path in pairs:
        if "/" in path:
            source = (PACKAGE / path).read_text(encoding="utf-8")
            assert re.search(rf"^{symbol}\b.*=", source, re.M), f"{symbol} in {path}"


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda path: name_of(path.parent)
)
def test_a_package_s_docstring_names_files_that_exist(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert text, "say what lies in the package and where to start reading"
    assert missing_paths(text, path.parent) == []


def test_missing_paths_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").touch()
    assert missing_paths("`a.py` `b.py` `c/` `d/a.py` `f(x)`", tmp_path) == ["b.py", "c/", "d/a.py"]
