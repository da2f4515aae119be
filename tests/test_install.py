"""What pip installs: the main job runs in an environment that has the core alone."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
ABSENT = ("torch", "gradio", "starlette", "transformers", "huggingface_hub", "onnxruntime")

MAIN_JOB = """
import importlib.util, sys
absent = [name for name in {absent} if importlib.util.find_spec(name) is None]
assert absent == list({absent}), absent
import vinpaint as vp
with vp.open(sys.argv[1]) as clip:
    mask = vp.track(clip, vp.Click(50, 314, 200))
    result = vp.repair(clip, mask, frames=(46, 54), dilate_px=14)
    assert result.result.outside.largest_difference == 0
    print(result.save(sys.argv[2]))
"""


def call(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.slow
def test_the_core_alone_runs_the_main_job(tmp_path: Path) -> None:
    call(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path / "wheel", ROOT,
        cwd=tmp_path,
    )  # fmt: skip
    (wheel,) = (tmp_path / "wheel").glob("vinpaint-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "vinpaint/py.typed" in names
    assert any(name.endswith("engines/propainter.toml") for name in names)
    assert any(name.startswith("vinpaint/ui/static/") for name in names)
    assert not any(name.startswith(("tests/", "examples/", "bench/")) for name in names)
    call(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    call(python, "-m", "pip", "install", "-q", wheel, cwd=tmp_path)
    walker = ROOT / "examples" / "walker.mp4"
    code = MAIN_JOB.format(absent=ABSENT)
    assert "fixed.mkv" in call(python, "-c", code, walker, tmp_path / "fixed.mkv", cwd=tmp_path)
    command = tmp_path / "venv" / "bin" / "vinpaint"
    call(
        command, "run", ROOT / "examples" / "logo.mp4", "--region", "494,22,608,70",
        "--frames", "0:6", "-o", tmp_path / "logo.mp4", "--report", tmp_path / "report.json",
        cwd=tmp_path,
    )  # fmt: skip
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["outside"]["largest_difference_before_encoding"] == 0
    assert "pip install" in call(command, "doctor", cwd=tmp_path)


def project() -> dict[str, list[str]]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"core": table["dependencies"], **table["optional-dependencies"]}


def requirements(name: str) -> dict[str, Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text().splitlines())
    found = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    return {one.name.lower().replace("_", "-"): one for one in found}


def test_requirements_and_extras_agree() -> None:
    """requirements.txt is the core with [app], [models] and [captions], in the same versions."""
    hosted = requirements("requirements.txt")
    parts = project()
    wanted = [
        Requirement(line) for part in ("core", "app", "models", "captions") for line in parts[part]
    ]
    assert {one.name.lower().replace("_", "-") for one in wanted} == set(hosted)
    for one in wanted:
        pinned = hosted[one.name.lower().replace("_", "-")]
        exact = [spec.version for spec in pinned.specifier if spec.operator == "=="]
        assert one.specifier == pinned.specifier or all(v in one.specifier for v in exact), one
        assert str(one.marker or "") == str(pinned.marker or ""), one


def test_the_version_stands_in_one_place() -> None:
    import vinpaint

    assert "version = { attr = " in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {vinpaint.__version__}" in changes
