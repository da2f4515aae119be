"""Test strategy `hybrid`: pixels that no frame shows are generated, then propagated."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from tests.making import disk_hole, mask_of, pan
from vinpaint.core import Context, FillSettings, Generation, Video, no_op
from vinpaint.strategies import get_strategy
from vinpaint.strategies.diffusion import image_models
from vinpaint.strategies.propagation.propagate import fill_by_propagation

COUNT, HEIGHT, WIDTH = 12, 72, 96


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.save_sd(tmp_path_factory.mktemp("sd")))


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """Return the holes that the model received."""
    given: list[np.ndarray] = []
    inpaint = image_models.InpaintingModel.inpaint

    def listen(self: Any, frame: Any, hole: Any, **more: Any) -> Any:
        given.append(hole)
        return inpaint(self, frame, hole, **more)

    monkeypatch.setattr(image_models.InpaintingModel, "inpaint", listen)
    return given


def fill(
    name: str, frames: np.ndarray, hole: np.ndarray, model: str, *, context: Context = Context()
) -> np.ndarray:
    generation = Generation(model, steps=2) if model else Generation()
    done = get_strategy(name).fill(
        Video(frames),
        mask_of(hole),
        context=context,
        settings=FillSettings(name, generation=generation),
        progress=no_op,
    )
    return done.frames


def test_what_other_frames_show_is_never_painted(model: str, painted: list[np.ndarray]) -> None:
    frames = pan(COUNT, HEIGHT, WIDTH, step=(3, 0))
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=10, start=(30, 36), step=(3, 0))
    assert np.array_equal(fill("hybrid", frames, hole, model), fill("propagate", frames, hole, ""))
    assert not painted


def test_what_no_frame_shows_is_painted_once_and_led_on(
    model: str, painted: list[np.ndarray]
) -> None:
    frames = np.repeat(pan(1, HEIGHT, WIDTH), COUNT, axis=0)  # still: nothing is ever seen
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=14, start=(48, 36))
    made = fill("hybrid", frames, hole, model)
    assert len(painted) == 1
    assert np.array_equal(made[~hole], frames[~hole])
    assert np.abs(np.diff(made.astype(int), axis=0)).max() <= 2
    assert (made != fill("propagate", frames, hole, "")).any()


@pytest.mark.usefixtures("painted")
def test_what_no_frame_shows_is_counted(model: str) -> None:
    frames = np.repeat(pan(1, HEIGHT, WIDTH), 3, axis=0)
    hole = disk_hole(3, HEIGHT, WIDTH, radius=14, start=(48, 36))
    counts: dict[int, int] = {}
    fill("hybrid", frames, hole, model, context=Context(invented=counts.__setitem__))
    assert counts == {t: int(hole[t].sum()) for t in range(3)}


def test_any_maker_can_take_the_place_of_patchmatch() -> None:
    frames = np.repeat(pan(1, HEIGHT, WIDTH), 3, axis=0)
    hole = disk_hole(3, HEIGHT, WIDTH, radius=14, start=(48, 36))
    calls: list[str] = []

    class Red:
        def warm(self) -> None:
            calls.append("warm")

        def fill(self, frame: Any, area: Any, *, keep_out: Any, heartbeat: Any) -> Any:
            calls.append("fill")
            heartbeat()
            return np.where(area[..., None], np.array([200, 0, 0], np.uint8), frame)

        def close(self) -> None:
            calls.append("close")

    made = fill_by_propagation(
        Video(frames),
        mask_of(hole),
        context=Context(),
        settings=FillSettings(),
        texture=Red(),
        progress=no_op,
    ).frames
    assert calls == ["warm", "fill", "close"]
    red = made[:, 36, 48].astype(int)
    assert (red[:, 0] - red[:, 1] > 100).all()
