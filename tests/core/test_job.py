"""A job turns to JSON and back, and a file that is none says what is wrong with it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinpaint.core import (
    Box,
    BoxPrompt,
    Click,
    FillSettings,
    Generation,
    Job,
    MaskFile,
    Painting,
    Region,
    SettingsError,
    Span,
    Tuning,
    job_from_json,
    job_to_json,
    read_job,
    resolve_paths,
)

whole = st.integers(-(2**40), 2**40)
real = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
boxes = st.builds(Box, whole, whole, whole, whole)
prompts = st.one_of(
    st.builds(Click, whole, whole, whole, st.booleans(), whole),
    st.builds(BoxPrompt, whole, boxes, whole),
    st.builds(Painting, whole, words, whole),
    st.builds(Region, boxes),
    st.builds(MaskFile, words),
)
jobs = st.builds(
    Job,
    source=words,
    where=st.lists(prompts, max_size=6).map(tuple),
    tuning=st.builds(Tuning, real, real, real),
    fill=st.builds(
        FillSettings,
        words,
        words,
        whole,
        reference=words,
        reference_frame=st.none() | whole,
        clone=st.none() | st.tuples(whole, whole),
    ),
    invert=st.booleans(),
    frames=st.none() | st.builds(Span, whole, whole),
    fps=st.none() | real,
    measures=st.sampled_from(["none", "quick", "all"]),
)


def kinds(job: Job) -> list[type]:
    return [type(prompt) for prompt in job.where]


@settings(max_examples=120, deadline=None)
@given(jobs)
def test_a_job_turns_to_json_and_back(job: Job) -> None:
    again = job_from_json(job_to_json(job))
    assert again == job
    assert kinds(again) == kinds(job)
    assert isinstance(again.frames, Span) == (job.frames is not None)
    assert all(isinstance(p.box, Box) for p in again.where if hasattr(p, "box"))


def test_a_short_file_takes_the_defaults() -> None:
    job = job_from_json('{"source": "a.mp4"}')
    assert job == Job("a.mp4")
    assert job.tuning == Tuning()


def test_the_text_is_readable_json_that_ends_in_a_line_break() -> None:
    text = job_to_json(Job("a.mp4", (Click(3, 10, 20),)))
    assert text.endswith("}\n")
    assert json.loads(text)["where"][0] == {
        "frame": 3,
        "x": 10,
        "y": 20,
        "add": True,
        "object_id": 1,
        "kind": "click",
    }


def test_a_click_of_an_older_job_file_has_level_0() -> None:
    text = job_to_json(Job("a.mp4", (Click(3, 10, 20, level=2),)))
    assert job_from_json(text).where == (Click(3, 10, 20, level=2),)
    older = text.replace(',\n   "level": 2', "")
    assert '"level"' not in older
    assert job_from_json(older).where == (Click(3, 10, 20),)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "the file"),
        ("no json", "the file"),
        ("[]", "the file"),
        ("null", "the file"),
        ("{}", "source"),
        ('{"source": 3}', "source"),
        ('{"source": "a", "sauce": 1}', "sauce"),
        ('{"source": "a", "where": [{"kind": "click"}]}', "where"),
        ('{"source": "a", "where": [{"kind": "wish", "x": 1}]}', "where"),
        ('{"source": "a", "measures": "some"}', "measures"),
        ('{"source": "a", "frames": [1]}', "frames"),
        ('{"source": "a", "tuning": {"dilate_px": "wide"}}', "tuning"),
        ('{"source": "a", "tuning": {"dilate": 3}}', "tuning"),
        ('{"source": "a", "fill": {"strategie": "plate"}}', "fill"),
        ('{"source": "a", "fill": {"clone": [3]}}', "fill"),
        ('{"source": "a", "fill": {"clone": [3.5, 1]}}', "fill"),
        ('{"source": "a", "fill": {"reference_frame": "first"}}', "fill"),
        ('{"source": "a", "fill": {"reference": null}}', "fill"),
        ('{"source": "a", "where": [{"kind": "region", "box": [0, 0, 4, 4], "size": 3}]}', "where"),
        ('{"source": "a", "where": [{"frame": 1, "x": 1, "y": 2, "kind": "paint"}]}', "where"),
    ],
)
def test_a_file_that_is_no_job_is_refused_by_the_place_that_is_wrong(text: str, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        job_from_json(text)
    said = str(caught.value)
    assert f": {named}" in said
    assert "\n" not in said


def test_a_file_s_paths_are_taken_from_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job(
        "clips/a.mp4",
        (MaskFile("mask.png"), Painting(0, "/abs/p.png"), Click(0, 1, 2), Region(Box(0, 0, 1, 1))),
        fill=FillSettings("plate", reference="still.png", reference_frame=3),
    )
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "job.json").write_text(job_to_json(job), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    read = read_job(Path("jobs/job.json"))
    assert read.source == str(tmp_path / "jobs" / "clips" / "a.mp4")
    assert read.where[0] == MaskFile(str(tmp_path / "jobs" / "mask.png"))
    assert read.where[1:] == job.where[1:]
    assert read.fill == replace(job.fill, reference=str(tmp_path / "jobs" / "still.png"))
    assert resolve_paths(Job("a"), tmp_path).fill.reference == ""
    assert resolve_paths(read, tmp_path / "elsewhere") == read


def test_what_a_model_is_told_replays(tmp_path: Path) -> None:
    told = Generation("flux-fill", "sand", 8, 2.5, 0.5, "truck.png", (3, 4), "average", 2.0, 9.0)
    job = Job("a.mp4", fill=FillSettings("frames", "a truck", generation=told))
    assert job_from_json(job_to_json(job)) == job
    (tmp_path / "job.json").write_text(job_to_json(job), encoding="utf-8")
    read = read_job(tmp_path / "job.json")
    assert read.fill.generation == replace(told, example=str(tmp_path / "truck.png"))
    for wrong, words in (
        ('"steps": 0', "steps takes a whole number from 1 on"),
        ('"steps": "x"', "fill.generation.steps"),
    ):
        text = job_to_json(job).replace('"steps": 8', wrong)
        with pytest.raises(SettingsError, match=words):
            job_from_json(text)


def test_a_job_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"gone\.json: the job file cannot be read"):
        read_job(tmp_path / "gone.json")
    (tmp_path / "bad.json").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SettingsError, match=r"bad\.json"):
        read_job(tmp_path / "bad.json")
