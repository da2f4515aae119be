"""What a model is told under More: only what the chosen strategy takes reaches the job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vinpaint.core import FillSettings, Generation, MediaError
from vinpaint.media import write_png
from vinpaint.results.store import Store
from vinpaint.strategies import STRATEGIES
from vinpaint.ui.page.layout import build_page
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.model_settings import models_of, options_of, taken
from vinpaint.ui.session.session import Session, job, refill
from vinpaint.ui.tabs import model_options
from vinpaint.ui.tabs.fill_tab import choose

VALUES: dict[str, Any] = {
    "model": "sdxl-inpainting",
    "negative_prompt": " sand ",
    "steps": 8.0,
    "guidance": 2.5,
    "conditioning": None,
    "repaint_times": 3.0,
    "repaint_jump": 4.0,
    "rim_guidance": 1.5,
    "smoothing": "average",
    "smoothing_sigma_frames": 2.0,
    "smoothing_sigma_levels": None,
    "patient": True,
}


@pytest.fixture
def visit(session: Session) -> Iterator[Visit]:
    visits = Visits()
    made = visits.of("a")
    made.change(lambda _: refill(session, FillSettings("frames")))
    yield made
    visits.close()


def test_the_controls_become_the_jobs_settings(visit: Visit) -> None:
    model_options.tell(visit, VALUES)
    told = Generation(
        "sdxl-inpainting", "sand", 8, 2.5, repaint=(3, 4), smoothing="average",
        smoothing_sigma_frames=2.0, rim_guidance=1.5, patient=True,
    )  # fmt: skip
    assert job(visit.session).fill.generation == told
    model_options.tell(visit, {**VALUES, "model": "stable-diffusion-inpainting"})
    assert job(visit.session).fill.generation.model == ""  # its own


def test_another_strategy_takes_what_it_knows_and_the_rest_is_kept(visit: Visit) -> None:
    model_options.tell(visit, VALUES)
    choose(visit, "joint", "", 0, "alpha", True)
    assert job(visit.session).fill.generation == Generation(
        negative_prompt="sand", steps=8, guidance=2.5, patient=True
    )
    for none in ("propagate", "auto"):
        choose(visit, none, "", 0, "alpha", True)
        assert job(visit.session).fill.generation == Generation()
    choose(visit, "frames", "", 0, "alpha", True)
    assert job(visit.session).fill.generation.repaint == (3, 4)


def test_the_licence_switch_hides_models(visit: Visit) -> None:
    assert "flux-fill" in models_of(FillSettings("frames"))
    assert "flux-fill" not in models_of(FillSettings("frames", commercial_safe=True))
    told = FillSettings("frames", generation=Generation("flux-fill"), commercial_safe=True)
    assert taken(told).generation.model == ""


def test_a_picture_is_kept_with_the_visit(visit: Visit, tmp_path: Path) -> None:
    picture = tmp_path / "truck.png"
    write_png(picture, np.full((8, 8, 3), 77, np.uint8))
    choose(visit, "joint", "", 0, "alpha", True)
    model_options.take_example(visit, str(picture))
    kept = Path(job(visit.session).fill.generation.example)
    assert kept.parent.parent == visit.folder
    model_options.tell(visit, VALUES)  # the others change: it stays
    assert job(visit.session).fill.generation.example == str(kept)
    model_options.drop_example(visit)
    assert job(visit.session).fill.generation.example == ""
    (tmp_path / "a.png").write_text("words")
    with pytest.raises(MediaError):
        model_options.take_example(visit, str(tmp_path / "a.png"))


def test_every_option_has_its_control_on_the_page(tmp_path: Path) -> None:
    visits = Visits()
    page = build_page(visits, Store(tmp_path))
    parts = {
        one["props"].get("elem_id"): one["props"] for one in page.get_config_file()["components"]
    }
    for name, strategy in STRATEGIES.items():
        assert options_of(name) == strategy.options
        for option in strategy.options:
            wanted = ["repaint_times", "repaint_jump"] if option == "repaint" else [option]
            for one in wanted:
                assert parts[f"told-{one}"]["visible"] is False  # 'propagate' takes none
    visits.close()
