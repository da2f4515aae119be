"""Plant a fault in the mask of a made scene, and see that the measure finds what it leaves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.imaging.effects.scenes import scene as cast_scene
from tests.quality.leftover.scenes import FRAMES, HEIGHT, WIDTH, scene
from vinpaint.core import Bools, Box, Cancelled, Frames, Leftover, Mask, Span, bounding_box
from vinpaint.media import Clip, open_clip, write_frames
from vinpaint.quality.leftover import find_leftover
from vinpaint.quality.leftover.findings import examine, name_cast, shot_evidence, strengths
from vinpaint.quality.leftover.movement import _sample
from vinpaint.quality.leftover.scan_window import ScanWindow


class Track:
    """A mask in memory."""

    size = (WIDTH, HEIGHT)
    frames = FRAMES

    def __init__(self, masks: Bools) -> None:
        self._masks = masks

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        rows, columns = box.slices if box else (slice(None), slice(None))
        return Mask(self._masks[span.start : span.stop, rows, columns].astype(np.float32))

    def bounds(self, frame: int) -> Box | None:
        """See `MaskTrack.bounds`."""
        return bounding_box(self._masks[frame])


def clip_of(tmp_path: Path, frames: Frames) -> Clip:
    path = tmp_path / "clip.mkv"
    write_frames(path, list(frames), fps=25, lossless=True)
    return open_clip(path)


def found(tmp_path: Path, frames: Frames, masks: Bools, span: Span | None = None) -> Leftover:
    with clip_of(tmp_path, frames) as clip:
        return find_leftover(clip, Track(masks), span=span)


def flagged(leftover: Leftover) -> set[int]:
    return {t for span in leftover.spans for t in span.frames}


def test_a_whole_mask_leaves_nothing(tmp_path: Path) -> None:
    made = scene()
    leftover = found(tmp_path, made.frames, made.mask())
    assert leftover.spans == ()
    assert leftover.parts == ()
    assert all(share is not None for share in leftover.shares)


def test_another_thing_that_is_met_is_no_leftover(tmp_path: Path) -> None:
    made = scene(passer_by=True)
    assert found(tmp_path, made.frames, made.mask()).spans == ()


def test_legs_left_out_on_a_span_are_found_below_the_mask(tmp_path: Path) -> None:
    made = scene()
    masks = made.mask()
    masks[12:26, 68:] = False
    leftover = found(tmp_path, made.frames, masks)
    hit = flagged(leftover) & set(range(12, 26))
    assert len(hit) >= 7
    assert len(flagged(leftover) - set(range(12, 26))) <= 6
    [part] = leftover.parts
    assert part.place == "below"
    true = made.thing[18] & ~masks[18]
    taken = leftover.track.read(Span(18, 19)).values[0] > 0
    assert (taken & true).sum() > 0.6 * true.sum()
    assert (taken & ~masks[18] & ~true).sum() < 0.5 * true.sum()
    assert part.box is not None
    assert part.box.y0 >= 60


def test_a_thing_that_the_mask_loses_is_still_there(tmp_path: Path) -> None:
    made = scene()
    masks = made.mask()
    masks[15:25] = False
    leftover = found(tmp_path, made.frames, masks)
    assert len(flagged(leftover) & set(range(15, 25))) >= 8
    assert len(flagged(leftover) - set(range(15, 25))) <= 6
    assert leftover.parts[0].place == "whole"


def test_a_late_mask_leaves_the_front(tmp_path: Path) -> None:
    made = scene()
    masks = np.concatenate([made.mask()[:1]] * 4 + [made.mask()[:-4]])
    leftover = found(tmp_path, made.frames, masks)
    assert len(flagged(leftover)) >= 18
    assert leftover.parts[0].place == "right"


def test_a_plain_shadow_is_found_and_a_mask_with_it_is_whole(tmp_path: Path) -> None:
    made = scene(shadow=True)
    leftover = found(tmp_path, made.frames, made.mask())
    assert len(flagged(leftover)) >= 20
    (tmp_path / "both").mkdir()
    assert found(tmp_path / "both", made.frames, made.mask(shadow=True)).spans == ()


def test_a_shadow_at_a_distance_is_left_over_as_such() -> None:
    made = cast_scene("shadow", gap_px=3)
    area = float(made.masks[0].sum())
    findings = examine(ScanWindow(made.frames, made.frames, made.masks, area))
    assert min(strengths(shot_evidence(findings))) >= 1
    assert name_cast(findings) == "shadow"
    assert 0.1 < findings[14].share < 0.6


def test_a_lost_object_is_named_beside_the_shadow_that_is_left_all_the_time(tmp_path: Path) -> None:
    made = cast_scene("shadow", gap_px=3)
    masks = np.stack(made.masks)
    masks[12:22] = False
    own, shadow = found(tmp_path, np.stack(made.frames), masks).parts
    assert (own.place, shadow.place) == ("whole", "shadow")
    named = {t for span in own.spans for t in span.frames}
    assert len(named & set(range(12, 22))) >= 8
    assert len(named - set(range(12, 22))) <= 6
    assert sum(span.length for span in shadow.spans) > 2 * len(named)


def test_an_overlay_may_come_and_go(tmp_path: Path) -> None:
    """Captions are right to have no mask between them; the same mask of an object is not."""
    made = scene()
    masks = made.mask()
    masks[15:25] = False
    with clip_of(tmp_path, made.frames) as clip:
        leftover = find_leftover(clip, Track(masks), overlay=True)
    assert leftover.spans == ()
    assert leftover.shares[15:25] == (None,) * 10


def test_the_progress_moves_and_can_stop_the_work(tmp_path: Path) -> None:
    made = scene()
    shares: list[float] = []

    def stop(share: float, words: str) -> None:
        shares.append(share)
        if share > 0.5:
            raise Cancelled(words)

    with clip_of(tmp_path, made.frames) as clip, pytest.raises(Cancelled):
        find_leftover(clip, Track(made.mask()), progress=stop)
    assert shares == sorted(shares)
    assert max(later - share for share, later in pairwise(shares)) < 0.05


def test_only_the_frames_that_were_to_be_repaired_are_examined(tmp_path: Path) -> None:
    made = scene()
    masks = made.mask()
    masks[:10] = False
    leftover = found(tmp_path, made.frames, masks, Span(10, FRAMES))
    assert leftover.spans == ()
    assert leftover.shares[:10] == (None,) * 10


@pytest.mark.parametrize("frames", [1, 3])
def test_a_clip_too_short_for_a_plate_gives_no_alarm(tmp_path: Path, frames: int) -> None:
    made = scene()
    masks = made.mask()
    masks[frames:] = False
    with clip_of(tmp_path, made.frames[:frames]) as clip:
        track = Track(masks[:frames])
        track.frames = frames
        assert find_leftover(clip, track).spans == ()


def test_more_points_are_sampled_than_a_map_of_opencv_has_columns() -> None:
    """A change of light gives tens of thousands of candidates; maps have 32767 columns."""
    ramp = np.tile(np.arange(50, dtype=np.float32), (40, 1))
    points = np.random.default_rng(1).uniform(0, 39, (40_000, 2)).astype(np.float32)
    assert np.abs(_sample(ramp, points) - points[:, 0]).max() < 0.05
    assert _sample(np.stack([ramp, ramp], axis=-1), points).shape == (40_000, 2)
