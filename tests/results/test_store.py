from __future__ import annotations

import json
from pathlib import Path

import pytest

from vinpaint.core import (
    Click,
    FillSettings,
    Generation,
    Job,
    Keyframe,
    MaskFile,
    MissingError,
    OutputError,
    OutsideDifference,
    Painting,
    Result,
    SourceFacts,
    job_to_dict,
    job_to_json,
    read_job,
)
from vinpaint.results.store import ROOT_VARIABLE, RunFiles, Store, default_root


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


def finished(
    folder: Path, *, where: tuple = (Click(0, 1, 2),), fill: FillSettings | None = None
) -> Result:
    folder.mkdir(parents=True, exist_ok=True)
    source, after, master = (folder / name for name in ("clip.mov", "out.mp4", "out.mkv"))
    for path in (source, after, master):
        path.write_bytes(path.name.encode())
    return Result(
        job=Job(source=str(source), where=where, fill=fill or FillSettings()),
        outs=(after, master),
        source=SourceFacts("clip.mov", 64, 48, 6, 25.0, 0.24, "ab" * 32),
        scores=(),
        verdict="Nothing outside the mask changed.",
        outside=OutsideDifference(1000, 0, 0, True),
        seconds={"repair": 1.0},
        versions={"vinpaint": "0.1.0"},
    )


def save(store: Store, folder: Path, *, is_source: bool = False, **options: object) -> str:
    result = finished(folder, **options)  # type: ignore[arg-type]
    before = folder / "before.mp4"
    before.write_bytes(b"before")
    report = {"verdict": result.verdict, "source": {"name": "x"}, "job": job_to_dict(result.job)}
    shown = RunFiles(before, is_source, name="holiday.mov")
    return store.save(result, shown=shown, report=report, to_json=job_to_json)


def test_a_saved_run_is_loaded_again_by_a_new_store(store: Store, tmp_path: Path) -> None:
    run_id = save(store, tmp_path / "work")
    saved = Store(store.root).load(run_id)
    assert saved.report["verdict"] == "Nothing outside the mask changed."
    assert saved.report["source"]["name"] == "holiday.mov"
    for name, content in (("after.mp4", b"out.mp4"), ("master.mkv", b"out.mkv")):
        path = saved.file(name)
        assert path is not None
        assert path.read_bytes() == content


def test_ids_cannot_be_guessed_and_do_not_repeat(store: Store, tmp_path: Path) -> None:
    ids = {save(store, tmp_path / str(i)) for i in range(3)}
    assert len(ids) == 3
    assert all(len(one) == 22 for one in ids)
    assert set(store.ids()) == ids


def test_the_job_names_only_files_beside_it_and_replays(store: Store, tmp_path: Path) -> None:
    mask, painted = tmp_path / "mask.png", tmp_path / "painted.png"
    mask.write_bytes(b"mask")
    painted.write_bytes(b"painted")
    where = (Click(0, 1, 2), Painting(3, str(painted)), MaskFile(str(mask)))
    saved = store.load(save(store, tmp_path / "work", where=where))
    assert str(tmp_path / "work") not in saved.job_json
    job = read_job(saved.folder / "job.json")
    assert Path(job.source).read_bytes() == b"clip.mov"
    assert Path(job.where[1].path).read_bytes() == b"painted"  # type: ignore[union-attr]
    assert Path(job.where[2].path).read_bytes() == b"mask"  # type: ignore[union-attr]


def test_a_picture_to_copy_from_is_kept_and_replays(store: Store, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    still.write_bytes(b"still")
    fill = FillSettings("plate", reference=str(still), reference_frame=2)
    saved = store.load(save(store, tmp_path / "work", fill=fill))
    assert str(tmp_path) not in saved.job_json
    job = read_job(saved.folder / "job.json")
    assert Path(job.fill.reference).read_bytes() == b"still"
    assert job.fill.reference_frame == 2


def test_key_frames_and_a_model_s_example_are_kept_and_can_be_fetched(
    store: Store, tmp_path: Path
) -> None:
    drawn, example, still = (tmp_path / f"{name}.png" for name in ("drawn", "example", "still"))
    for path in (drawn, example, still):
        path.write_bytes(path.stem.encode())
    fill = FillSettings("joint", reference=str(still), generation=Generation(example=str(example)))
    runs = tmp_path / "runs.json"
    runs.write_bytes(b"{}")
    where = (Keyframe(3, str(drawn)), MaskFile(str(runs)))
    saved = store.load(save(store, tmp_path / "work", where=where, fill=fill))
    assert str(tmp_path) not in saved.job_json
    job = read_job(saved.folder / "job.json")
    assert Path(job.where[0].path).read_bytes() == b"drawn"  # type: ignore[union-attr]
    assert Path(job.fill.generation.example).read_bytes() == b"example"
    for name in ("mask-0.png", "mask-1.json", "example.png", "reference.png"):
        assert saved.file(name) is not None


def test_a_source_that_browsers_play_is_kept_once(store: Store, tmp_path: Path) -> None:
    saved = store.load(save(store, tmp_path / "work", is_source=True))
    assert json.loads(saved.job_json)["source"] == "before.mp4"
    assert not list(saved.folder.glob("source*"))


def test_no_path_of_this_machine_is_in_what_is_shared(store: Store, tmp_path: Path) -> None:
    saved = store.load(save(store, tmp_path / "work"))
    assert str(tmp_path) not in json.dumps(saved.report)


def test_an_ending_that_means_nothing_is_not_kept(store: Store, tmp_path: Path) -> None:
    page = tmp_path / "mask.html"
    page.write_bytes(b"<script>")
    saved = store.load(save(store, tmp_path / "work", where=(MaskFile(str(page)),)))
    assert not list(saved.folder.glob("*.html"))
    assert saved.file("mask-0.bin") is not None


@pytest.mark.parametrize(
    "run_id", ["", "..", "../results", "a/b", "a" * 22, "a" * 21 + "/", "%2e%2e", "\0" * 22]
)
def test_unknown_and_crooked_ids_find_nothing(store: Store, tmp_path: Path, run_id: str) -> None:
    save(store, tmp_path / "work")
    with pytest.raises(MissingError):
        store.load(run_id)


@pytest.mark.parametrize(
    "name", ["", "..", "../job.json", "other.txt", "job.json/..", "mask-0.png/../job.json", ".new"]
)
def test_only_a_runs_own_files_are_found(store: Store, tmp_path: Path, name: str) -> None:
    saved = store.load(save(store, tmp_path / "work"))
    (saved.folder / "other.txt").write_text("secret")
    assert saved.file(name) is None


def test_a_link_out_of_the_folder_is_not_followed(store: Store, tmp_path: Path) -> None:
    saved = store.load(save(store, tmp_path / "work"))
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (saved.folder / "outline.json").symlink_to(secret)
    assert saved.file("outline.json") is None


def test_a_save_that_fails_leaves_nothing(store: Store, tmp_path: Path) -> None:
    result = finished(tmp_path / "work")
    shown = RunFiles(tmp_path / "missing.mp4", is_source=True)
    with pytest.raises(OutputError):
        store.save(result, shown=shown, report={}, to_json=job_to_json)
    assert list(store.root.iterdir()) == []
    assert store.ids() == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(OutputError, match=ROOT_VARIABLE):
        save(Store(blocked / "results"), tmp_path / "work")
    with pytest.raises(OutputError, match=ROOT_VARIABLE):
        Store(blocked / "results").prepare()


def test_a_damaged_run_is_missing_not_a_crash(store: Store, tmp_path: Path) -> None:
    run_id = save(store, tmp_path / "work")
    (store.root / run_id / "report.json").write_text("{")
    with pytest.raises(MissingError):
        store.load(run_id)


def test_the_environment_names_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))
    assert default_root() == tmp_path
    monkeypatch.delenv(ROOT_VARIABLE)
    assert default_root().parts[-2:] == ("vinpaint", "results")
