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
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.model_settings import (
    available_models,
    effective_settings,
    supported_options,
)
from vinpaint.ui.session.session import Session
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
def browser(session: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda _: session.with_fill(FillSettings("frames")))
    yield made
    browsers.close()


def test_the_controls_become_the_jobs_settings(browser: BrowserSession) -> None:
    model_options.set_options(browser, VALUES)
    told = Generation(
        "sdxl-inpainting", "sand", 8, 2.5, repaint=(3, 4), smoothing="average",
        smoothing_sigma_frames=2.0, rim_guidance=1.5, patient=True,
    )  # fmt: skip
    assert browser.session.job().fill.generation == told
    model_options.set_options(browser, {**VALUES, "model": "stable-diffusion-inpainting"})
    assert browser.session.job().fill.generation.model == ""  # its own


def test_another_strategy_takes_what_it_knows_and_the_rest_is_kept(browser: BrowserSession) -> None:
    model_options.set_options(browser, VALUES)
    choose(browser, "joint", "", 0, "alpha", True)
    assert browser.session.job().fill.generation == Generation(
        negative_prompt="sand", steps=8, guidance=2.5, patient=True
    )
    for none in ("propagate", "auto"):
        choose(browser, none, "", 0, "alpha", True)
        assert browser.session.job().fill.generation == Generation()
    choose(browser, "frames", "", 0, "alpha", True)
    assert browser.session.job().fill.generation.repaint == (3, 4)


def test_the_licence_switch_hides_models(browser: BrowserSession) -> None:
    assert "flux-fill" in available_models(FillSettings("frames"))
    assert "flux-fill" not in available_models(FillSettings("frames", commercial_safe=True))
    told = FillSettings("frames", generation=Generation("flux-fill"), commercial_safe=True)
    assert effective_settings(told).generation.model == ""


def test_a_picture_is_kept_with_the_visit(browser: BrowserSession, tmp_path: Path) -> None:
    picture = tmp_path / "truck.png"
    write_png(picture, np.full((8, 8, 3), 77, np.uint8))
    choose(browser, "joint", "", 0, "alpha", True)
    model_options.take_example(browser, str(picture))
    kept = Path(browser.session.job().fill.generation.example)
    assert kept.parent.parent == browser.folder
    model_options.set_options(browser, VALUES)  # the others change: it stays
    assert browser.session.job().fill.generation.example == str(kept)
    model_options.drop_example(browser)
    assert browser.session.job().fill.generation.example == ""
    (tmp_path / "a.png").write_text("words")
    with pytest.raises(MediaError):
        model_options.take_example(browser, str(tmp_path / "a.png"))


def test_every_option_has_its_control_on_the_page(tmp_path: Path) -> None:
    browsers = BrowserSessions()
    page = build_page(browsers, Store(tmp_path))
    parts = {
        one["props"].get("elem_id"): one["props"] for one in page.get_config_file()["components"]
    }
    for name, strategy in STRATEGIES.items():
        assert supported_options(name) == strategy.options
        for option in strategy.options:
            wanted = ["repaint_times", "repaint_jump"] if option == "repaint" else [option]
            for one in wanted:
                assert parts[f"option-{one}"]["visible"] is False  # 'propagate' takes none
    browsers.close()
