"""Test the base class of strategies, and properties that all of them share."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from vinpaint import strategies
from vinpaint.core import Context, FillSettings, Reference
from vinpaint.strategies import STRATEGIES
from vinpaint.strategies.propagation.propagate import Propagate

MODULES = sorted(Path(strategies.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_strategy_builds_a_context_of_its_own(module: Path) -> None:
    """Whatever delegates passes on the context it was given, with `invented` and `note`."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            assert name != "Context", f"{module}:{node.lineno}"
            hooks = {word.arg for word in node.keywords} & {"note", "invented"}
            assert name != "replace" or not hooks, f"{module}:{node.lineno}"


def test_a_context_without_its_reference_keeps_all_else() -> None:
    notes: list[str] = []
    counts: dict[int, int] = {}
    reference = object.__new__(Reference)
    context = Context(None, 3, reference, notes.append, counts.__setitem__)
    rest = context.without_reference()
    assert rest == Context(None, 3, None, context.note, context.invented)
    rest.invented(0, 5)
    rest.note("said")
    assert (notes, counts) == (["said"], {0: 5})


def test_the_defaults_are_those_of_a_strategy_that_needs_nothing() -> None:
    settings = FillSettings()
    strategy = Propagate()
    assert strategy.weights(settings) == ()
    assert strategy.missing_requirement(settings) == ""
    assert strategy.estimate_seconds(10, (64, 48), settings) == 0.0
    assert (strategy.models, strategy.options, strategy.window_scale) == ((), (), 1)


def test_the_repr_is_the_same_in_every_process() -> None:
    """It is part of the fingerprint of unfinished windows."""
    for strategy in STRATEGIES.values():
        assert " at 0x" not in repr(strategy)
