"""The gate by frame, drawn; and the report on one page to print."""

from __future__ import annotations

import dataclasses
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.results.test_store import finished
from vinpaint.core import GateReason, GateResult, Span, job_to_json
from vinpaint.media import open_clip, write_frames
from vinpaint.quality.gate import read_gate
from vinpaint.results.pages.print_report import printed_html, wipe_still
from vinpaint.results.pages.routes import share_routes
from vinpaint.results.pages.timeline import timeline_html
from vinpaint.results.store import RunFiles, Store

SEAM = GateReason("seam", "boundary", 3.0, 1.0, 1.6, whole=False, spans=(Span(3, 5),))
BLUR = GateReason("blur", "sharpness", 0.2, 1.0, 1.2, whole=True, spans=(Span(7, 8), Span(3, 5)))
GATE = GateResult(
    verdict="look",
    quality=0.7,
    reasons=(SEAM, BLUR),
    spans=(Span(3, 5), Span(7, 8)),
    per_frame=(None, 0.2, 0.4, 1.6, 1.2, 0.5, 0.1, 1.1, None, None),
)


def report_of(gate: GateResult | None) -> dict[str, Any]:
    plain = None if gate is None else dataclasses.asdict(gate)
    found: dict[str, Any] = json.loads(json.dumps({"gate": plain, "verdict": "Look at it."}))
    return found


def test_a_gate_comes_back_from_its_report() -> None:
    assert read_gate(report_of(GATE)) == GATE
    assert read_gate({"gate": {"verdict": "splendid"}}) is None
    assert read_gate({}) is None


def test_each_span_says_what_is_wrong_and_leads_there() -> None:
    page = timeline_html(report_of(GATE))
    assert page.count("<rect") == 2
    assert 'data-go="3"' in page
    assert "Frames 3 to 4" in page
    assert "Frame 7<" in page
    first, second = page.split("<li>")[1:]
    assert "border" in first
    assert "blurrier" in first
    assert "border" not in second
    assert "data-mend" not in page
    assert 'data-mend="3,5"' in timeline_html(report_of(GATE), mends=True)


def test_the_curve_leaves_out_what_was_not_measured_and_stays_inside() -> None:
    page = timeline_html(report_of(GATE))
    assert page.count('d="M') == 1
    assert page[page.index('d="M') :].count("M") == 1  # one unbroken stretch
    broken = dataclasses.replace(GATE, per_frame=(9.0, None, 0.1), spans=(), reasons=())
    drawn = timeline_html(report_of(broken))
    assert "-" not in drawn[drawn.index('d="M') : drawn.index('"/></svg>')]


def test_a_long_clip_is_drawn_in_few_steps_and_keeps_its_peak() -> None:
    strengths = [0.1] * 9000
    strengths[4321] = 3.0
    page = timeline_html(report_of(dataclasses.replace(GATE, per_frame=tuple(strengths))))
    assert len(page) < 20_000
    assert " 2.0H" in page  # the top


@pytest.mark.parametrize("gate", [None, dataclasses.replace(GATE, per_frame=(None, None))])
def test_where_no_frame_was_judged_there_is_no_plot(gate: GateResult | None) -> None:
    assert timeline_html(report_of(gate)) == ""


def test_the_still_is_cut_through_what_changed() -> None:
    before = np.zeros((20, 60, 3), np.uint8)
    after = before.copy()
    after[5:15, 40:50] = 200
    still = wipe_still(before, after)
    assert (still[:, :40] == 0).all()
    assert (still[8, 46:50] == 200).all()
    assert (still[:, 44] == 255).all()


@pytest.fixture
def clips(tmp_path: Path) -> tuple[Path, Path]:
    paths = tmp_path / "before.mp4", tmp_path / "after.mkv"
    for path, level in zip(paths, (50, 180), strict=True):
        picture = np.full((48, 64, 3), level, np.uint8)
        write_frames(path, [picture] * 6, fps=Fraction(25), lossless=path.suffix == ".mkv")
    return paths


def test_the_printed_page_stands_alone(clips: tuple[Path, Path]) -> None:
    report = {**report_of(GATE), "source": {"name": "<b>.mp4", "frames": 6}}
    page = printed_html(report, *(open_clip(path) for path in clips))
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    assert "http" not in page
    assert "<b>.mp4" not in page
    assert "Look at it." in page


def test_every_kept_run_has_its_page_to_print(clips: tuple[Path, Path], tmp_path: Path) -> None:
    store = Store(tmp_path / "results")
    result = finished(tmp_path / "work")
    result.outs[1].write_bytes(clips[1].read_bytes())
    shown = RunFiles(clips[0], is_source=True, name="a.mp4")
    run_id = store.save(result, shown=shown, report=report_of(GATE), to_json=job_to_json)
    client = TestClient(Starlette(routes=share_routes(store)))
    answer = client.get(f"/share/{run_id}/report")
    assert answer.status_code == 200
    assert "script" not in answer.headers["Content-Security-Policy"]
    assert "data:image/jpeg" in answer.text
    assert "report" in client.get(f"/share/{run_id}").text
    assert client.get("/share/nothing-here-000000000/report").status_code == 404
