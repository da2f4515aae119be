"""Test strategy `joint`: windows without a seam, lack of memory, and tiny models end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from tests.making import disk_hole, encode_rgb, mask_of, pan, write_folder
from vinpaint import backend
from vinpaint.core import (
    Context,
    FillSettings,
    Generation,
    Job,
    LimitError,
    MaskFile,
    MissingError,
    Span,
    Tuning,
    Video,
    no_op,
)
from vinpaint.media import open_clip
from vinpaint.strategies import check_fill, get_strategy
from vinpaint.strategies.diffusion import video_models
from vinpaint.strategies.diffusion.joint import choose_crop, fill_in_windows, window_lengths_to_try

pytestmark = pytest.mark.slow

COUNT, HEIGHT, WIDTH = 9, 48, 64
FRAMES = pan(COUNT, HEIGHT, WIDTH, step=(2, 0))
HOLE = disk_hole(COUNT, HEIGHT, WIDTH, radius=9, start=(30, 24))
QUICK = Generation(steps=2)
SMALL = 16


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a folder of tiny models under the names in the register."""
    folder = tmp_path_factory.mktemp("models")
    tiny.save_vace(folder / "wan-vace-1.3b")
    tiny.save_easyanimate(folder / "easyanimate-inpaint")
    tiny.save_wan(folder / "plain")
    return folder


@pytest.fixture
def here(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VINPAINT_MODELS", str(saved))
    return saved


def filled(generation: Generation = QUICK, *, context: Context | None = None, **more: Any) -> Any:
    settings = FillSettings("joint", "a red truck", generation=generation, **more)
    check_fill(settings)
    done = get_strategy("joint").fill(
        Video(FRAMES),
        mask_of(HOLE),
        context=context or Context(),
        settings=settings,
        progress=no_op,
    )
    return done.frames


def numbered(count: int) -> np.ndarray:
    """Return (count, 16, 16, 3): frames with their number in the first two channels."""
    frames = np.zeros((count, SMALL, SMALL, 3), np.uint8)
    frames[..., 0] = (np.arange(count) % 256)[:, None, None]
    frames[..., 1] = (np.arange(count) // 256)[:, None, None]
    return frames


@pytest.mark.parametrize("count", [1, 4, 5, 80, 81, 82, 300])
def test_no_seam_and_no_frame_dropped_or_doubled(count: int) -> None:
    """A model that gives back the number of each frame, read off beside the hole."""
    frames = numbered(count)
    hole = np.zeros((count, SMALL, SMALL), np.bool_)
    hole[:, 4:12, 4:12] = True
    spoilt = np.where(hole[..., None], np.uint8(77), frames)
    lengths, made = [], np.zeros(count, int)

    def number_of(some: np.ndarray, holes: np.ndarray, _number: int, _told: Any) -> np.ndarray:
        lengths.append(len(some))
        for t in np.unique(some[holes.any(axis=(1, 2)), 0, 0].astype(int) @ [1, 256, 0]):
            made[t] += 1
        return np.broadcast_to(some[:, :1, :1], some.shape).copy()

    out = fill_in_windows(spoilt, hole, number_of, most=81, progress=no_op)
    assert np.array_equal(out, frames)
    assert all(length % 4 == 1 and length <= 81 for length in lengths)
    assert (made == 1).all()  # what a window has made is known to the next


def test_the_next_window_sees_the_end_of_the_last_as_known() -> None:
    frames = numbered(120)
    hole = np.ones((120, SMALL, SMALL), np.bool_)
    hole[:, 0] = False
    seen: list[tuple[np.ndarray, np.ndarray]] = []

    def make(some: np.ndarray, holes: np.ndarray, number: int, _told: Any) -> np.ndarray:
        seen.append((some, holes))
        return np.full_like(some, 100 + number)

    fill_in_windows(frames, hole, make, most=81, progress=no_op)
    (_, first), (given, second) = seen
    known = ~second.any(axis=(1, 2))
    assert first.any(axis=(1, 2)).all()
    assert known[:16].all()
    assert not known[len(given) - 17 :].any()
    assert (given[known][:, 1:] >= 95).all()  # what the first left, but for its light


def test_as_much_is_seen_around_the_hole_as_fits_the_model() -> None:
    hole = np.zeros((3, 400, 600), np.bool_)
    hole[1, 190:210, 290:310] = True
    box = choose_crop(hole, most_pixels=200 * 200)
    assert 150 * 150 < box.width * box.height <= 200 * 200
    assert box.x0 < 290 - 48
    assert box.x1 >= 310 + 48
    whole = choose_crop(hole, most_pixels=10_000_000)
    assert (whole.width, whole.height) == (600, 400)
    assert choose_crop(hole, most_pixels=1).width == 20 + 96  # a little there always is


@pytest.mark.parametrize("model", ["", "easyanimate-inpaint", "plain"])
def test_each_family_fills_the_hole_and_nothing_else(model: str, here: Path) -> None:
    name = str(here / model) if model == "plain" else model
    made = filled(replace(QUICK, model=name))
    assert np.array_equal(made[~HOLE], FRAMES[~HOLE])
    assert (made != FRAMES).any(axis=-1)[HOLE].mean() > 0.9
    assert np.array_equal(made, filled(replace(QUICK, model=name)))


def test_every_option_changes_what_is_made(here: Path, tmp_path: Path) -> None:
    picture = tmp_path / "truck.png"
    cv2.imwrite(str(picture), np.full((20, 30, 3), (10, 40, 220), np.uint8))
    made = filled()
    assert not np.array_equal(made, filled(seed=1))
    for other in (
        {"negative_prompt": "sand"},
        {"guidance": 1.0},
        {"steps": 3},
        {"conditioning": 0.2},
        {"example": str(picture)},
    ):
        assert not np.array_equal(made, filled(replace(QUICK, **other))), other
    plain = replace(QUICK, model=str(here / "plain"))
    with pytest.raises(MissingError, match="only Wan VACE takes --example"):
        filled(replace(plain, example=str(picture)))
    with pytest.raises(MissingError, match="only Wan VACE takes --conditioning"):
        filled(replace(plain, conditioning=0.5))


def test_vace_is_given_grey_in_the_hole_and_a_white_mask() -> None:
    given: dict[str, Any] = {}

    class Pipe:
        tokenizer = type("Tokenizer", (), {"model_max_length": 64})

        def __call__(self, **what: Any) -> Any:
            given.update(what)
            return type("Result", (), {"frames": what["video"][0][None]})

    frames, hole = FRAMES[:5], HOLE[:5]
    made = video_models.VaceModel(Pipe()).make(
        frames, hole, settings=FillSettings("joint"), seed=0, heartbeat=lambda share: None
    )
    (video,), (mask,) = given["video"], given["mask"]
    assert (video[hole] == 0.5).all()
    assert np.allclose(video[~hole] * 255, frames[~hole])
    assert np.array_equal(mask[..., 0] == 1, hole)
    assert (given["num_frames"], given["height"], given["width"]) == (5, HEIGHT, WIDTH)
    assert np.array_equal(made[~hole], frames[~hole])


def test_a_model_that_takes_no_mask_has_what_is_known_put_back(here: Path) -> None:
    """After the last step the latents outside the hole are the source's own."""
    from vinpaint.strategies.diffusion.pipelines import find_model, load_pipeline

    model = find_model(str(here / "plain"), instead="")
    pipe = load_pipeline(model, device="cpu", instead="")
    film = video_models.TextToVideoModel(pipe)
    frames = np.zeros((5, 32, 64, 3), np.uint8) + np.arange(64, dtype=np.uint8)[:, None] * 3
    hole = np.zeros((5, 32, 64), np.bool_)
    hole[:, :, 40:] = True
    decoded = []
    vae = pipe.vae
    decode = vae.decode

    def listen(latents: Any, **more: Any) -> Any:
        decoded.append(latents)
        return decode(latents, **more)

    vae.decode = listen
    try:
        settings = FillSettings("joint", generation=QUICK)
        film.make(frames, hole, settings=settings, seed=0, heartbeat=lambda share: None)
    finally:
        del vae.decode
    known = film._encode(video_models.grey_hole(frames, hole))
    import torch

    mean = torch.tensor(vae.config.latents_mean).view(1, -1, 1, 1, 1)
    spread = torch.tensor(vae.config.latents_std).view(1, -1, 1, 1, 1)
    mask = video_models.video_latent_mask(hole, tuple(known.shape[2:])).bool().expand_as(known)
    left = (decoded[0] - mean) / spread
    assert torch.allclose(left[~mask], known[~mask], atol=1e-4)
    assert not torch.allclose(left[mask], known[mask], atol=1e-2)


def test_a_latent_is_hole_where_any_of_its_frames_is() -> None:
    hole = np.zeros((9, 16, 16), np.bool_)
    hole[6, 3, 12] = True
    mask = video_models.video_latent_mask(hole, (3, 2, 2))[0, 0].numpy()
    assert mask.sum() == 1
    assert mask[2, 0, 1] == 1  # frames 5 to 8


def test_out_of_memory_falls_back_to_shorter_windows_and_says_so(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    tried, notes = [], list[str]()
    make = video_models.VaceModel.make

    def scarce(self: Any, frames: Any, hole: Any, **more: Any) -> Any:
        tried.append(len(frames))
        if len(frames) > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return make(self, frames, hole, **more)

    monkeypatch.setattr(video_models.VaceModel, "make", scarce)
    made = filled(context=Context(note=notes.append))
    assert tried[0] == 9
    assert set(tried[1:]) == {5}
    assert np.array_equal(made[~HOLE], FRAMES[~HOLE])
    assert (made != FRAMES).any(axis=-1)[HOLE].mean() > 0.9
    assert len(notes) == 1
    assert "ran out of memory with windows of 9 frames; it went on with windows of 5" in notes[0]

    def none(self: Any, *args: Any, **more: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(video_models.VaceModel, "make", none)
    with pytest.raises(LimitError, match="even with windows of 5 frames"):
        filled()


@pytest.mark.usefixtures("here")
def test_no_work_is_lost_on_frames_ahead_that_are_thrown_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[int] = []
    make = video_models.VaceModel.make

    def listen(self: Any, frames: Any, hole: Any, **more: Any) -> Any:
        given.append(len(frames))
        return make(self, frames, hole, **more)

    monkeypatch.setattr(video_models.VaceModel, "make", listen)
    made = filled(context=Context(ahead_frames=4))
    assert given == [5]
    assert np.array_equal(made[5:], FRAMES[5:])
    assert (made[:5] != FRAMES[:5]).any(axis=-1)[HOLE[:5]].mean() > 0.9


def test_windows_to_try() -> None:
    assert window_lengths_to_try(300, 81) == [81, 49, 33, 17, 5]
    assert window_lengths_to_try(20, 81) == [21, 17, 5]
    assert window_lengths_to_try(3, 81) == [5]
    assert window_lengths_to_try(1, 81) == [1]


@pytest.mark.usefixtures("here")
def test_a_job_runs_from_end_to_end_and_the_plate_is_exact(tmp_path: Path) -> None:
    clip = encode_rgb(tmp_path / "clip.mkv", FRAMES)
    masks = write_folder(tmp_path / "masks", HOLE.astype(np.uint8) * 255)
    fill = FillSettings("joint", "a red truck", generation=QUICK, match_grain=False)
    out = tmp_path / "out.mkv"
    job = Job(str(clip), (MaskFile(str(masks)),), Tuning(0, 0, 0), fill, measures="none")
    result = backend.run(job, [out])
    assert result.outside.largest_difference == 0
    made = open_clip(str(out)).read(Span(0, COUNT)).frames
    assert np.array_equal(made[~HOLE], FRAMES[~HOLE])
    assert not np.array_equal(made[HOLE], FRAMES[HOLE])


@pytest.mark.usefixtures("here")
def test_the_background_is_replaced_where_the_mask_is_inverted(tmp_path: Path) -> None:
    clip = encode_rgb(tmp_path / "clip.mkv", FRAMES[:5])
    masks = write_folder(tmp_path / "masks", HOLE[:5].astype(np.uint8) * 255)
    fill = FillSettings("joint", "red sand", generation=QUICK, match_grain=False)
    out = tmp_path / "out.mkv"
    where = (MaskFile(str(masks)),)
    backend.run(Job(str(clip), where, Tuning(0, 0, 0), fill, True, measures="none"), [out])
    made, hole = open_clip(str(out)).read(Span(0, 5)).frames, HOLE[:5]
    assert np.array_equal(made[hole], FRAMES[:5][hole])
    assert (made != FRAMES[:5]).any(axis=-1)[~hole].mean() > 0.9
