from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.results.test_store import finished
from vinpaint.core import job_to_json
from vinpaint.results.pages.evidence import format_number, scores_html, sparkline, verdict_html
from vinpaint.results.pages.routes import share_routes
from vinpaint.results.store import RunFiles, Store

REPORT = {
    "verdict": "As steady as the clip <itself>.",
    "source": {"name": "a.mp4", "width": 64, "height": 48, "frames": 6, "fps": 25, "seconds": 0.2},
    "scores": [
        {
            "name": f"s{number}",
            "title": f"Measure {number}",
            "value": 0.0021,
            "unit": "px",
            "better": "lower",
            "meaning": "What it says.",
            "yardstick": 0.0024,
            "per_frame": (None, 0.1, 0.2),
        }
        for number in range(6)
    ],
    "outside": {
        "pixels_compared": 55296000,
        "largest_difference": 0,
        "largest_difference_before_encoding": 0,
        "lossless": True,
    },
    "notes": ["The sound was <copied>."],
}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.fixture
def run_id(store: Store, tmp_path: Path) -> str:
    result = finished(tmp_path / "work")
    before = tmp_path / "before.mp4"
    before.write_bytes(bytes(range(200)))
    shown = RunFiles(before, is_source=True, name='<img src=x onerror="alert(1)">.mp4')
    return store.save(result, shown=shown, report=REPORT, to_json=job_to_json)


@pytest.fixture
def client(store: Store) -> TestClient:
    return TestClient(Starlette(routes=share_routes(store)))


def test_a_page_shows_the_run(client: TestClient, run_id: str) -> None:
    page = client.get(f"/share/{run_id}")
    assert page.status_code == 200
    for text in ("Measure 0", "0 of 55,296,000 samples", "lower is better", "job.json", "Play"):
        assert text in page.text


def test_a_page_has_all_dark_colours(client: TestClient, run_id: str) -> None:
    light, dark = client.get(f"/share/{run_id}").text.split("@media (prefers-color-scheme: dark)")
    for colour in ("--vp-bg: #111417", "--vp-warn: #f0b35c", "--vp-bad: #ff9a9a", "scheme: dark"):
        assert colour in light  # of the app's own switch
        assert colour in dark


def test_a_page_lets_nothing_in(client: TestClient, run_id: str) -> None:
    page = client.get(f"/share/{run_id}")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
    assert "&lt;itself&gt;" in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text


def test_what_is_left_over_is_shown_and_said_where_there_is_some(
    client: TestClient, store: Store, tmp_path: Path
) -> None:
    sentence = "Part of it is left <below> the mask on frames 2 to 4."
    reason = {
        "kind": "leftover",
        "score": "leftover",
        "value": 20.0,
        "yardstick": None,
        "strength": 2.0,
        "whole": False,
    }
    gate = {"verdict": "look", "quality": 0.8, "reasons": [{**reason, "sentence": sentence}]}
    before, left = tmp_path / "before.mp4", tmp_path / "left.json"
    before.write_bytes(b"before")
    left.write_text('{"holes": [[], [[1, 1, 5, 1, 5, 5]]], "reaches": []}')

    def page(name: str, outline: Path | None, report: dict[str, object]) -> tuple[str, str]:
        shown = RunFiles(before, is_source=True, leftover=outline)
        result = finished(tmp_path / name)
        run_id = store.save(result, shown=shown, report=report, to_json=job_to_json)
        return run_id, client.get(f"/share/{run_id}").text

    run_id, text = page("left", left, {**REPORT, "gate": gate})
    assert 'id="left"' in text
    assert "Part of it is left &lt;below&gt; the mask on frames 2 to 4." in text
    assert client.get(f"/share/{run_id}/leftover.json").text == left.read_text()
    clean, text = page("clean", None, {**REPORT, "gate": {**gate, "reasons": []}})
    assert 'id="left"' not in text
    assert "vp-left" not in text.partition("<body")[2]
    assert client.get(f"/share/{clean}/leftover.json").status_code == 404
    _, text = page("older", None, {**REPORT, "gate": gate})  # kept before the outline was
    assert 'id="left"' not in text
    assert "&lt;below&gt;" in text


def test_an_unknown_run_is_a_plain_404(client: TestClient) -> None:
    for address in ("/share/" + "a" * 22, "/share/../etc", "/share/x/before.mp4"):
        answer = client.get(address)
        assert answer.status_code == 404
    assert "There is no repair" in client.get("/share/" + "a" * 22).text


def test_files_come_by_byte_ranges(client: TestClient, run_id: str) -> None:
    answer = client.get(f"/share/{run_id}/before.mp4", headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == bytes(range(10, 20))
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_downloads_are_named(client: TestClient, run_id: str) -> None:
    answer = client.get(f"/share/{run_id}/job.json?download")
    assert 'filename="job.json"' in answer.headers["content-disposition"]


@pytest.mark.parametrize("name", ["secret.txt", "%2e%2e%2fsecret", "..", "report.json.bak"])
def test_other_files_do_not_come(client: TestClient, store: Store, run_id: str, name: str) -> None:
    (store.root / run_id / "secret.txt").write_text("secret")
    answer = client.get(f"/share/{run_id}/{name}")
    assert answer.status_code in (404, 307)
    assert "secret" not in answer.text


def test_there_is_no_list_of_runs(client: TestClient, run_id: str) -> None:
    for address in ("/share", "/share/"):
        assert client.get(address).status_code == 404


def test_numbers_come_with_words() -> None:
    html = scores_html(REPORT)
    assert "<b>0.00210</b> px" in html
    assert "lower is better; the clip&#x27;s own is 0.00240" in html
    assert "&lt;copied&gt;" in html
    assert html.index("Measure 2") < html.index("All measures") < html.index("Measure 3")


def test_a_difference_outside_is_not_hidden() -> None:
    outside = {**REPORT["outside"], "largest_difference_before_encoding": 3}
    html = scores_html({**REPORT, "outside": outside})
    assert "<b>3</b> of 255 levels" in html
    assert "please report this" in html


def test_a_report_without_scores_still_shows() -> None:
    assert "vp-evidence" in scores_html({"scores": ()})
    assert verdict_html({})


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (0.0021, "0.00210"),
        (0.000004, "0.00000400"),
        (0.5, "0.500"),
        (1.5, "1.50"),
        (31.41, "31.4"),
        (310.2, "310"),
        (12345.6, "12,346"),
        (-2.5, "-2.50"),
    ],
)
def test_numbers_are_written_plainly(value: float, words: str) -> None:
    assert format_number(value) == words


def test_a_chart_has_gaps_where_nothing_was_measured() -> None:
    assert sparkline((1.0, None, 2.0, 3.0)).count("M") == 2
    assert sparkline((None, 1.0)) == ""
    assert sparkline((None, None, 1.0, 2.0, None)) == sparkline((1.0, 2.0))
    assert sparkline((1.0, 1.0)) != ""


def test_the_quality_stands_with_its_ruling_and_parts_and_what_is_missing_with_its_reason() -> None:
    gate = {
        "verdict": "look",
        "quality": 0.8123,
        "parts": [
            {"score": "warp", "badness": 0.25, "weight": 0.5},
            {"score": "texture", "badness": 0.1, "weight": 0.3},
        ],
    }
    missing = {**REPORT["scores"][0], "name": "fid", "value": None, "missing": "no <weights>"}
    page = scores_html({**REPORT, "gate": gate, "scores": [*REPORT["scores"], missing]})
    assert "<b>0.81</b> of 1" in page
    assert "Watch it play before you use it" in page
    assert "steadiness 0.75, texture (by wavelets; FID was not measured) 0.90" in page
    assert page.index("vp-quality") < page.index('data-score="s0"')
    assert 'data-score="fid"' in page
    assert "no &lt;weights&gt;" in page
    assert "vp-quality" not in scores_html({**REPORT, "gate": None})
