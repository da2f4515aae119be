"""Test the advice after a repair: when to stop, the remedy for a fault, the next strategy."""

from __future__ import annotations

import functools
import re
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

from vinpaint.advice.remedies import (
    Attempt,
    Remedy,
    RemedyAction,
    RepairedShot,
    advise_next,
    attempt_of,
    attempts_on_last_shot,
    same_shot,
    shot_of,
)
from vinpaint.advice.wording import describe_next_strategy, describe_remedy, describe_stop
from vinpaint.cli.main import app
from vinpaint.core import Box, FindingKind, Span
from vinpaint.results.pages.remedies import remedies_html
from vinpaint.strategies import STRATEGIES
from vinpaint.ui import texts

FAIL, LOOK, PASS = (
    Attempt("propagate", "fail", ("flicker",)),
    Attempt("propagate", "look", ("seam",)),
    Attempt("propagate", "pass"),
)


@pytest.mark.parametrize(
    ("attempts", "stop"),
    [
        ([], False),
        ([FAIL], False),
        ([FAIL, FAIL], True),
        ([FAIL, LOOK, FAIL], False),
        ([PASS, FAIL, FAIL], True),
        ([FAIL, FAIL, LOOK], False),
        ([FAIL, FAIL, PASS], False),
    ],
)
def test_two_failures_in_a_row_are_enough(attempts: list[Attempt], stop: bool) -> None:
    after = advise_next(attempts)
    assert after.stop == stop
    assert bool(describe_stop(after)) == stop
    if stop:
        assert after.next_strategy is None
        assert "Regenerate the clip" in describe_stop(after)


def test_nothing_is_advised_where_nothing_is_wrong() -> None:
    after = advise_next([PASS])
    assert (after.remedies, after.next_strategy) == ((), None)
    assert remedies_html(after) == ""


def test_seam_flicker_and_colour_have_remedies_of_their_own() -> None:
    after = advise_next([Attempt("propagate", "look", ("seam", "flicker", "colour", "seam"))])
    assert after.remedies == (
        Remedy("seam", "soften"),
        Remedy("flicker", "steady"),
        Remedy("colour", "poisson"),
    )


@pytest.mark.parametrize("kind", get_args(FindingKind))
def test_every_fault_has_a_remedy_in_words(kind: FindingKind) -> None:
    (remedy,) = advise_next([Attempt("propagate", "fail", (kind,))]).remedies
    for in_app in (True, False):
        assert describe_remedy(remedy, in_app=in_app).endswith(").")


@pytest.mark.parametrize("change", get_args(RemedyAction))
def test_the_app_names_its_own_labels_and_the_command_line_its_options(
    change: RemedyAction,
) -> None:
    remedy = Remedy("seam", change)
    in_app = describe_remedy(remedy, in_app=True)
    assert "--" not in in_app
    labels = {
        *texts.STEP_NAMES.values(), *texts.PRIMARY.values(), *(label for label, _ in texts.TOOLS),
        *(one.title for one in STRATEGIES.values()), texts.MORE, texts.DILATE, texts.BLUR,
        texts.TEMPORAL, texts.BLEND, texts.GRAIN, texts.SHADOW, texts.FRAMES_FROM, texts.LEFT_TAKE,
    }  # fmt: skip
    place = in_app.rpartition("(")[2].removesuffix(").")
    assert set(re.split(", then |, |; ", place)) <= labels
    printed = describe_remedy(remedy, in_app=False)
    options = re.findall(r"--[a-z-]+", printed)
    assert options
    assert set(options) <= set(re.findall(r"--[a-z-]+", _help_of_run()))
    assert printed.rpartition("(")[0] == in_app.rpartition("(")[0]


@functools.cache
def _help_of_run() -> str:
    return CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "200"}).output


def test_every_change_has_words() -> None:
    for in_app in (True, False):
        remedies = (Remedy("seam", change) for change in get_args(RemedyAction))
        said = {describe_remedy(one, in_app=in_app) for one in remedies}
        assert len(said) == len(get_args(RemedyAction))


def test_a_fault_that_comes_back_gets_its_next_remedy() -> None:
    seam = Attempt("propagate", "look", ("seam",))
    changes = [advise_next([seam] * tries).remedies[0].change for tries in range(1, 6)]
    assert changes == ["soften", "poisson", "tighten", "plate", "plate"]


def test_a_strategy_is_no_remedy_for_what_it_made_itself() -> None:
    blurred = advise_next([Attempt("plate", "fail", ("blur",))])
    assert blurred.remedies == (Remedy("blur", "tighten"),)
    assert advise_next([Attempt("propagate", "fail", ("blur",))]).next_strategy == "plate"


def test_after_a_failure_an_untried_strategy_is_next_and_else_the_same_again() -> None:
    colour = ("colour",)
    assert advise_next([Attempt("propagate", "fail", colour)]).next_strategy == "plate"
    assert advise_next([Attempt("propagate", "look", colour)]).next_strategy == "propagate"
    tried = [Attempt("plate", "look", colour), Attempt("propagate", "fail", colour)]
    assert advise_next(tried).next_strategy is None
    assert advise_next(tried, strategies=("plate", "joint")).next_strategy == "joint"


def test_the_page_warns_or_lists_what_to_change() -> None:
    stop = remedies_html(advise_next([FAIL, FAIL]))
    assert 'role="alert"' in stop
    assert "<li>" not in stop
    after = advise_next([LOOK])
    page = remedies_html(after)
    assert describe_remedy(after.remedies[0], in_app=True) in page
    assert describe_next_strategy(after) == "Next: strategy 'propagate'."
    assert 'role="alert"' not in page


def test_one_shot_is_one_source_with_masks_that_overlap() -> None:
    shot = RepairedShot("abc", Span(0, 10), Box(0, 0, 20, 20))
    assert same_shot(shot, RepairedShot("abc", Span(5, 15), Box(10, 10, 40, 40)))
    assert same_shot(shot, RepairedShot("abc", Span(9, 15)))
    assert not same_shot(shot, RepairedShot("xyz", Span(0, 10), Box(0, 0, 20, 20)))
    assert not same_shot(shot, RepairedShot("abc", Span(10, 15), Box(0, 0, 20, 20)))
    assert not same_shot(shot, RepairedShot("abc", Span(0, 10), Box(20, 0, 40, 20)))


def test_a_run_s_report_says_which_shot_it_was() -> None:
    scores = [{"name": "coverage", "per_frame": [None, 4.0, None, 5.0, None]}]
    report = {"source": {"sha256": "abc"}, "scores": scores}
    assert shot_of(report) == RepairedShot("abc", Span(1, 4))
    assert shot_of({**report, "scores": []}) is None
    empty = [{"name": "coverage", "per_frame": [None]}]
    assert shot_of({**report, "scores": empty}) is None


def _report(
    frames: range, kind: str, *, sha256: str = "abc", verdict: str = "fail"
) -> dict[str, Any]:
    per_frame = [4.0 if t in frames else None for t in range(20)]
    return {
        "source": {"sha256": sha256},
        "scores": [{"name": "coverage", "per_frame": per_frame}],
        "job": {"fill": {"strategy": "propagate"}},
        "gate": {"verdict": verdict, "reasons": [{"kind": kind}, {"kind": kind}]},
    }


def test_the_runs_of_one_shot_are_its_attempts() -> None:
    reports = [
        _report(range(0, 9), "blur"),
        _report(range(0, 9), "blur", sha256="other"),
        _report(range(12, 20), "seam"),
        _report(range(5, 15), "colour", verdict="look"),
    ]
    assert [one.kinds for one in attempts_on_last_shot(reports)] == [
        ("blur",),
        ("seam",),
        ("colour",),
    ]
    assert attempts_on_last_shot(reports)[-1] == Attempt("propagate", "look", ("colour",))
    assert attempts_on_last_shot([]) == []
    assert attempt_of({**reports[0], "gate": None}) is None


def test_twice_failed_in_the_reports_is_time_to_stop() -> None:
    assert advise_next(attempts_on_last_shot([_report(range(9), "blur")] * 2)).stop
