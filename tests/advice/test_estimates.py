"""Test time estimates from past runs, and the cost of regenerating a clip."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.making import pan, write_folder
from vinpaint import backend
from vinpaint.advice.estimates import (
    BENCH_PACES,
    PICTURE_SHARE,
    PastRun,
    estimate_time,
    learn_pace,
    read_past_run,
    regeneration_cost,
)
from vinpaint.advice.wording import describe_cost, describe_time
from vinpaint.core import Box, Job, Region, SettingsError, Tuning, format_short_duration
from vinpaint.results.past_runs import past_runs
from vinpaint.results.store import Store


def runs(*paces: float, strategy: str = "propagate") -> list[PastRun]:
    return [PastRun(strategy, pace * 2.0, 2.0) for pace in paces]


def test_a_machine_is_known_by_the_median_of_its_runs() -> None:
    pace = learn_pace([*runs(4, 5, 6, 7, 500), *runs(90, strategy="plate")], "propagate")
    assert (pace.seconds, pace.low, pace.high, pace.runs) == (6, 5, 7, 5)
    assert learn_pace(runs(4), "propagate").low == learn_pace(runs(4), "propagate").high == 4


def test_without_runs_the_bench_s_pace_is_taken_and_said() -> None:
    pace = learn_pace(runs(100, strategy="plate"), "propagate")
    assert pace.runs == 0
    assert min(BENCH_PACES) < pace.seconds < max(BENCH_PACES)
    said = describe_time(estimate_time(pace, masked_mpx=1.0, picture_mpx=0.0))
    assert "bench" in said
    assert "no past repair with 'propagate' on this machine" in said


def test_the_bench_s_pace_is_what_bench_results_says() -> None:
    text = (Path(__file__).parents[2] / "bench" / "RESULTS.md").read_text()
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")]
    paces = []
    for row in rows:
        size = row[0].strip().partition("x")
        if len(row) == 11 and size[0].isdigit():
            mpx = int(size[0]) * int(size[2]) / 1e6
            paces.append((float(row[9]) + float(row[10])) / (mpx * (0.05 + PICTURE_SHARE)))
    assert paces
    assert learn_pace([], "propagate").seconds == pytest.approx(float(np.median(paces)), rel=0.5)


def test_time_grows_with_the_hole_and_a_little_with_the_picture() -> None:
    pace = learn_pace(runs(5), "propagate")
    assert estimate_time(pace, masked_mpx=3, picture_mpx=0).seconds == pytest.approx(15)
    assert estimate_time(pace, masked_mpx=0, picture_mpx=100).seconds == pytest.approx(10)
    said = describe_time(estimate_time(pace, masked_mpx=3, picture_mpx=0))
    assert said == "Time: about 15 s, from 1 past repair with 'propagate' on this machine."


def test_a_real_report_teaches_and_a_poor_one_does_not(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "pan", pan(6, 48, 64, step=(3, 0)))
    job = Job(str(source), (Region(Box(20, 10, 36, 22)),), Tuning(0, 0, 0))
    report = backend.report(backend.run(job, [tmp_path / "out.mkv"]))
    run = read_past_run(report)
    assert run is not None
    stages = report["seconds"]
    assert run.strategy == "propagate"
    assert run.work_mpx == pytest.approx(6 * (16 * 12 + PICTURE_SHARE * 48 * 64) / 1e6)
    assert run.seconds == pytest.approx(stages["reference"] + stages["repair"] + stages["measure"])
    assert read_past_run({}) is None
    for lacking in ({"scores": []}, {"source": None}, {"seconds": {}}):
        assert read_past_run({**report, **lacking}) is None


def test_the_kept_runs_are_read_newest_first_and_damaged_ones_left_out(tmp_path: Path) -> None:
    for number, text in enumerate((_report(3.0), "{", _report(7.0), "[]")):
        folder = tmp_path / f"{number:022d}"
        folder.mkdir()
        (folder / "report.json").write_text(text)
        (folder / "job.json").write_text("{}")
        os.utime(folder, (number, number))
    assert [run.seconds for run in past_runs(Store(tmp_path))] == [7.0, 3.0]
    assert past_runs(Store(tmp_path / "none")) == ()


def _report(seconds: float) -> str:
    return json.dumps(
        {
            "source": {"width": 100, "height": 100, "frames": 2},
            "scores": [{"name": "coverage", "per_frame": [10.0, None]}],
            "seconds": {"mask": 100.0, "forecast": 100.0, "repair": seconds},
            "job": {"fill": {"strategy": "propagate"}},
        }
    )


def test_another_take_costs_what_the_seed_counts() -> None:
    found = regeneration_cost(0.5)
    assert (found.usable, found.kept) == (1.5, 2.0)
    assert "1.50 at 0.50 each" in describe_cost(found)
    assert "one that does costs 2.00" in describe_cost(found)
    assert "3 generations" in describe_cost(None)
    assert "0.50" not in describe_cost(None)


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf")])
def test_what_is_no_price_is_refused(price: float) -> None:
    with pytest.raises(SettingsError, match="price per generation"):
        regeneration_cost(price)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "under 1 s"), (40, "40 s"), (120, "2 min"), (7200, "2.0 h")]
)
def test_a_duration_is_round(seconds: float, words: str) -> None:
    assert format_short_duration(seconds) == words
