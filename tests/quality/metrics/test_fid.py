"""Test the crops and moments for FID, and the distance if torch-fidelity is installed."""

from __future__ import annotations

import numpy as np

from vinpaint.quality.metrics.base import WindowFeatures
from vinpaint.quality.metrics.fid import FidAccumulator, crops, gaussian


class Means:
    """Stands in for the network: returns mean colours as the first three of 2048 features."""

    def __call__(self, pictures: object) -> list[object]:
        import torch

        found = torch.zeros((len(pictures), 2048))
        found[:, :3] = pictures.float().mean(dim=(2, 3))
        return [found]


def test_crops_are_of_one_size_and_lie_where_they_should() -> None:
    hole = np.zeros((200, 260), np.bool_)
    hole[60:140, 80:190] = True
    mine, own = crops(hole, ~hole)
    sizes = {(place[0].stop - place[0].start, place[1].stop - place[1].start)
             for place in (*mine, *own)}  # fmt: skip
    assert len(sizes) == 1
    assert 1 <= len(mine) <= 6
    assert 1 <= len(own) <= 6
    assert all(hole[place].mean() >= 0.75 for place in mine)
    assert all((~hole)[place].mean() >= 0.75 for place in own)


def test_a_hole_with_no_room_has_no_crops() -> None:
    hole = np.zeros((40, 40), np.bool_)
    hole[3:8, 3:8] = True
    assert crops(hole, ~hole)[0] == []


def test_sums_are_kept_of_the_fill_and_of_either_half_of_what_is_real() -> None:
    frame = np.full((200, 260, 3), (10, 20, 30), np.uint8)
    mask = np.zeros((200, 260), np.float32)
    mask[60:140, 80:190] = 1
    after = np.where(mask[..., None] > 0, np.uint8(90), frame)
    accumulator = FidAccumulator(Means())
    for t in range(2):
        accumulator.add(WindowFeatures(t, frame.shape[0] * frame.shape[1], frame, after, mask))
    assert accumulator.even.count + accumulator.odd.count >= 2
    assert abs(accumulator.even.count - accumulator.odd.count) <= 1
    real = gaussian(accumulator.even)
    assert np.allclose(real["mu"][:3], (10, 20, 30))
    assert np.allclose(real["sigma"], 0)
    assert 60 < gaussian(accumulator.fill)["mu"][0] <= 90
