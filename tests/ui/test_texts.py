from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

import vinpaint.results.pages.texts
from vinpaint.core import format_length
from vinpaint.ui import texts
from vinpaint.ui.page.formatting import format_time_left
from vinpaint.ui.session.state import STEPS

_EMOJI = re.compile("[\U0001f000-\U0001faff☀-➿]")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


@pytest.mark.parametrize("module", [texts, vinpaint.results.pages.texts])
def test_texts_are_short_and_plain(module: Any) -> None:
    named = {name: value for name, value in vars(module).items() if name.isupper()}
    assert named
    for name, value in named.items():
        for text in strings(value):
            assert len(text) <= 120, name
            assert not _EMOJI.search(text), name
            assert "!" not in text, name


def test_every_step_has_its_name_its_button_and_its_empty_stage() -> None:
    for words in (texts.STEP_NAMES, texts.PRIMARY, texts.EMPTY_STAGE):
        assert tuple(words) == STEPS


def test_every_tool_has_a_hint() -> None:
    assert {name for _, name in texts.TOOLS} == set(texts.TOOL_HELP)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, ""), (0.2, "about 1 s left"), (42, "about 42 s left"), (200, "about 3 min left")],
)
def test_time_left(seconds: float | None, words: str) -> None:
    assert format_time_left(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(3.96, "4.0 s"), (125.2, "2 min 05 s")])
def test_length(seconds: float, words: str) -> None:
    assert format_length(seconds) == words
