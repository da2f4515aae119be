"""Validate settings against the ranges that their fields declare.

`setting` declares the range of a field next to its default. `check_fields` validates a whole
dataclass, so the command line, the app, job files and Python share the same limits.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from vinpaint.core.errors import SettingsError

_KEY = "range"


@dataclass(frozen=True)
class Range:
    """The range of a numeric setting.

    The bounds `low` and `high` are allowed values unless `exclusive` is set. NaN and infinity are
    never allowed. `unit` is shown in error messages.
    """

    low: float = -math.inf
    high: float = math.inf
    exclusive: bool = False
    unit: str = ""

    def __contains__(self, value: float) -> bool:
        if not math.isfinite(value):
            return False
        if self.exclusive:
            return self.low < value < self.high
        return self.low <= value <= self.high

    def __str__(self) -> str:
        low, high = f"{self.low:.10g}", f"{self.high:.10g}"
        unit = f" {self.unit}" if self.unit else ""
        if math.isinf(self.low):
            return ", finite"
        if math.isinf(self.high):
            return f" above {low}{unit}" if self.exclusive else f" from {low} on{unit}"
        words = f"between {low} and {high}" if self.exclusive else f"from {low} to {high}"
        return f" {words}{unit}"


def setting(default: Any, allowed: Range) -> Any:
    """Return a dataclass field with a default and a range.

    The range applies to the value or, if that is a tuple, to each of its numbers.
    """
    return field(default=default, metadata={_KEY: allowed})


def check_fields(settings: Any) -> None:
    """Validate a settings dataclass.

    Nested dataclasses, and those in tuples, are validated too. None is allowed in any field with a
    range. Raises SettingsError for the first invalid field.
    """
    kind: Any = type(settings)
    for each in dataclasses.fields(settings):
        value = getattr(settings, each.name)
        if choices := _choices(kind).get(each.name):
            _check_choice(each.name, value, choices)
        elif _KEY in each.metadata and value is not None:
            whole = _holds_whole_numbers(kind, each.name)
            _check_numbers(each.name, value, each.metadata[_KEY], whole=whole)
        for inner in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(inner):
                check_fields(inner)


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


@functools.cache
def _choices(kind: type) -> dict[str, tuple[str, ...]]:
    """Return the allowed values of every field of a `Literal` type."""
    return {
        name: get_args(hint) for name, hint in _hints(kind).items() if get_origin(hint) is Literal
    }


@functools.cache
def _holds_whole_numbers(kind: type, name: str) -> bool:
    """Return whether the numbers of a field are integers, from its type hint."""

    def leaves(hint: Any) -> set[Any]:
        nested = get_origin(hint) in (Union, types.UnionType, tuple)
        return set().union(*map(leaves, get_args(hint))) if nested else {hint}

    return float not in leaves(_hints(kind)[name])


def _check_choice(name: str, value: Any, choices: tuple[str, ...]) -> None:
    """Raise SettingsError unless `value` is one of the choices."""
    if value not in choices:
        *first, last = choices
        names = f"{', '.join(first)} or {last}" if first else last
        raise SettingsError(f"{name} takes {names}, received '{value}'")


def _check_numbers(name: str, value: Any, allowed: Range, *, whole: bool) -> None:
    """Raise SettingsError unless all numbers are of the right type and in range."""
    kind, words = (Integral, "whole number") if whole else (Real, "number")
    numbers = value if isinstance(value, tuple | list) else (value,)
    if all(isinstance(number, kind) and float(number) in allowed for number in numbers):
        return
    several = f"{len(numbers)} {words}s" if isinstance(value, tuple | list) else f"a {words}"
    received = f"{value:g}" if isinstance(value, Real) else value
    raise SettingsError(f"{name} takes {several}{allowed}, received {received}")
