"""Test external engines: their input, how their output is used, and how they end."""

from __future__ import annotations

import errno
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import left_over, pan, write_folder
from vinpaint import backend, strategies
from vinpaint.cli.doctor import findings
from vinpaint.core import (
    Box,
    Cancelled,
    Context,
    EngineError,
    Facts,
    FillSettings,
    Frames,
    Job,
    LimitError,
    Mask,
    MissingError,
    OutputError,
    Progress,
    Region,
    Span,
    Tuning,
    Video,
    VinpaintError,
    no_op,
)
from vinpaint.media import open_clip
from vinpaint.strategies.external.engine_file import read_engine_file
from vinpaint.strategies.external.external import SHIPPED, ExternalEngine, find_engines
from vinpaint.ui.session.session import Session
from vinpaint.ui.tabs import fill_tab

SETTINGS = FillSettings()
ENGINE = Path(__file__).parent / "engine.py"
WORDS = ("--frames", "{frames}", "--masks", "{masks}", "--out", "{out}/made")


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Temporary folders are made here, so that it can be seen whether they are gone."""
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", lambda f, *args, **_: f(*args))
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def engine(folder: Path, /, *more: str, tail: str = "", **keys: Any) -> ExternalEngine:
    """The small engine, as a file describes it. `more`: of its words; `tail`: tables at the end."""
    made = {"title": "Mean", "licence": "none", "result": "{out}/made", **keys}
    words = [sys.executable, str(ENGINE), *WORDS, "--note", str(folder / "note"), *more]
    lines = [f"{key} = {json.dumps(value)}" for key, value in (made | {"command": words}).items()]
    path = folder / "mean.toml"
    path.write_text("\n".join([*lines, tail]))
    return ExternalEngine(read_engine_file(path))


def notes(folder: Path) -> list[list[Any]]:
    """Return what each call received: frames, masks, width, height, prompt."""
    return [json.loads(line) for line in (folder / "note").read_text().splitlines()]


def scene(count: int, height: int = 40, width: int = 56) -> tuple[Video, Mask]:
    """Return frames of one flat colour each, with a white box."""
    frames = np.empty((count, height, width, 3), np.uint8)
    frames[:] = np.arange(40, 40 + count)[:, None, None, None]
    mask = np.zeros((count, height, width), np.float32)
    mask[:, 12:24, 20:33] = 1
    frames[mask > 0] = 255
    return Video(frames), Mask(mask)


def fill(
    one: ExternalEngine, video: Video, mask: Mask, *, prompt: str = "", progress: Progress = no_op
) -> Frames:
    settings = FillSettings("outside:mean", prompt)
    return one.fill(video, mask, context=Context(), settings=settings, progress=progress).frames


@pytest.mark.parametrize(
    ("frames", "masks", "result"),
    [
        ("folder", "folder", "made"),
        ("folder", "video", "made/*.png"),
        ("video", "folder", "made.mp4"),
        ("video", "video", "made"),
        ("folder", "folder", "made.mp4"),
    ],
)
def test_every_form_of_frames_masks_and_result(
    frames: str, masks: str, result: str, tmp_path: Path, workplace: Path
) -> None:
    video, mask = scene(3)
    out = ["--out", "{out}/" + result.removesuffix("/*.png")]
    one = engine(tmp_path, *out, frames=frames, masks=masks, result="{out}/" + result)
    filled = fill(one, video, mask)
    apart = 0 if "folder" in frames and "mp4" not in result else 2  # H.264 holds other colours
    assert np.abs(filled[mask.hole].reshape(3, -1) - np.arange(40.0, 43.0)[:, None]).max() <= apart
    assert np.array_equal(filled[~mask.hole], video.frames[~mask.hole])
    assert left_over(workplace) == []


@pytest.mark.parametrize(
    ("rule", "size"),
    [
        ("multiple = 16", (64, 48)),
        ("fixed = [70, 30]", (70, 30)),
        ("multiple = 8\nlongest_px = 24", (24, 24)),
        ("least_px = 90", (90, 90)),
    ],
)
@pytest.mark.parametrize("form", ["folder", "video"])
def test_size_rules(rule: str, size: tuple[int, int], form: str, tmp_path: Path) -> None:
    video, mask = scene(2)
    one = engine(tmp_path, frames=form, tail=f"[size]\n{rule}")
    filled = fill(one, video, mask)
    assert notes(tmp_path) == [[2, 2, *size, ""]]
    assert np.abs(filled[mask.hole].astype(int).reshape(2, -1) - [[40], [41]]).max() <= 2
    assert np.array_equal(filled[~mask.hole], video.frames[~mask.hole])


@pytest.mark.parametrize(
    ("count", "overlap"), [(1, 7), (4, 7), (5, 0), (80, 7), (81, 7), (82, 0), (82, 7)]
)
def test_no_frame_is_dropped_or_doubled(count: int, overlap: int, tmp_path: Path) -> None:
    video, mask = scene(count, 16, 40)
    rule = "[length]\nleast = 5\nmost = 81\nstep = 4\nrest = 1"
    one = engine(tmp_path, tail=rule, overlap_frames=overlap)
    filled = fill(one, video, mask)
    assert np.array_equal(filled, np.broadcast_to(filled[:, :1, :1], filled.shape))
    assert filled[:, 0, 0, 0].tolist() == list(range(40, 40 + count))
    given = [note[0] for note in notes(tmp_path)]
    assert len(given) == (2 if count == 82 else 1)
    assert all(5 <= number <= 81 and number % 4 == 1 for number in given)


def test_windows_without_a_hole_are_not_worked_on(tmp_path: Path) -> None:
    video, mask = scene(30, 16, 40)
    mask.values[10:] = 0
    one = engine(tmp_path, tail="[length]\nmost = 10", overlap_frames=0)
    fill(one, video, mask)
    assert len(notes(tmp_path)) == 1
    mask.values[:] = 0
    assert np.array_equal(fill(one, video, mask), video.frames)
    assert len(notes(tmp_path)) == 1


def test_what_the_window_before_repaired_is_what_it_gets(tmp_path: Path) -> None:
    video, mask = scene(4)
    mask.values[:2] = 0
    before = Video(np.full((2, 40, 56, 3), 7, np.uint8))
    settings = FillSettings("outside:mean")
    one = engine(tmp_path)
    context = Context(before)
    out = one.fill(video, mask, context=context, settings=settings, progress=no_op).frames
    assert (out[:2] == 7).all()
    assert out[2:, 18, 25, 0].tolist() == [42, 43]


@pytest.mark.parametrize(("hole", "grow"), [("white", 0), ("black", 0), ("white", 3), ("black", 4)])
def test_masks_are_drawn_as_the_engine_wants_them(hole: str, grow: int, tmp_path: Path) -> None:
    """What shows a mask that is too small: the white box darkens the mean, or stays itself."""
    video, mask = scene(2)
    mask.values[:, 30, 5:50] = 1  # thinner than what the engine grows
    video.frames[mask.hole] = 255
    one = engine(tmp_path, "--hole", hole, "--grow", str(grow), hole=hole, dilates_px=grow)
    filled = fill(one, video, mask)
    assert filled.max() == 41


def test_an_answer_in_another_light_is_drawn_to_the_ring(tmp_path: Path) -> None:
    frames, mask = pan(2, 40, 56), scene(2)[1]
    plain = fill(engine(tmp_path), Video(frames), mask)
    tinted = fill(engine(tmp_path, "--do", "tint"), Video(frames), mask)
    assert np.abs(tinted.astype(int) - plain)[mask.hole].max() <= 2


def test_the_prompt_arrives_as_it_was_typed_and_never_through_a_shell(tmp_path: Path) -> None:
    video, mask = scene(1)
    one = engine(tmp_path, "--prompt", "{prompt}")
    assert one.takes_prompt
    assert not engine(tmp_path).takes_prompt
    prompt = f'a red "door"; $(touch {tmp_path}/bad) {{frames}} ${{HOME}}'
    fill(one, video, mask, prompt=prompt)
    assert notes(tmp_path)[0][-1] == prompt
    assert not (tmp_path / "bad").exists()


@pytest.mark.parametrize(
    ("do", "words"),
    [
        ("crash", "Mean failed with code 1 and said: RuntimeError: CUDA is out of patience"),
        ("few", "left 2 frames in place of 3"),
        ("small", "frames of 56x39 in place of 56x40"),
        ("nothing", "left nothing at made"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    do: str, words: str, tmp_path: Path, workplace: Path
) -> None:
    with pytest.raises(EngineError, match=words) as caught:
        fill(engine(tmp_path, "--do", do), *scene(3))
    assert "\n" not in str(caught.value)
    assert left_over(workplace) == []


def test_a_full_disk_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workplace: Path
) -> None:
    def full(*args: Any, **more: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("vinpaint.strategies.external.external.export_frames", full)
    with pytest.raises(OutputError, match="No space left on device"):
        fill(engine(tmp_path), *scene(1))
    assert left_over(workplace) == []


def test_the_example_of_the_documents_can_be_read(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "external-engines.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "painter.toml").write_text(example)
    engine_file = read_engine_file(tmp_path / "painter.toml")
    assert engine_file.length.round_up(82) == 85
    assert engine_file.size.longest_px == 960
    assert "PAINTER_HOME" in engine_file.missing_requirement()


def is_gone(process: int) -> bool:
    """Return whether a process has ended, after waiting for a while."""
    for _ in range(100):
        state = Path(f"/proc/{process}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("how", ["cancel", "timeout"])
def test_a_stop_ends_all_that_it_started(how: str, tmp_path: Path, workplace: Path) -> None:
    started = tmp_path / "note.pid"

    def progress(fraction: float, words: str) -> None:
        assert 0 <= fraction <= 1
        if how == "cancel" and started.exists() and started.read_text():
            raise Cancelled("stopped")

    seconds = 60 if how == "cancel" else 3
    one = engine(tmp_path, "--do", "hang", timeout_seconds=seconds)
    with pytest.raises(Cancelled if how == "cancel" else LimitError):
        fill(one, *scene(1), progress=progress)
    assert is_gone(int(started.read_text()))
    assert left_over(workplace) == []


def test_a_run_is_exact_outside_the_mask_and_a_failed_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_folder(tmp_path / "in", pan(6, 48, 64, step=(3, 0)))
    hole = Box(24, 16, 36, 28)
    fill_with = FillSettings("outside:mean", match_grain=False)
    job = Job(str(source), (Region(hole),), Tuning(0, 0, 0), fill_with, measures="none")
    tail = "[size]\nfixed = [36, 20]"
    monkeypatch.setitem(strategies.STRATEGIES, "outside:mean", engine(tmp_path, tail=tail))
    result = backend.run(job, [tmp_path / "out"])
    assert result.outside.largest_difference == 0
    before, after = (open_clip(p).read(Span(0, 6)).frames for p in (source, tmp_path / "out"))
    outside = np.ones((6, 48, 64), np.bool_)
    outside[(slice(None), *hole.slices)] = False
    assert np.array_equal(before[outside], after[outside])
    assert np.ptp(after[:, 20:24, 28:32], axis=(1, 2)).max() <= 2
    assert np.ptp(before[:, 20:24, 28:32], axis=(1, 2)).max() > 2
    broken = engine(tmp_path, "--do", "crash", tail=tail)
    monkeypatch.setitem(strategies.STRATEGIES, "outside:mean", broken)
    with pytest.raises(EngineError):
        backend.run(job, [tmp_path / "other"])
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("title = ", "Invalid value"),
        ('title = "x"', "'command' is missing"),
        ('title = "x"\ncommand = "run me"\nresult = "y"', "'command' cannot be 'run me'"),
        ('title = "x"\ncommand = ["a", 3]\nresult = "y"', "words in quotes"),
        ('title = "x"\ncommand = ["{frame}"]\nresult = "y"', "no {frame}; choose from: frames"),
        ('title = "x"\ncommand = ["a"]\nresult = "y"\ncolour = 3', "no key 'colour'"),
        ('title = "x"\ncommand = ["a"]\nresult = "y"\nhole = "grey"', "white or black"),
        ('title = "x"\ncommand = ["a"]\nresult = "y"\nauto = 3', "'auto' is a share"),
        ('title = "x"\ncommand = ["a"]\nresult = "y"\nfps = 0', "'fps' is at least 1"),
        ('title = "x"\ncommand = ["a"]\nresult = "y"\n[size]\nfixed = [5]', "[width, height]"),
        ('title = "x"\ncommand = ["a"]\nresult = "y"\n[size]\nmultiple = 0', "lets no size"),
        (
            'title = "x"\ncommand = ["a"]\nresult = "y"\n[length]\nmost = 2\nleast = 3',
            "lets no number",
        ),
        (
            'title = "x"\ncommand = ["a"]\nresult = "y"\nframes = "video"\n[size]\nfixed = [5, 4]',
            "even",
        ),
    ],
)
def test_a_bad_file_is_one_sentence_and_stops_nothing(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.toml").write_text(text)
    monkeypatch.setenv("VINPAINT_ENGINES", str(tmp_path))
    engines = find_engines()
    assert len(engines) == 6
    bad = engines["outside:bad"]
    assert words in bad.missing_requirement(SETTINGS)
    assert "bad.toml" in bad.missing_requirement(SETTINGS)
    assert "\n" not in bad.missing_requirement(SETTINGS)
    monkeypatch.setitem(strategies.STRATEGIES, "outside:bad", bad)
    with pytest.raises(MissingError, match=r"bad\.toml"):
        strategies.check_fill(FillSettings("outside:bad"))
    assert bad.suits(Facts(1, 1, 0.1, 0.1, never_seen=1.0)) is None


def test_what_comes_changes_and_goes_while_the_app_runs_is_known_at_once(own_folder: Path) -> None:
    assert "outside:mean" not in strategies.available_strategies()
    engine(own_folder)
    assert ("Mean", "outside:mean") in fill_tab._choices()
    chosen = FillSettings("outside:mean")
    strategies.check_fill(chosen)
    assert any(line.endswith("licence: none.") for line in findings() if "outside:mean" in line)
    (own_folder / "mean.toml").write_text('title = "M"\ncommand = ["a"]\nresult = "b"\nhue = 1')
    assert ("mean (not here)", "outside:mean") in fill_tab._choices()
    said = fill_tab._about(chosen)
    assert "mean.toml: this engine" in said
    assert "hue" in said
    assert [line for line in findings() if "outside:mean: not here. mean.toml: this" in line]
    assert Session().with_fill(chosen).job().fill.strategy == "outside:mean"  # the page still draws
    (own_folder / "mean.toml").unlink()
    assert ("mean (not here)", "outside:mean") in fill_tab._choices()
    with pytest.raises(MissingError, match=r"mean\.toml: this engine's file is gone; put it back"):
        strategies.check_fill(chosen)


def test_a_file_that_is_no_text_is_one_sentence_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00")
    monkeypatch.setenv("VINPAINT_ENGINES", str(tmp_path))
    assert "cannot be read" in find_engines()["outside:bad"].missing_requirement(SETTINGS)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_what_is_shipped_can_be_read_and_says_what_to_do(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_file = read_engine_file(path)
    variable = f"VINPAINT_{path.stem.upper()}"
    monkeypatch.delenv(variable, raising=False)
    assert f"let {variable} name the folder of your checkout" in engine_file.missing_requirement()
    assert "Not tried with real weights here." in engine_file.best_for
    assert f"outside:{path.stem}" not in strategies.available_strategies()
    monkeypatch.setenv(variable, str(tmp_path / "gone"))
    assert "is no folder" in engine_file.missing_requirement()
    monkeypatch.setenv(variable, str(tmp_path))
    assert f"lacks {engine_file.needs[0]}" in engine_file.missing_requirement()
    for need in engine_file.needs:
        (tmp_path / need).mkdir(parents=True, exist_ok=True)
    assert engine_file.missing_requirement() == ""
    assert f"outside:{path.stem}" in strategies.available_strategies()
    with pytest.raises(VinpaintError):  # its program is a folder here
        fill(ExternalEngine(engine_file), *scene(2))


def test_a_file_of_one_s_own_takes_the_place_of_what_is_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "vinpaint" / "engines"
    config.mkdir(parents=True)
    plain = f'command = ["{sys.executable}"]\nresult = "{{out}}"'
    (config / "sttn.toml").write_text(f'title = "In settings"\n{plain}')
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert find_engines()["outside:sttn"].title == "In settings"
    own = tmp_path / "own"
    own.mkdir()
    (own / "sttn.toml").write_text(f'title = "My own"\n{plain}')
    monkeypatch.setenv("VINPAINT_ENGINES", str(own))
    engines = find_engines()
    assert engines["outside:sttn"].title == "My own"
    assert engines["outside:sttn"].missing_requirement(SETTINGS) == ""
    assert not engines["outside:sttn"].shipped
    assert len(engines) == 5


def test_its_own_python_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = engine(tmp_path, folder="${VINPAINT_MEAN}")
    monkeypatch.setenv("VINPAINT_MEAN", str(tmp_path))
    assert "python" in Path(one.engine_file.interpreter()).name
    own = tmp_path / ".venv" / "bin" / "python"
    own.parent.mkdir(parents=True)
    own.touch()
    assert one.engine_file.interpreter() == (
        str(own) if os.name == "posix" else one.engine_file.interpreter()
    )


def test_its_files_are_what_its_words_name_and_what_it_needs(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    long = "print(1);" * 1000  # a program in one word, which is no path
    made = engine(tmp_path, long, folder=str(tmp_path), needs=["weights", "absent"])
    program, *others = made.engine_file.files()
    assert program == Path(made.engine_file.interpreter())
    assert others == [Path(sys.executable), ENGINE, tmp_path / "weights"]


def test_auto_takes_it_only_where_its_file_asks_and_other_frames_show_less(tmp_path: Path) -> None:
    facts = Facts(10, 10, 0.1, 0.1, never_seen=0.5)
    assert engine(tmp_path).suits(facts) is None
    one = engine(tmp_path, auto=0.6)
    fit = one.suits(facts)
    assert fit is not None
    assert fit.score == 0.6
    assert "60 %" in fit.because
    assert one.suits(Facts(10, 10, 0.1, 0.1, never_seen=0.3)) is None
    assert engine(tmp_path, auto=0.6, needs=["gone"]).suits(facts) is None


def test_for_commercial_work_its_file_must_say_that_it_is_free(tmp_path: Path) -> None:
    safe = FillSettings(commercial_safe=True)
    facts = Facts(10, 10, 0.1, 0.1, never_seen=0.5, commercial_safe=True)
    one = engine(tmp_path, auto=0.6)
    assert "licence: none" in one.missing_requirement(safe)
    assert one.suits(facts) is None
    free = engine(tmp_path, auto=0.6, commercial=True)
    assert free.missing_requirement(safe) == ""
    assert free.suits(facts) is not None
