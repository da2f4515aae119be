"""The manifests of hosted spaces: valid, in agreement with each other, and what they say starts."""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from PIL import Image

ROOT = Path(__file__).parents[1]
ENGINES = {
    "static", "react", "svelte", "vue", "next", "nuxt", "svelte-kit",
    "python3.9", "python3.8", "nodejs16", "custom",
}  # fmt: skip
MICRO_KEYS = {
    "name", "src", "engine", "primary", "path", "serve", "commands", "include", "run", "dev",
    "presets", "public_routes", "actions",
}  # fmt: skip
FRONT_KEYS = {
    "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file",
    "suggested_hardware", "models", "preload_from_hub", "startup_duration_timeout",
    "short_description", "license", "pinned",
}  # fmt: skip
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}


def spacefile() -> dict[str, Any]:
    loaded = yaml.safe_load((ROOT / "Spacefile").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def micro() -> dict[str, Any]:
    (only,) = spacefile()["micros"]
    assert isinstance(only, dict)
    return only


def front_matter() -> dict[str, Any]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    loaded = yaml.safe_load(text.split("---\n")[1])
    assert isinstance(loaded, dict)
    return loaded


def words(command: str) -> list[str]:
    """What is run in the end: the words inside `sh -c '...'`."""
    shell, option, script = shlex.split(command)
    assert (shell, option) == ("sh", "-c")
    return shlex.split(script)


def requirement(name: str) -> Requirement:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    found = (Requirement(line) for line in lines if line and not line.startswith("#"))
    return next(one for one in found if one.name == name)


def test_the_head_follows_the_schema() -> None:
    head = spacefile()
    assert set(head) <= {"v", "icon", "app_name", "micros"}
    assert head["v"] == 0
    assert 1 <= len(head["app_name"]) <= 12
    assert 1 <= len(head["micros"]) <= 5


def test_the_icon_is_a_square_picture() -> None:
    with Image.open(ROOT / spacefile()["icon"]) as icon:
        assert icon.format == "PNG"
        assert icon.size == (512, 512)


def test_the_micro_follows_the_schema() -> None:
    one = micro()
    assert set(one) <= MICRO_KEYS
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", one["name"])
    assert one["engine"] in ENGINES
    assert one["engine"] == "custom"
    assert one["primary"] is True
    assert (ROOT / one["src"]).resolve() == ROOT
    assert all(route.startswith("/") for route in one["public_routes"])
    for preset in one["presets"]["env"]:
        assert set(preset) == {"name", "description", "default"}
        assert all(isinstance(value, str) and value for value in preset.values())


def test_every_preset_is_a_variable_that_the_program_reads() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "vinpaint").rglob("*.py"))
    for preset in micro()["presets"]["env"]:
        assert f'"{preset["name"]}"' in code


def test_readme_front_matter_follows_the_schema() -> None:
    front = front_matter()
    assert set(front) <= FRONT_KEYS
    assert front["sdk"] == "gradio"
    assert {front["colorFrom"], front["colorTo"]} <= COLOURS
    assert len(front["short_description"]) <= 60


def test_both_manifests_start_the_same_program() -> None:
    front, one = front_matter(), micro()
    assert front["title"] == spacefile()["app_name"]
    assert (ROOT / front["app_file"]).is_file()
    for key in ("run", "dev"):
        assert words(one[key])[:3] == ["exec", "python", front["app_file"]]


def test_versions_agree_with_the_requirements() -> None:
    front = front_matter()
    assert front["sdk_version"] in requirement("gradio").specifier
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (pythons,) = re.findall(r'^requires-python = "(.+)"$', project, flags=re.MULTILINE)
    (licence,) = re.findall(r'^license = "(.+)"$', project, flags=re.MULTILINE)
    assert front["python_version"] in SpecifierSet(pythons)
    assert front["license"] == licence.lower()


def test_system_packages_are_plain_names() -> None:
    lines = (ROOT / "packages.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", line) for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("key", ["run", "dev"])
def test_what_the_spacefile_says_really_starts(key: str, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    presets = {one["name"]: str(tmp_path / one["default"]) for one in micro()["presets"]["env"]}
    here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, **presets, "PATH": here, "PORT": str(port)}
    log = tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            micro()[key], shell=True, cwd=ROOT / micro()["src"], env=environment,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        page = wait_for(f"http://127.0.0.1:{port}/", process, log)
        assert re.search(r'"title": ?"vinpaint"', page)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/share/none", timeout=20)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(180):
        try:
            with urllib.request.urlopen(address, timeout=20) as answer:
                return str(answer.read().decode("utf-8"))
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
    raise AssertionError(f"nothing answers: {log.read_text()}")
