"""Test strategy `frames`: order and noise of the frames, and tiny models end to end."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from tests.making import disk_hole, encode_rgb, mask_of, pan, write_folder
from vinpaint import backend
from vinpaint.core import (
    Cancelled,
    Context,
    FillSettings,
    Generation,
    Job,
    LimitError,
    MaskFile,
    MissingError,
    SettingsError,
    Span,
    Tuning,
    Video,
    no_op,
)
from vinpaint.media import open_clip
from vinpaint.strategies import check_fill, get_strategy
from vinpaint.strategies.diffusion import image_model, image_models, pipelines
from vinpaint.strategies.diffusion.frames import KEY_STEP, painting_order

pytestmark = pytest.mark.slow

COUNT, HEIGHT, WIDTH = 6, 48, 64
FRAMES = pan(COUNT, HEIGHT, WIDTH, step=(2, 0))
HOLE = disk_hole(COUNT, HEIGHT, WIDTH, radius=9, start=(30, 24))
QUICK = Generation(steps=2)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a folder of tiny models under the names in the register."""
    folder = tmp_path_factory.mktemp("models")
    tiny.save_sd(folder / "stable-diffusion-inpainting")
    tiny.save_sdxl(folder / "sdxl-inpainting")
    tiny.save_flux(folder / "flux-fill")
    tiny.save_sd(folder / "plain", inpainting=False)
    tiny.save_clip(folder / "clip-vit-b32")
    return folder


@pytest.fixture
def here(saved: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VINPAINT_MODELS", str(saved))
    return saved


def filled(generation: Generation = QUICK, *, count: int = COUNT, **more: Any) -> np.ndarray:
    settings = FillSettings("frames", "a red truck", generation=generation, **more)
    check_fill(settings)
    done = get_strategy("frames").fill(
        Video(FRAMES[:count]),
        mask_of(HOLE[:count]),
        context=Context(),
        settings=settings,
        progress=no_op,
    )
    return done.frames


def test_key_frames_come_first_and_each_frame_begins_with_the_nearest_that_is_done() -> None:
    steps = list(painting_order(range(20), np.zeros(20, np.bool_)))
    keys = [4, 12]
    assert [t for t, _ in steps[:2]] == [12, 4]
    assert steps[0][1] is None
    assert steps[1] == (4, 12)
    assert sorted(t for t, _ in steps) == list(range(20))
    ready = [12]
    for t, near in steps[1:]:
        assert near in ready
        assert abs(near - t) == min(abs(s - t) for s in ready)
        ready.append(t)
    assert all(abs(near - t) == 1 for t, near in steps[2:] if near is not None)
    assert keys[1] - keys[0] == KEY_STEP


def test_what_the_window_before_repaired_is_where_the_next_begins() -> None:
    done = np.arange(10) < 3
    steps = list(painting_order(range(3, 10), done))
    assert steps[0][1] == 2
    assert [t for t, _ in steps] == [7, *sorted({3, 4, 5, 6, 8, 9}, key=lambda t: abs(t - 7))]


@pytest.mark.parametrize("model", ["", "sdxl-inpainting", "flux-fill"])
@pytest.mark.usefixtures("here")
def test_each_model_fills_the_hole_and_nothing_else(model: str) -> None:
    count = 2 if model == "flux-fill" else COUNT  # the largest of the tiny ones
    frames, hole = FRAMES[:count], HOLE[:count]
    made = filled(replace(QUICK, model=model), count=count)
    assert np.array_equal(made[~hole], frames[~hole])
    assert (made != frames).any(axis=-1)[hole].mean() > 0.9


@pytest.mark.usefixtures("here")
def test_the_same_job_gives_the_same_pixels_and_every_option_changes_them() -> None:
    made = filled()
    assert np.array_equal(made, filled())
    assert not np.array_equal(made, filled(seed=1))
    for other in (
        {"negative_prompt": "sand"},
        {"guidance": 1.0},
        {"steps": 3},
        {"smoothing": "none"},
        {"smoothing_sigma_frames": 0.5},
    ):
        assert not np.array_equal(made, filled(replace(QUICK, **other))), other


def test_a_model_without_inpainting_training_paints_as_well(here: Path) -> None:
    plain = replace(QUICK, model=str(here / "plain"), steps=4)
    made = filled(replace(plain, repaint=(2, 1)))
    assert np.array_equal(made[~HOLE], FRAMES[~HOLE])
    assert (made != FRAMES).any(axis=-1)[HOLE].mean() > 0.9
    assert not np.array_equal(made, filled(replace(plain, repaint=(1, 1))))


@pytest.mark.parametrize("scheduler", ["PNDMScheduler", "EulerDiscreteScheduler"])
@pytest.mark.parametrize("inpainting", [True, False])
def test_it_begins_where_the_models_own_scheduler_is(
    scheduler: str, inpainting: bool, tmp_path: Path
) -> None:
    """As Stable Diffusion 1.5 and XL come; a start that is off by its sigma would be all noise."""
    model = tiny.save_sd(tmp_path / "sd", inpainting=inpainting, scheduler=scheduler)
    made = filled(Generation(str(model), steps=4), count=3)
    assert np.array_equal(made[~HOLE[:3]], FRAMES[:3][~HOLE[:3]])
    assert (made != FRAMES[:3]).any(axis=-1)[HOLE[:3]].mean() > 0.9
    if not inpainting:
        return
    inpainter = image_models.load_image_model(
        pipelines.find_model(str(model), instead=""), device="cpu", instead=""
    )
    assert isinstance(inpainter, image_models.InpaintingModel)
    noise, picture = inpainter.working_size.noise(0), image_model.image_tensor(FRAMES[0, :32, :32])
    generator = image_model.cpu_generator(0)
    start = inpainter._start(picture, noise, 0.5, 8, generator)
    pipe = inpainter.pipe
    known = pipe._encode_vae_image(picture * 2 - 1, generator)
    drawn = image_model.noise_tensor(noise, image_model.LatentFormat(known.device, known.dtype))
    given = start * pipe.scheduler.init_noise_sigma
    alpha = pipe.scheduler.alphas_cumprod[int(pipe.get_timesteps(8, 0.5, "cpu")[0][0])]
    factor = 1.0 if scheduler.startswith("Euler") else float(alpha) ** 0.5
    spread = (given - factor * known).std() / drawn.std()
    wanted = ((1 - alpha) / alpha) ** 0.5 if factor == 1.0 else (1 - alpha) ** 0.5
    assert float(spread) == pytest.approx(float(wanted), rel=0.05)


def test_even_frames_flicker_less(here: Path) -> None:
    """Still frames, so that neighbours can be compared pixel by pixel."""
    still = np.repeat(FRAMES[:1], 4, axis=0)
    hole = HOLE[:4]

    def flicker(how: Any, sigma_levels: float = 25.0) -> float:
        settings = FillSettings(
            "frames",
            generation=Generation(
                str(here / "stable-diffusion-inpainting"),
                steps=2,
                smoothing=how,
                smoothing_sigma_levels=sigma_levels,
            ),
        )
        made = get_strategy("frames").fill(
            Video(still), mask_of(hole), context=Context(), settings=settings, progress=no_op
        )
        steps = np.abs(np.diff(made.frames.astype(float), axis=0))
        return float(steps[hole[1:]].mean())

    none = flicker("none")
    assert flicker("average") < flicker("bilateral") < none
    assert flicker("bilateral", 1.0) > flicker("bilateral", 25.0)


@pytest.mark.usefixtures("here")
def test_it_stops_when_it_is_told_to() -> None:
    told: list[float] = []

    def stop(fraction: float, words: str) -> None:
        told.append(fraction)
        if words == "generating":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        get_strategy("frames").fill(
            Video(FRAMES),
            mask_of(HOLE),
            context=Context(),
            settings=FillSettings("frames", generation=QUICK),
            progress=stop,
        )
    assert 0 < max(told) < 0.5


@pytest.mark.usefixtures("here")
def test_memory_that_runs_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def scarce(self: Any, *args: Any, **more: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(image_models.InpaintingModel, "inpaint", scarce)
    with pytest.raises(LimitError, match="memory ran out while an image of 32x32 was generated"):
        filled()


@pytest.mark.parametrize("name", ["frames", "hybrid"])
@pytest.mark.usefixtures("here")
def test_a_job_runs_from_end_to_end_and_the_plate_is_exact(name: str, tmp_path: Path) -> None:
    clip = encode_rgb(tmp_path / "clip.mkv", FRAMES)
    masks = write_folder(tmp_path / "masks", HOLE.astype(np.uint8) * 255)
    fill = FillSettings(name, "a red truck", generation=QUICK, match_grain=False)
    out = tmp_path / "out.mkv"
    job = Job(str(clip), (MaskFile(str(masks)),), Tuning(0, 0, 0), fill)
    result = backend.run(job, [out])
    assert "adherence" in {score.name for score in result.scores}
    assert result.scores[-1].value is not None
    assert result.outside.largest_difference == 0
    again = backend.job_from_json(backend.job_to_json(result.job))
    assert again == result.job
    made = open_clip(str(out)).read(Span(0, COUNT)).frames
    assert np.array_equal(made[~HOLE], FRAMES[~HOLE])
    assert not np.array_equal(made[HOLE], FRAMES[HOLE])


@pytest.mark.parametrize("name", ["frames", "hybrid", "joint"])
def test_without_weights_one_sentence_says_what_to_do(name: str) -> None:
    with pytest.raises(MissingError, match=r"fetch .* \(about .* GB, .*\), or choose the strategy"):
        check_fill(FillSettings(name))


@pytest.mark.usefixtures("here")
def test_what_a_model_cannot_do_is_refused_and_so_is_its_licence() -> None:
    for generation, words in (
        (Generation(repaint=(2, 2)), "repaint is for models with no inpainting training"),
        (Generation("flux-fill", negative_prompt="sand"), "takes no negative prompt"),
    ):
        with pytest.raises(MissingError, match=words):
            check_fill(FillSettings("frames", generation=generation))
    with pytest.raises(SettingsError, match="does not allow commercial"):
        check_fill(FillSettings("frames", generation=Generation("flux-fill"), commercial_safe=True))
    with pytest.raises(
        SettingsError, match=r"'propagate' takes no steps; .* hybrid, frames or joint"
    ):
        check_fill(FillSettings("propagate", generation=QUICK))
    with pytest.raises(SettingsError, match="there are no weights called 'nonsense'"):
        check_fill(FillSettings("frames", generation=Generation("nonsense")))


def test_an_untrained_network_is_known_by_its_channels_whatever_its_folder_says(
    here: Path, tmp_path: Path
) -> None:
    """Saved as a pipeline for inpainting, as people do: it sees no hole, so `repaint` leads it."""
    index = "model_index.json"
    for kind in ("StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline"):
        shutil.copytree(here / "plain", tmp_path / kind)
        words = (here / "plain" / index).read_text().replace("StableDiffusionPipeline", kind)
        (tmp_path / kind / index).write_text(words)
    told = Generation(str(tmp_path / "StableDiffusionInpaintPipeline"), steps=2, repaint=(2, 1))
    made = filled(told, count=2)
    assert (made != FRAMES[:2]).any(axis=-1)[HOLE[:2]].mean() > 0.9
    with pytest.raises(MissingError, match="XLInpaintPipeline has no inpainting training"):
        check_fill(FillSettings("frames", generation=Generation(str(tmp_path / kind))))


def test_a_folder_that_holds_something_else_is_said_to(here: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingError, match=r"no pipeline of diffusers; .* StableDiffusionInpaint"):
        check_fill(FillSettings("frames", generation=Generation(str(tmp_path))))
    with pytest.raises(MissingError, match="holds a FluxFillPipeline"):
        check_fill(FillSettings("joint", generation=Generation(str(here / "flux-fill"))))
