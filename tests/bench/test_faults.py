"""What counts as found, and the table that says so."""

from __future__ import annotations

import pytest

from bench import faults, results
from tests.bench.test_results import STAMP
from vinpaint.core import Artifact, Box, Span

BOX, SPAN = Box(40, 40, 100, 100), Span(10, 14)


@pytest.mark.parametrize(
    ("kind", "box", "span", "found"),
    [
        ("glitch", BOX, SPAN, True),
        ("glitch", Box(44, 44, 104, 104), Span(10, 13), True),
        ("flicker", BOX, SPAN, False),
        ("glitch", Box(200, 40, 260, 100), SPAN, False),
        ("glitch", Box(0, 0, 480, 270), SPAN, False),
        ("glitch", BOX, Span(10, 19), False),
    ],
)
def test_found_is_the_kind_the_frames_and_the_place(
    kind: str, box: Box, span: Span, found: bool
) -> None:
    assert faults.is_found(Artifact(kind, box, span, 0.5, 9.0), "torn", BOX, SPAN) is found


@pytest.mark.parametrize("planted", faults.PLANTED)
def test_what_is_planted_lies_inside_and_is_the_same_again(planted: str) -> None:
    for name in ("a", "b", "c", "d"):
        box, span = faults.place(name, planted, 40)
        assert (box, span) == faults.place(name, planted, 40)
        assert box.intersection(Box(0, 0, *faults.SIZE)) == box
        assert 8 <= span.start < span.stop <= 32


def test_the_table_counts_by_kind_and_strength() -> None:
    rows = [
        {"clip": "a", "planted": "torn", "strength": 1.0, "found": True, "others": 0},
        {"clip": "b", "planted": "torn", "strength": 1.0, "found": False, "others": 2},
        {"clip": "a", "planted": "torn", "strength": 0.5, "found": False, "others": 1},
        {"clip": "a", "planted": "frozen", "strength": 1.0, "found": True, "others": 0},
    ]
    clip = {"clip": "a", "size": [854, 480], "frames": 50, "proposals": 1}
    clip["seconds_per_frame"] = 0.05
    held = {**STAMP, "size": [480, 270], "frames": 48, "rows": rows, "unharmed": [clip]}
    told = results.told_faults(held)
    assert "| planted | strength 1 | strength 0.5 | other proposals |" in told
    assert "| torn | 1 of 2 | 0 of 1 | 3 |" in told
    assert "| frozen | 1 of 1 | - | 0 |" in told
    assert "| a | 854x480 | 50 | **1** | 0.050 |" in told
