"""Strategy `plate` on scenes whose truth is known, from the reference's place to the written clip.

Every floor lies a few decibels below what was measured, and above what the same run reaches when
one of its parts (homography, flow, light, membrane, propagation of the rest) is taken out.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import disk_hole, texture, write_folder
from vinpaint import backend
from vinpaint.core import (
    Bools,
    Context,
    FillSettings,
    Frames,
    Job,
    Mask,
    MaskFile,
    MediaError,
    Result,
    SettingsError,
    Span,
    Tuning,
    Video,
    no_op,
)
from vinpaint.media import open_clip
from vinpaint.pipeline import plan
from vinpaint.strategies import get_strategy

pytestmark = pytest.mark.slow

COUNT, HEIGHT, WIDTH = 12, 96, 128
MARGIN = 100
PLATE = FillSettings("plate", match_grain=False)


@pytest.fixture(autouse=True)
def probe_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", lambda f, *args, **_: f(*args))


def world() -> Frames:
    """Return a picture that the camera moves over."""
    return texture(HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN, seed=3)


def view(*, x: float = 0, y: float = 0, turn: float = 0, scale: float = 1, size: int = 1) -> Frames:
    """What a camera sees of the world; `size`: so many pixels for each of the clip's."""
    matrix = cv2.getRotationMatrix2D((MARGIN + WIDTH / 2 + x, MARGIN + HEIGHT / 2 + y), turn, scale)
    matrix[:, 2] -= (MARGIN + x, MARGIN + y)
    matrix = np.diag([size, size]).astype(np.float64) @ matrix
    matrix[:, 2] += (size - 1) / 2
    shape = WIDTH * size, HEIGHT * size
    seen: Frames = cv2.warpAffine(world(), matrix, shape, flags=cv2.INTER_CUBIC)
    return seen


def still(count: int = COUNT) -> Frames:
    return np.repeat(view()[None], count, axis=0)


def disk(count: int = COUNT, *, radius: float = 18, at: tuple[float, float] = (64, 48)) -> Bools:
    return disk_hole(count, HEIGHT, WIDTH, radius=radius, start=at)


def setup(folder: Path, truth: Frames, hole: Bools) -> Job:
    """Return a clip whose hole contains a red object, with its mask."""
    write_folder(folder / "clip", np.where(hole[..., None], np.uint8([230, 20, 20]), truth))
    write_folder(folder / "mask", hole.astype(np.uint8) * 255)
    where = (MaskFile(str(folder / "mask")),)
    return Job(str(folder / "clip"), where, Tuning(0, 0, 0), PLATE, measures="none")


def picture(folder: Path, image: Frames, name: str = "picture") -> str:
    return str(write_folder(folder / name, image[None]) / "00000.png")


def run(job: Job, folder: Path, **fill: object) -> tuple[Frames, Result]:
    wanted = replace(job, fill=replace(job.fill, **fill))  # type: ignore[arg-type]
    result = backend.run(wanted, [folder / "out"], overwrite=True)
    clip = open_clip(folder / "out")
    return clip.read(clip.span).frames, result


def psnr(got: Frames, truth: Frames, where: Bools) -> float:
    gap = got[where].astype(float) - truth[where]
    return 10 * math.log10(255**2 / max(float((gap**2).mean()), 1e-4))


def test_a_clean_frame_beyond_the_window_repairs_a_still_thing_to_the_level(tmp_path: Path) -> None:
    """A still camera, a still thing: only frame 0, thirty frames before, shows what is behind."""
    truth, hole = still(40), disk(40)
    hole[:30] = False
    got, result = run(setup(tmp_path, truth, hole), tmp_path, reference_frame=0)
    assert psnr(got, truth, hole) > 70
    assert np.array_equal(got[~hole], truth[~hole])
    assert result.outside.largest_difference == 0
    assert result.notes == ()


MOVES = {"pan": {"x": 3.0, "y": 1.0}, "zoom": {"scale": 1.02}, "turn": {"turn": 1.5}}


def filmed(move: str) -> Frames:
    steps = MOVES[move]
    grown = {k: [v**t if k == "scale" else v * t for t in range(COUNT)] for k, v in steps.items()}
    return np.stack([view(**{k: v[t] for k, v in grown.items()}) for t in range(COUNT)])


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("named", [True, False], ids=["frame", "anywhere"])
def test_a_picture_follows_the_camera(move: str, named: bool, tmp_path: Path) -> None:
    truth, hole = filmed(move), disk()
    path = picture(tmp_path, truth[5])
    frame = 5 if named else None
    job = setup(tmp_path, truth, hole)
    got, _ = run(job, tmp_path, reference=path, reference_frame=frame)
    assert psnr(got, truth, hole) > 47


def test_a_picture_of_another_size_and_view_is_found_by_what_it_shows(tmp_path: Path) -> None:
    truth, hole = filmed("pan"), disk()
    other = view(x=15, y=5, turn=8, scale=0.8, size=2)
    got, _ = run(setup(tmp_path, truth, hole), tmp_path, reference=picture(tmp_path, other))
    assert psnr(got, truth, hole) > 50


def test_a_repaired_still_s_painted_content_moves_with_the_picture(tmp_path: Path) -> None:
    """What was painted into frame 5 is no part of the world; it is seen on all frames."""
    truth = np.stack([view(x=2 * t) for t in range(COUNT)])
    for t in range(COUNT):
        cv2.circle(truth[t], (70 - 2 * (t - 5), 48), 7, (20, 200, 240), -1)
    hole = disk(at=(66, 48), radius=26)
    painted = picture(tmp_path, cv2.resize(truth[5], None, fx=2, fy=2))
    job = setup(tmp_path, truth, hole)
    got, _ = run(job, tmp_path, reference=painted, reference_frame=5)
    assert psnr(got, truth, hole) > 37


@pytest.mark.parametrize("change", ["brighter", "flash", "warmer"])
def test_the_copy_takes_the_light_of_each_frame(change: str, tmp_path: Path) -> None:
    truth, hole = still() * 0.6 + 30.0, disk()
    for t in range(COUNT):
        if change == "brighter":
            truth[t] = truth[t] * (1 + 0.03 * t)
        elif change == "warmer":
            truth[t] += np.array([2.5, 0, -1.5]) * t
        elif t == 7:
            truth[t] += 60
    clip = np.clip(truth, 0, 255).astype(np.uint8)
    path = picture(tmp_path, clip[0])
    got, _ = run(setup(tmp_path, clip, hole), tmp_path, reference=path)
    assert psnr(got, clip, hole) > 47
    worst = min(psnr(got[t : t + 1], clip[t : t + 1], hole[t : t + 1]) for t in range(COUNT))
    assert worst > 43


def test_a_wall_before_another_is_aligned_by_flow(tmp_path: Path) -> None:
    """Around the hole the scene lies nearer and moves more than the rest that fixes the camera."""
    far = np.stack([view(x=t) for t in range(COUNT)])
    near = np.stack([view(x=60 + 1.3 * t, y=40) for t in range(COUNT)])
    bay = np.zeros((HEIGHT, WIDTH, 1), np.float32)
    bay[20:80, 30:100] = 1
    soft = cv2.GaussianBlur(bay, (0, 0), 6)[..., None]
    truth = np.rint(far + soft * (near.astype(float) - far)).astype(np.uint8)
    hole = disk(radius=12)
    job = setup(tmp_path, truth, hole)
    got, _ = run(job, tmp_path, reference=picture(tmp_path, truth[0]), reference_frame=0)
    assert psnr(got, truth, hole) > 39


def test_a_clone_repeats_a_texture_and_takes_the_light_there(tmp_path: Path) -> None:
    tile = texture(24, 32, seed=5).astype(float)
    tiles = np.clip(np.tile(tile, (9, 10, 1)) * 0.7 + np.linspace(0, 60, 320)[:, None], 0, 255)
    truth = np.stack([tiles[20:116, 3 * t : 3 * t + WIDTH] for t in range(COUNT)]).astype(np.uint8)
    hole = disk(radius=12)
    job = setup(tmp_path, truth, hole)
    right, _ = run(job, tmp_path, clone=(32, 0))
    assert psnr(right, truth, hole) > 43
    wrong, _ = run(job, tmp_path, clone=(32, 12))
    assert psnr(wrong, truth, hole) < 25


def test_a_clone_s_distance_grows_with_the_picture(tmp_path: Path) -> None:
    """The camera zooms in, so what lay 40 pixels away lies farther on each frame."""
    base = view()
    base[30:66, 82:118] = base[30:66, 42:78]
    middle = (WIDTH / 2, HEIGHT / 2)
    truth = np.stack(
        [
            cv2.warpAffine(
                base, cv2.getRotationMatrix2D(middle, 0, 1 + 0.02 * t), (WIDTH, HEIGHT), None,
                cv2.INTER_CUBIC,
            )
            for t in range(COUNT)
        ]
    ).astype(np.uint8)  # fmt: skip
    hole = disk(at=(59.5, 48), radius=11)
    got, _ = run(setup(tmp_path, truth, hole), tmp_path, clone=(40, 0), reference_frame=0)
    assert psnr(got, truth, hole) > 47


def test_what_the_clean_frame_hides_too_is_propagated_and_told(tmp_path: Path) -> None:
    """The thing walks on; on the chosen frame it still covers part of the hole. No red anywhere."""
    truth = still(24)
    hole = disk_hole(24, HEIGHT, WIDTH, radius=14, start=(20, 48), step=(4, 0))
    got, result = run(setup(tmp_path, truth, hole), tmp_path, reference_frame=8)
    assert psnr(got, truth, hole) > 55
    assert np.abs(got.astype(int) - truth).max() < 40
    assert len(result.notes) == 1
    assert result.notes[0].startswith("Frame 8 shows ")
    assert "propagation filled the rest" in result.notes[0]


def test_a_clean_frame_left_out_of_the_job_has_its_mask_all_the_same(tmp_path: Path) -> None:
    hole = disk_hole(24, HEIGHT, WIDTH, radius=14, start=(20, 48), step=(4, 0))
    job = replace(setup(tmp_path, still(24), hole), frames=Span(12, 24))
    _, result = run(job, tmp_path, reference_frame=10)
    assert [note[:15] for note in result.notes] == ["Frame 10 shows "]


def test_what_the_reference_lacks_is_counted_as_invented(tmp_path: Path) -> None:
    """Frame 0 shows the left 40 % of what is removed; no frame shows the rest."""
    truth, hole = still(), np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    hole[:, 28:68, 44:94] = True
    hole[0, :, :64] = False
    job = replace(setup(tmp_path, truth, hole), measures="quick")
    _, result = run(job, tmp_path, reference_frame=0)
    invented = {score.name: score for score in result.scores}["invented"]
    assert invented.per_frame[1:] == pytest.approx([60.0] * (COUNT - 1), abs=5)
    assert result.gate is not None
    assert result.gate.verdict == "look"
    assert "invented" in [reason.score for reason in result.gate.reasons]


def test_a_reference_that_shows_all_leaves_nothing_invented(tmp_path: Path) -> None:
    job = replace(setup(tmp_path, still(), disk()), measures="quick")
    _, result = run(job, tmp_path, reference=picture(tmp_path, view()))
    assert {score.name: score.value for score in result.scores}["invented"] == 0


def test_nothing_boils(tmp_path: Path) -> None:
    """Each frame has noise of its own; the fill has one frame's, and changes far less."""
    noise = np.random.default_rng(4).normal(0, 6, (COUNT, HEIGHT, WIDTH, 3))
    truth = np.clip(still() + noise, 0, 255).astype(np.uint8)
    hole = disk()
    got, _ = run(setup(tmp_path, truth, hole), tmp_path, reference=picture(tmp_path, truth[3]))
    change = np.diff(got.astype(float), axis=0)[hole[1:]].std()
    assert change < 0.08 * np.diff(truth.astype(float), axis=0)[hole[1:]].std()


def test_the_fill_does_not_jump_from_window_to_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truth = np.stack([view(x=1.5 * t) for t in range(36)])
    job = setup(tmp_path, truth, disk(36))
    path = picture(tmp_path, truth[18])
    whole, _ = run(job, tmp_path, reference=path)
    monkeypatch.setattr(plan, "MAX_FRAMES", 16)
    cut, _ = run(job, tmp_path, reference=path)
    assert np.abs(whole.astype(int) - cut).max() <= 2


def test_a_scene_without_features_is_taken_as_it_stands(tmp_path: Path) -> None:
    """A soft gradient: no corner, no feature, one size; the picture belongs where it is."""
    ramp = np.add.outer(np.linspace(20, 120, HEIGHT), np.linspace(0, 100, WIDTH))
    truth = np.repeat(np.repeat(ramp[None, ..., None], 3, axis=3), 6, axis=0).astype(np.uint8)
    hole = disk(6)
    job = setup(tmp_path, truth, hole)
    got, _ = run(job, tmp_path, reference=picture(tmp_path, truth[0]))
    assert psnr(got, truth, hole) > 70


def test_the_reference_is_placed_anew_in_each_shot(tmp_path: Path) -> None:
    """Cut away and back: the picture shows the first and the last shot, and is found in both."""
    away = np.repeat(texture(HEIGHT, WIDTH, seed=77)[None], 10, axis=0)
    truth = np.concatenate([still(10), away, np.stack([view(x=8)] * 10)])
    hole = disk(30)
    hole[10:20] = False
    got, _ = run(setup(tmp_path, truth, hole), tmp_path, reference=picture(tmp_path, view()))
    assert psnr(got, truth, hole) > 70


ERRORS: dict[str, tuple[dict[str, object], str]] = {
    "nothing": ({}, "nothing to copy from; give a picture"),
    "propagate": ({"strategy": "propagate", "reference_frame": 2}, "takes no reference"),
    "both": ({"reference": "a.png", "clone": (3, 4)}, "leave one of them out"),
    "itself": ({"clone": (0, 0)}, "the hole itself"),
    "no such frame": ({"reference_frame": 12}, r"frames 0 to 11"),
    "negative": ({"reference_frame": -1}, r"frames 0 to 11"),
    "as masked": ({"reference_frame": 4}, "frame 4 shows nothing of what lies behind"),
    "far out": ({"clone": (500, 0)}, "shows nothing of what lies behind"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_what_cannot_be_done_is_said(name: str, tmp_path: Path) -> None:
    fill, words = ERRORS[name]
    with pytest.raises(SettingsError, match=words):
        run(setup(tmp_path, still(), disk()), tmp_path, **fill)
    assert not (tmp_path / "out").exists()


def test_a_picture_of_another_place_is_refused(tmp_path: Path) -> None:
    path = picture(tmp_path, texture(HEIGHT, WIDTH, seed=50))
    with pytest.raises(SettingsError, match=r"'00000.png' cannot be aligned with frames 0 to 11"):
        run(setup(tmp_path, still(), disk()), tmp_path, reference=path)


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no picture")
    job = setup(tmp_path, still(), disk())
    for name, words in (("text.png", "not a picture"), ("gone.png", "no such picture")):
        with pytest.raises(MediaError, match=words):
            run(job, tmp_path, reference=str(tmp_path / name))


def test_the_strategy_alone_refuses_a_window_without_a_reference() -> None:
    window, mask = Video(still(2)), Mask(disk(2).astype(np.float32))
    with pytest.raises(SettingsError, match="nothing to copy from"):
        get_strategy("plate").fill(window, mask, context=Context(), settings=PLATE, progress=no_op)
