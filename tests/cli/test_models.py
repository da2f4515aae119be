"""`vinpaint models` and what the doctor says of weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vinpaint import models
from vinpaint.cli.doctor import findings
from vinpaint.cli.main import _run

NAME = "sam2.1-hiera-tiny"


@pytest.fixture(autouse=True)
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One set of weights is here, the others are not."""
    for name in ("XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    monkeypatch.setenv("VINPAINT_OFFLINE", "1")
    folder = tmp_path / NAME
    folder.mkdir()
    for file in ("config.json", "model.safetensors"):
        (folder / file).write_bytes(b"")
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert _run(["models", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def test_list_says_what_is_here_and_what_it_weighs(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "list")
    first = lines[::3]
    assert [line.split()[0] for line in first] == list(models.WEIGHTS)
    assert first[0] == f"{NAME:28} here      SAM 2.1 tiny, 156 MB, Apache-2.0"
    assert all(" not here " in line for line in first[1:])
    assert lines[1].endswith("the fastest of its family")
    assert any("S-Lab License 1.0, not for commercial use" in line for line in first)
    assert any("no commit pinned" in line for line in first)


def test_list_is_complete_and_says_of_each_entry_what_the_register_holds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines, rows = said(capsys, "list"), json.loads("\n".join(said(capsys, "list", "--json")))
    for entry, row, *three in zip(
        models.WEIGHTS.values(), rows, lines[::3], lines[1::3], lines[2::3], strict=True
    ):
        told = " ".join(" ".join(three).split())
        words = (entry.name, entry.title, entry.licence, entry.purpose, entry.note)
        assert all(word in told for word in (*words, models.describe_size(entry)))
        assert ("not for commercial use" in told) is not entry.commercial
        assert ("no commit pinned" in told) is not entry.pinned
        measured = "measured" if entry.memory_measured else "estimated"
        assert f"{entry.memory_gb:g} GB of memory ({measured}), about {entry.gpu_gb:g} GB" in told
        assert told.endswith(f"/{entry.repository} at {entry.revision[:12]}")
        for name in ("repository", "revision", "bytes", "licence", "licence_page", "commercial"):
            assert row[name] == getattr(entry, name)


def test_list_for_commercial_work_hides_what_is_not_free_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = json.loads("\n".join(said(capsys, "list", "--commercial-safe", "--json")))
    assert {row["name"] for row in rows} == {n for n, w in models.WEIGHTS.items() if w.commercial}
    assert all(row["commercial"] for row in rows)
    assert rows[0]["folder"].endswith(NAME)
    assert rows[1]["folder"] is None


def test_a_licence_that_wants_accepting_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(["models", "fetch", "propainter"]) == 1
    line = capsys.readouterr().err.strip()
    assert "S-Lab License 1.0, not for commercial use (https://" in line
    assert line.endswith("accept it with 'vinpaint models fetch propainter --accept-licence'")
    assert "\n" not in line
    assert _run(["models", "fetch", "propainter", "--accept-licence"]) == 1
    assert "VINPAINT_OFFLINE is set" in capsys.readouterr().err


def test_at_a_terminal_the_licence_is_asked_about(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = iter([False, True])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda text: bool(asked.append(text)) or next(answers))
    assert _run(["models", "fetch", "flux-fill"]) == 1
    out, err = capsys.readouterr()
    assert "FLUX.1 [dev] Non-Commercial License, not for commercial use (https://" in out
    assert "--accept-licence" in err
    assert _run(["models", "fetch", "flux-fill"]) == 1
    assert "VINPAINT_OFFLINE is set" in capsys.readouterr().err
    assert len(asked) == 2


def test_where_says_the_folders(capsys: pytest.CaptureFixture[str], given: Path) -> None:
    lines = said(capsys, "where")
    assert lines[0].split() == ["VINPAINT_MODELS", str(given.parent)]
    assert str(models.download_folder()) in lines[1]
    assert lines[2].split() == [NAME, str(given)]
    assert lines[-1].endswith("not here")


def test_fetch_of_what_is_here_says_where(capsys: pytest.CaptureFixture[str], given: Path) -> None:
    assert said(capsys, "fetch", NAME) == [f"SAM 2.1 tiny, 156 MB, Apache-2.0: {given}"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("grounding-dino-tiny", "VINPAINT_OFFLINE is set"), ("nonesuch", "choose one of: sam2")],
)
def test_a_fetch_that_fails_is_one_line(
    capsys: pytest.CaptureFixture[str], name: str, sentence: str
) -> None:
    assert _run(["models", "fetch", name]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert sentence in err


def test_the_doctor_says_it_too(given: Path) -> None:
    lines = [line for line in findings() if line.startswith("weights")]
    assert len(lines) == len(models.WEIGHTS)
    assert lines[0].endswith(f"SAM 2.1 tiny, 156 MB, Apache-2.0: in {given}")
    assert lines[-1].endswith("'vinpaint models fetch clip-vit-b32' fetches them")
