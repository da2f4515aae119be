"""What keeps the tests honest: media that must be there, an environment anyone can build."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROBE = """
import pytest

def test_by_fixture(odd_media):
    assert odd_media.is_dir()

@pytest.mark.clips
def test_by_marker():
    pass
"""


def probe(folder: Path, **variables: str) -> str:
    """The closing line of pytest on two tests that want media."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    (folder / "test_probe.py").write_text(PROBE)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    clips\n    odd_media\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VINPAINT_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(
        command, cwd=folder, env={**kept, **variables}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip().splitlines()[-1]


def test_without_media_such_tests_are_skipped(tmp_path: Path) -> None:
    assert "2 skipped" in probe(tmp_path)


def test_with_media_they_run(tmp_path: Path) -> None:
    here = str(tmp_path)
    assert "2 passed" in probe(tmp_path, VINPAINT_CLIPS=here, VINPAINT_ODD_MEDIA=here)


def test_where_media_are_required_their_want_is_a_failure(tmp_path: Path) -> None:
    line = probe(tmp_path, VINPAINT_REQUIRE_MEDIA="1", VINPAINT_CLIPS=str(tmp_path / "gone"))
    assert "2 errors" in line


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda p: p.name)
def test_no_list_of_packages_brings_torchvision(path: Path) -> None:
    lines = [line.partition("#")[0] for line in path.read_text().splitlines()]
    assert not any("torchvision" in line for line in lines)


def test_torch_comes_first_in_the_list_and_in_make() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    first = next(line for line in lines if line and not line.startswith("#"))
    assert re.fullmatch(r"torch>=[\d.]+,<[\d.]+", first)
    steps = subprocess.run(
        ["make", "-n", "app", f"VENV={ROOT / 'no-such-place'}"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    installs = [line for line in steps.splitlines() if "pip install" in line]
    assert installs[0].endswith(f'pip install "{first}"')
    assert installs[1].endswith("pip install -r requirements.txt")
    assert "app.py --example walker --open" in steps


def test_the_licence_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert text.count("\n") > 195
    assert "Copyright 2026 The vinpaint authors" in text
    assert "END OF TERMS AND CONDITIONS" in text
