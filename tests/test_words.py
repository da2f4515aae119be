"""Names are the field's terms: retired words do not come back, and no class name means two things.

The replacements are in docs/glossary.md.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "vinpaint"
FILES = sorted(PACKAGE.rglob("*.py"))

RETIRED = {
    "apart": "difference",
    "beat": "heartbeat, keep-alive",
    "counsel": "advice",
    "films": "video models",
    "gear": "compute backend",
    "ghost": "occluded target",
    "ghosts": "occluded targets",
    "grown": "dilated",
    "hand_over": "export",
    "heard": "fill log",
    "in_the_light": "colour transfer",
    "in_words": "describe_..., format_...",
    "led": "warped, propagated",
    "lent": "zerogpu",
    "mend": "repair",
    "painter": "network",
    "rim": "border, boundary",
    "seal": "fingerprint",
    "shelf": "checkpoint store",
    "silent": "no_op",
    "stray": "outlier",
    "strays": "outliers",
    "stretch": "temporal window",
    "take_back": "import",
    "told": "progress, or what was received",
    "unasked": "no_op",
    "uncounted": "no_op",
    "unheard": "ignored prompt",
    "visit": "browser session",
    "visits": "browser sessions",
    "weave": "bidirectional propagation",
    "yardstick": "baseline",
}
"""Words that no name may contain, each with what to write instead."""

RETIRED_CLASSES = {
    "bench": "PageController",
    "fault": "Artifact",
    "front": "ForegroundLayer",
    "fronts": "ForegroundLayers",
    "look": "FrameFeatures, FramePair, ...",
    "means": "TrackerOptions",
    "sight": "FlowPair",
    "sights": "FlowPairs",
    "stage": "WorkingCrop",
    "thing": "ObjectInfo",
}
"""Words that are no name of a class or a module by themselves; elsewhere they are plain English."""

ALLOWED = {
    "stage": "the picture that the tabs of the app share, as docs/app.md calls it",
    "rim_guidance": "a flag, and a field of job files",
    "unheard": "a field of the advice as JSON",
    "yardstick": "a field of report.json and of kept runs",
}
"""Names that stay as they are."""

SAME_NAME_ALLOWED: dict[str, str] = {}
"""Class names that two modules may define, each with its reason."""

_UNKNOWN_SOURCE = re.compile(
    r"\b(first|second|other) seed\b|\bthe seed's\b|\bthe seed (says|asks|names|gives|calls|lists)\b"
)
"""A document that is not in the repository. Cite the paper, or docs/method.md."""


class Name(NamedTuple):
    """A name where it is defined. `kind`: module, class, function, parameter or value."""

    text: str
    kind: str
    line: int


def names_in(tree: ast.AST) -> Iterator[Name]:
    """Yield every name that a module defines; a name assigned to counts wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield Name(node.name, "class", node.lineno)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Name(node.name, "function", node.lineno)
        elif isinstance(node, ast.arg):
            yield Name(node.arg, "parameter", node.lineno)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Name(node.id, "value", node.lineno)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield Name(node.attr, "value", node.lineno)


def words_of(name: str) -> str:
    """Return a name as '_word_word_': camel case and snake case look the same."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")
    return f"_{snake}_".replace("_pro_painter_", "_propainter_")


def retired_words(source: str, module: str) -> list[tuple[int, str, str]]:
    """Return (line, name, word) for every name that contains a retired word."""
    found = []
    for name in (Name(module, "module", 1), *names_in(ast.parse(source))):
        text = "" if name.text in ALLOWED else words_of(name.text)
        found += [(name.line, name.text, word) for word in RETIRED if f"_{word}_" in text]
        if name.kind in ("class", "module"):
            found += [(name.line, name.text, w) for w in RETIRED_CLASSES if f"_{w}_" == text]
    return sorted(set(found))


def unknown_sources(source: str) -> list[tuple[int, str]]:
    """Return (line, text) of comments and strings that cite a document nobody can read."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    texts = (token for token in tokens if token.type in (tokenize.COMMENT, tokenize.STRING))
    return [
        (token.start[0], match[0])
        for token in texts
        for match in _UNKNOWN_SOURCE.finditer(" ".join(token.string.split()))
    ]


def shared_names(sources: dict[str, str]) -> dict[str, list[str]]:
    """Return the public class names that several modules define, with those modules."""
    modules = defaultdict(list)
    for module, source in sources.items():
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                modules[node.name].append(module)
    return {name: where for name, where in modules.items() if len(where) > 1}


def where(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


@pytest.mark.parametrize("path", FILES, ids=where)
def test_no_name_contains_a_retired_word(path: Path) -> None:
    found = retired_words(path.read_text(encoding="utf-8"), path.stem)
    advice = RETIRED | RETIRED_CLASSES
    lines = [
        f"{where(path)}:{line}: {name}: {word} -> {advice[word]}" for line, name, word in found
    ]
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize("path", FILES, ids=where)
def test_no_text_cites_a_document_that_is_not_here(path: Path) -> None:
    assert unknown_sources(path.read_text(encoding="utf-8")) == []


def test_no_class_name_means_two_things() -> None:
    sources = {where(path): path.read_text(encoding="utf-8") for path in FILES}
    found = shared_names(sources)
    assert {name: found[name] for name in found if name not in SAME_NAME_ALLOWED} == {}
    assert set(SAME_NAME_ALLOWED) <= set(found), "an exception that is not needed any more"


FORMS = (
    "my_{snake} = 1",
    "def {snake}_of(): ...",
    "def f(*, {snake}_px): ...",
    "class {camel}Of: ...",
    "for my_{snake} in x: ...",
    "class A:\n    {snake}_px: int",
    "self._{snake}_px = 1",
    "with x as last_{snake}: ...",
    "[0 for _{snake}_ in x]",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_retired_word_is_found(form: str, tmp_path: Path) -> None:
    for word in RETIRED:
        path = tmp_path / "module.py"
        camel = "".join(part.title() for part in word.split("_"))
        path.write_text(form.format(snake=word, camel=camel))
        assert [found for _, _, found in retired_words(path.read_text(), path.stem)] == [word]


@pytest.mark.parametrize("word", RETIRED_CLASSES)
def test_a_retired_class_is_found(word: str) -> None:
    assert len(retired_words(f"class _{word.title()}: ...", "module")) == 1
    assert len(retired_words("", word)) == (word not in ALLOWED)
    assert retired_words(f"{word} = 1", "module") == []


@pytest.mark.parametrize(
    "source",
    [
        "trim = 1",
        "ledger = 2",
        "frontier = 3",
        "confront = 4",
        "self.rim_guidance = 1",
        "yardstick: float",
        "x = told",
    ],
)
def test_other_words_pass(source: str) -> None:
    assert retired_words(source, "controller") == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ('"""Approach 3, by the seed\'s equations."""', 1),
        ("x = 1  # the second seed says", 1),
        ('"""Seed of all random numbers; the seed of a job."""', 0),
    ],
)
def test_an_unknown_source_is_found(source: str, count: int) -> None:
    assert len(unknown_sources(source)) == count


def test_a_name_of_two_classes_is_found() -> None:
    sources = {"a": "class Window: ...\nclass _B: ...", "b": "class Window: ...\nclass _B: ..."}
    assert shared_names(sources) == {"Window": ["a", "b"]}
