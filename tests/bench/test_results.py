"""The results file is written from the numbers alone, and keeps what people wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import results

STAMP = {
    "date": "2026-11-21",
    "commit": "abc1234",
    "machine": "a machine, 2 cores",
    "python": "3.11.7",
    "opencv": "5.0.0",
}


def fill_row(clip: str, method: str, psnr_in: float | None) -> dict[str, Any]:
    known = None if psnr_in is None else 0.5
    return {
        "clip": clip,
        "hole": "moving",
        "method": method,
        "psnr_in": psnr_in,
        "ssim_in": known,
        "psnr": known,
        "ewarp": known,
        "seconds_per_frame": known,
        "times_flow": known,
        "outside": None if psnr_in is None else 0,
        "error": "" if psnr_in else "does not apply",
    }


FILL = {
    **STAMP,
    "size": [432, 240],
    "frames": 50,
    "rows": [
        fill_row("dog", "propagate", 24.0),
        fill_row("dog", "plate", None),
        fill_row("goat", "propagate", 21.0),
        fill_row("goat", "plate", 30.0),
    ],
}
SPEED = {
    **STAMP,
    "pairs": 3,
    "rows": [
        {
            "size": [1920, 1080],
            "frames": 24,
            "floor": 0.5,
            "command": 1.25,
            "multiple": 2.5,
            "peak_mb": 1109.4,
            "stages": {"mask": 0.1, "repair": 1.0, "measure": 0.1},
            "outside": 0,
        }
    ],
}
MEMORY = {
    **STAMP,
    "rows": [
        {"seconds": 10, "frames": 240, "size": [432, 240], "peak_mb": 500, "wall_seconds": 24},
        {"seconds": 60, "frames": 1440, "size": [432, 240], "peak_mb": 510, "wall_seconds": 144},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    held = {"fill": FILL, "speed": SPEED, "memory": MEMORY}
    (tmp_path / "results.json").write_text(json.dumps(held))
    return tmp_path


def test_tables_hold_the_means_and_every_clip(folder: Path) -> None:
    results.render(folder)
    page = (folder / "RESULTS.md").read_text()
    assert "| moving | propagate | 2 | 22.50 | 0.500 |" in page
    assert "| moving | plate | 1 | 30.00 |" in page  # of the clip that it could fill
    assert "| dog | moving | 24.00 | - |" in page
    assert "- `plate` on dog, moving hole: does not apply" in page
    assert "| 1920x1080 | 24 | 0.500 | 1.250 | **2.50** | 1109 | 0 | 0.100 |" in page
    assert "| 60 s | 1440 | 432x240 | **510** | 0.100 |" in page
    assert page.count("2026-11-21, commit abc1234, a machine, 2 cores") == 3
    assert "](results.svg)" in page


def test_the_plot_is_well_formed_and_shows_the_numbers(folder: Path) -> None:
    results.render(folder)
    text = (folder / "results.svg").read_text()
    words = [node.text for node in ElementTree.fromstring(text).iter() if node.text]
    assert {"22.5", "30.0", "2.5", "500", "510", "propagate", "1080p", "60 s"} <= set(words)
    assert "prefers-color-scheme: dark" in text
    for place in re.findall(r' (?:x|y|cx|cy|x1|y1)="([^"]+)"', text):
        assert 0 <= float(place) <= 300


def test_notes_written_by_hand_stay(folder: Path) -> None:
    results.render(folder)
    page = folder / "RESULTS.md"
    note = "\n\nWhat a person found out.\n\n"
    text = page.read_text()
    page.write_text(re.sub(f"{results.BEGIN}.*?{results.END}", _noted(note), text, flags=re.S))
    held = json.loads((folder / "results.json").read_text())
    held["speed"]["rows"][0]["multiple"] = 3.75
    (folder / "results.json").write_text(json.dumps(held))
    results.render(folder)
    assert note in page.read_text()
    assert "**3.75**" in page.read_text()


def _noted(note: str) -> str:
    return f"{results.BEGIN}{note}{results.END}"


def test_parts_measured_again_leave_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(results.PARTS, "memory", lambda: {**MEMORY, "commit": "fff0000"})
    results.measure(folder, ["memory"])
    held = json.loads((folder / "results.json").read_text())
    assert held["memory"]["commit"] == "fff0000"
    assert held["speed"] == SPEED


def test_a_part_that_was_never_measured_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text(json.dumps({"speed": SPEED}))
    results.render(tmp_path)
    page = (tmp_path / "RESULTS.md").read_text()
    assert "## Speed" in page
    assert "## Quality" not in page
