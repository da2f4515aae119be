"""SAM 2 as a tracker: the same numbers as transformers' own way, at a fixed price in memory.

The model is tiny and random, so what it finds means nothing; that it is asked rightly, and that
what was painted comes out as painted, does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch

from tests.making import write_folder
from tests.masks.making import folder_clip, moving_disk, silence
from tests.tiny import SAM2_SIDE_PX, save_sam2
from vinpaint import backend, models
from vinpaint.core import (
    Bools,
    Box,
    BoxPrompt,
    Cancelled,
    Click,
    Frames,
    Job,
    MaskError,
    MissingError,
    Painting,
    SettingsError,
    Tuning,
)
from vinpaint.masks import TrackerOptions, describe_unchanged, find
from vinpaint.masks.sam2 import tracker as module
from vinpaint.masks.sam2.session import (
    MEAN,
    STD,
    ObjectSession,
    Sam2,
    labelled_points,
    load_sam2,
    prepare,
)
from vinpaint.masks.sam2.tracker import Sam2Tracker
from vinpaint.masks.trackers import TRACKERS, load_tracker, resolve_tracker
from vinpaint.media import Clip, open_clip

pytestmark = pytest.mark.slow

SIZE = (80, 60)
COUNT = 40
"""More than the model looks back on, so that frames are let go."""
CLICK = Click(0, 30, 25)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Use one thread: contention slows a tiny model fifty times on a loaded machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    save_sam2(root / "sam2.1-hiera-tiny")
    return root


@pytest.fixture(autouse=True)
def place(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VINPAINT_MODELS", str(weights))


@pytest.fixture(scope="module")
def net(weights: Path) -> Sam2:
    return load_sam2(weights / "sam2.1-hiera-tiny", "cpu", "float32")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    width, height = SIZE
    frames, _ = moving_disk(count=COUNT, height=height, width=width, radius=10, step=(1.0, 0.2))
    return folder_clip(tmp_path_factory.mktemp("clip") / "frames", frames)


@pytest.fixture(scope="module")
def frames(clip: Clip) -> Frames:
    return clip.read(clip.span).frames


TRACKER = Sam2Tracker("sam2.1-hiera-tiny", "SAM 2.1 tiny")


def reference(net: Sam2, frames: Frames, t: int, points: Any, labels: Any) -> Bools:
    """Return (T, H, W) masks from transformers' own API, with the whole clip in one session."""
    from transformers import Sam2VideoInferenceSession

    video = torch.cat([prepare(frame, net) for frame in frames])
    session = Sam2VideoInferenceSession(
        video=video, video_height=SIZE[1], video_width=SIZE[0], dtype=torch.float32
    )
    session.obj_id_to_idx(1)
    inputs = {"point_coords": torch.tensor([[points]]), "point_labels": torch.tensor([[labels]])}
    session.add_point_inputs(0, t, inputs)
    session.obj_with_new_inputs = [1]
    masks = np.zeros((len(frames), SIZE[1], SIZE[0]), np.bool_)
    masks[t] = upsampled(net.model(session, frame_idx=t))
    for reverse in (False, True):
        session.output_dict_per_obj[0]["non_cond_frame_outputs"].clear()
        run = net.model.propagate_in_video_iterator(session, start_frame_idx=t, reverse=reverse)
        for out in run:
            masks[out.frame_idx] = upsampled(out)
    return masks


def upsampled(out: Any) -> Bools:
    size = (SIZE[1], SIZE[0])
    logits = torch.nn.functional.interpolate(out.pred_masks.float(), size=size, mode="bilinear")
    return logits[0, 0].numpy() > 0


def found(clip: Clip, *prompts: Any) -> Bools:
    track = TRACKER.follow(clip, prompts, progress=silence)
    return track.read(clip.span).values > 0.5


# ---- what goes in ----


def test_a_plain_frame_is_scaled_and_normalised_with_the_documented_numbers(net: Sam2) -> None:
    from transformers.utils.constants import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

    assert (list(MEAN), list(STD)) == (IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD)
    colour = np.array([10, 128, 250], np.uint8)
    pixels = prepare(np.broadcast_to(colour, (60, 80, 3)), net)
    assert pixels.shape == (1, 3, SAM2_SIDE_PX, SAM2_SIDE_PX)
    wanted = (colour / 255 - np.array(MEAN)) / np.array(STD)
    assert np.allclose(pixels[0, :, 5, 7], wanted, atol=1e-5)


@pytest.mark.parametrize("size", [(80, 60), (300, 500)])
def test_a_frame_is_prepared_as_transformers_own_processor_does(
    net: Sam2, size: tuple[int, int]
) -> None:
    """SAM 2's needs torchvision; this one does the same steps with the same numbers on Pillow."""
    from transformers.models.vit.image_processing_pil_vit import ViTImageProcessorPil

    side = {"height": SAM2_SIDE_PX, "width": SAM2_SIDE_PX}
    theirs = ViTImageProcessorPil(
        size=side, resample=2, image_mean=list(MEAN), image_std=list(STD), do_normalize=True
    )
    picture = moving_disk(count=1, height=size[1], width=size[0])[0][0]
    wanted = theirs(picture, return_tensors="pt").pixel_values
    one_grey_level = 1 / 255 / min(STD)
    assert (prepare(picture, net) - wanted).abs().max() <= one_grey_level + 1e-5
    assert (prepare(picture, net) - wanted).abs().mean() < 0.25 * one_grey_level


def test_points_and_boxes_become_what_transformers_own_processor_makes_of_them(net: Sam2) -> None:
    from transformers import Sam2VideoInferenceSession
    from transformers.models.sam2_video.processing_sam2_video import Sam2VideoProcessor

    processor = Sam2VideoProcessor.__new__(Sam2VideoProcessor)  # the rest needs torchvision
    processor.target_size, processor.point_pad_value = net.side_px, -10
    session = Sam2VideoInferenceSession(video_width=80, video_height=60, dtype=torch.float32)
    processor.process_new_points_or_boxes_for_video_frame(
        session,
        frame_idx=0,
        obj_ids=[1],
        input_points=[[[[30.0, 25.0], [5.0, 6.0]]]],
        input_labels=[[[1, 0]]],
        input_boxes=[[[10.0, 12.0, 50.0, 48.0]]],
    )
    theirs = session.point_inputs_per_obj[0][0]
    clicks = [Click(0, 30, 25), Click(0, 5, 6, add=False)]
    ours = labelled_points(clicks, BoxPrompt(0, Box(10, 12, 50, 48)), SIZE, net.side_px)
    assert np.allclose([point[:2] for point in ours], theirs["point_coords"][0, 0])
    assert [point[2] for point in ours] == theirs["point_labels"][0, 0].tolist()


def test_a_box_that_hangs_over_the_edge_is_cut_to_the_picture() -> None:
    corners = labelled_points([], BoxPrompt(0, Box(-20, 15, 200, 30)), SIZE, 160)
    assert corners == [(0.0, 40.0, 2), (160.0, 80.0, 3)]


# ---- what comes out ----


@pytest.mark.slow
@pytest.mark.parametrize("t", [0, 25])
def test_windows_and_pruned_memory_change_no_pixel(
    net: Sam2, clip: Clip, frames: Frames, t: int
) -> None:
    wide, high = SAM2_SIDE_PX / SIZE[0], SAM2_SIDE_PX / SIZE[1]
    points = [[30 * wide, 25 * high], [5 * wide, 6 * high]]
    wanted = reference(net, frames, t, points, [1, 0])
    assert 0.02 < wanted.mean() < 0.98
    got = found(clip, Click(t, 30, 25), Click(t, 5, 6, add=False))
    assert (got == wanted).all()


def test_memory_stays_the_same_however_long_the_clip(net: Sam2, frames: Frames) -> None:
    session = ObjectSession(net, SIZE)
    session.mark(0, frames[0], labelled_points([CLICK], None, SIZE, net.side_px), corrects=False)
    kept = []
    for t in range(1, 36):
        session.step(t, frames[t], back=False)
        kept.append(session.frames_kept)
    assert kept[-1] == kept[20] <= 1 + net.model.config.max_object_pointers_in_encoder
    assert len(session._session.processed_frames) == 0
    session.forget_steps()
    assert session.frames_kept == 1


def test_frames_are_read_a_window_at_a_time(
    clip: Clip, frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_READ_FRAMES", 4)
    lengths = []
    read = Clip.read
    monkeypatch.setattr(
        Clip, "read", lambda self, span, **box: lengths.append(span.length) or read(self, span)
    )
    for way in (range(3, 14), range(13, 2, -1), range(5, 5)):
        seen = list(module._pictures(clip, way))
        assert [t for t, _ in seen] == list(way)
        assert all((picture == frames[t]).all() for t, picture in seen)
    assert max(lengths) == 4


def paint(folder: Path, name: str, box: Box) -> tuple[str, Bools]:
    mask = np.zeros((SIZE[1], SIZE[0]), np.bool_)
    mask[box.slices] = True
    path = folder / name
    cv2.imwrite(str(path), mask.astype(np.uint8) * 255)
    return str(path), mask


def test_painted_frames_come_out_exactly_as_painted(tmp_path: Path, clip: Clip) -> None:
    first, mask = paint(tmp_path, "first.png", Box(20, 20, 41, 43))
    later, other = paint(tmp_path, "later.png", Box(30, 22, 51, 44))
    got = found(clip, Painting(4, first), Painting(9, later))
    assert (got[4] == mask).all()
    assert (got[9] == other).all()
    assert got[0].any()
    assert got[-1].any()


def test_a_hair_is_still_an_object(net: Sam2, clip: Clip, frames: Frames) -> None:
    """At the size of the model a line of one pixel may be below one half everywhere."""
    session = ObjectSession(net, (640, 480))
    mask = np.zeros((480, 640), np.bool_)
    mask[:, 100] = True
    session.paint(0, np.zeros((480, 640, 3), np.uint8), mask)
    kept = session._outputs["cond_frame_outputs"][0]
    assert kept["object_score_logits"].item() > 0


def test_a_correction_on_a_later_frame_is_kept_and_speaks_for_its_neighbours(clip: Clip) -> None:
    plain = found(clip, CLICK)
    wrong = Click(20, 30, 25, add=False)
    mended = found(clip, CLICK, wrong)
    assert (mended[0] == plain[0]).all()
    assert (mended[20] != plain[20]).any()
    assert (mended[10] != plain[10]).any(), "frames between the two know of both"
    assert (mended[30] != plain[30]).any()
    again = found(clip, wrong, CLICK)
    assert (again == mended).all(), "the order of the prompts says nothing"


def test_a_mark_may_stand_before_the_first_one_said(clip: Clip) -> None:
    got = found(clip, Click(20, 30, 25), Click(5, 30, 25))
    plain = found(clip, Click(20, 30, 25))
    assert (got[20] == plain[20]).all()
    assert (got[5] != plain[5]).any()


def test_one_frame_alone(tmp_path: Path, clip: Clip) -> None:
    path, mask = paint(tmp_path, "mask.png", Box(20, 20, 40, 40))
    clicked = TRACKER.segment(clip, 3, [Click(3, 30, 25)], None)
    assert clicked.shape == (SIZE[1], SIZE[0])
    assert clicked.any()
    assert (TRACKER.segment(clip, 3, [Painting(3, path)], None) == mask).all()
    assert (TRACKER.segment(clip, 3, [], mask) == mask).all()
    mended = TRACKER.segment(clip, 3, [Click(3, 30, 25, add=False)], mask)
    assert (mended != mask).any()


@pytest.mark.parametrize(("x", "y"), [(30, 25), (60, 40)])
def test_a_level_chooses_among_the_three_masks_of_a_click(
    clip: Clip, net: Sam2, frames: Frames, x: int, y: int
) -> None:
    """The three masks are read from the decoder; 0 is the likeliest, the rest go by area."""
    seen: list[Any] = []
    decoder = net.model.mask_decoder
    handle = decoder.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    points = labelled_points([Click(0, x, y)], None, SIZE, net.side_px)
    plain = ObjectSession(net, SIZE).mark(0, frames[0], points, corrects=False)
    handle.remove()
    logits = torch.nn.functional.interpolate(
        seen[0][0][0].float(), size=(SIZE[1], SIZE[0]), mode="bilinear", align_corners=False
    )
    three = (logits[0] > 0).numpy()
    small, middle, large = sorted(three, key=lambda mask: int(mask.sum()))
    likeliest = three[int(seen[0][1][0, 0].argmax())]
    assert (plain == likeliest).all()
    assert 0 < small.sum() < middle.sum() < large.sum()
    at = next(i for i, mask in enumerate((small, middle, large)) if (mask == likeliest).all())
    for level in (-3, -1, 0, 1, 3):
        expected = (small, middle, large)[min(max(at + level, 0), 2)]
        found = TRACKER.segment(clip, 0, [Click(0, x, y, level=level)], None)
        assert (found == expected).all(), level
    assert not decoder._forward_hooks


def test_the_level_is_followed_and_counts_for_a_click_alone(clip: Clip) -> None:
    sizes = {}
    for level in (-2, 2):
        track = TRACKER.follow(clip, [replace(CLICK, level=level)], progress=silence)
        sizes[level] = int(track.frame(3).sum())
    assert sizes[-2] != sizes[2]
    second = Click(0, 60, 40)
    both = [TRACKER.segment(clip, 0, [replace(CLICK, level=n), second], None) for n in (0, 2)]
    assert (both[0] == both[1]).all()


def test_two_boxes_on_one_frame_are_looked_at_one_by_one(clip: Clip) -> None:
    boxes = [BoxPrompt(0, Box(5, 5, 30, 30)), BoxPrompt(0, Box(40, 20, 70, 55))]
    alone = [TRACKER.segment(clip, 0, [box], None) for box in boxes]
    both = TRACKER.segment(clip, 0, boxes, None)
    assert (both == (alone[0] | alone[1])).all()
    loose = TRACKER.segment(clip, 0, [*boxes, Click(0, 75, 2)], None)
    assert (loose == (both | TRACKER.segment(clip, 0, [Click(0, 75, 2)], None))).all()


def test_a_click_that_changes_nothing_is_named_on_the_first_frame(
    clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Sam2Tracker, "segment", lambda *_, **__: np.ones((SIZE[1], SIZE[0]), np.bool_)
    )
    notes: list[str] = []
    options = TrackerOptions("sam2-tiny", note=notes.append)
    prompts = [CLICK, Click(0, 40, 30), Click(1, 40, 30)]
    find(clip, prompts, options=options, progress=silence)
    assert notes == [describe_unchanged(prompts[1])]


def test_only_not_this_is_refused(clip: Clip) -> None:
    wrong = Click(0, 1, 1, add=False)
    with pytest.raises(MaskError, match="only 'not this' clicks"):
        TRACKER.follow(clip, [wrong], progress=silence)
    with pytest.raises(MaskError, match="only 'not this' clicks"):
        TRACKER.segment(clip, 0, [wrong], np.zeros((SIZE[1], SIZE[0]), np.bool_))


def test_a_cancel_is_heard(clip: Clip) -> None:
    def stop(fraction: float, words: str) -> None:
        if fraction > 0.1:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        TRACKER.follow(clip, [CLICK], progress=stop)


def test_half_precision_runs_too(net: Sam2, frames: Frames) -> None:
    """Half precision is used on GPUs. This test runs it on the CPU."""
    import copy

    half = Sam2(copy.deepcopy(net.model).bfloat16(), net.side_px, "cpu", torch.bfloat16)
    session = ObjectSession(half, SIZE)
    points = labelled_points([CLICK], None, SIZE, net.side_px)
    first = session.mark(0, frames[0], points, corrects=False)
    whole = ObjectSession(net, SIZE).mark(0, frames[0], points, corrects=False)
    assert (first == whole).mean() > 0.9
    assert session.step(1, frames[1], back=False).shape == (SIZE[1], SIZE[0])


def test_a_large_model_looks_at_fewer_pixels_on_a_cpu(
    weights: Path, monkeypatch: pytest.MonkeyPatch, frames: Frames
) -> None:
    monkeypatch.setattr("vinpaint.masks.sam2.session.CPU_SIDE_PX", 64)
    small = load_sam2(weights / "sam2.1-hiera-tiny", "cpu", "float32")
    assert small.side_px == (128 if torch.cuda.is_available() else 64)
    session = ObjectSession(small, SIZE)
    mask = session.mark(
        0, frames[0], labelled_points([CLICK], None, SIZE, small.side_px), corrects=False
    )
    assert mask.any()
    assert session.step(1, frames[1], back=False).any()


# ---- with and without weights ----


def test_auto_takes_sam2_where_its_weights_are_and_the_free_tracker_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert resolve_tracker() == "sam2-tiny"
    assert list(TRACKERS)[-1] == "free"
    nowhere(monkeypatch, tmp_path)
    assert resolve_tracker() == "free"
    assert not load_tracker(TrackerOptions("sam2-large")).ready()


def test_a_tracker_whose_licence_forbids_commercial_work_is_left_out_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "sam2.1-hiera-tiny"
    unfree = replace(models.WEIGHTS[name], commercial=False, licence="Mine")
    monkeypatch.setitem(models.WEIGHTS, name, unfree)
    assert resolve_tracker() == "sam2-tiny"
    assert resolve_tracker(commercial_safe=True) == "free"
    with pytest.raises(SettingsError, match="under the Mine, which does not allow commercial use"):
        load_tracker(TrackerOptions("sam2-tiny", commercial_safe=True))


def test_the_device_is_the_jobs(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vinpaint.runtime.devices.has_cuda", lambda: False)
    with pytest.raises(MissingError, match="'cuda' was asked for"):
        load_tracker(TrackerOptions("sam2-tiny", "cuda")).follow(clip, [CLICK], progress=silence)


def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("VINPAINT_MODELS", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))


def test_without_weights_one_sentence_says_how_to_get_them(
    clip: Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nowhere(monkeypatch, tmp_path)
    with pytest.raises(MissingError) as caught:
        load_tracker(TrackerOptions("sam2-tiny")).follow(clip, [CLICK], progress=silence)
    said = str(caught.value)
    assert "vinpaint models fetch sam2.1-hiera-tiny" in said
    assert "156 MB, Apache-2.0" in said
    assert "'free'" in said
    assert "\n" not in said


def test_weights_of_another_kind_are_refused(
    weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clip: Clip
) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "sam2.1-hiera-tiny"
    folder.mkdir()
    there = weights / "sam2.1-hiera-tiny"
    (folder / "config.json").write_bytes((there / "config.json").read_bytes())
    parts = load_file(there / "model.safetensors")
    parts.pop("no_memory_embedding")
    save_file(parts, folder / "model.safetensors", metadata={"format": "pt"})
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    with pytest.raises(MissingError, match="lack 1 parts, 'no_memory_embedding' among them"):
        TRACKER.follow(clip, [CLICK], progress=silence)
    (folder / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(MissingError, match="cannot be loaded"):
        TRACKER.follow(clip, [CLICK], progress=silence)


def test_a_job_from_end_to_end(tmp_path: Path, clip: Clip) -> None:
    """The command line's `mask --tracker sam2-tiny`, and the same job by the backend."""
    from vinpaint.cli.main import _run

    source = write_folder(tmp_path / "source", clip.read(clip.span).frames[:6])
    words = ["mask", source, "-o", tmp_path / "cli", "--click", "2,30,25", "--tracker", "sam2-tiny"]
    exact = ["--dilate-px", "0", "--blur-sigma-px", "0", "--temporal-sigma", "0"]
    assert _run([str(word) for word in [*words, *exact]]) == 0
    job = Job(str(source), (Click(2, 30, 25),), tuning=Tuning(0.0, 0.0, 0.0), tracker="sam2-tiny")
    backend.write_mask(job, tmp_path / "job")
    pictures = [open_clip(tmp_path / name) for name in ("cli", "job")]
    first, second = (one.read(one.span).frames for one in pictures)
    assert len(first) == 6
    assert (first == second).all()
    assert set(np.unique(first)) == {0, 255}
