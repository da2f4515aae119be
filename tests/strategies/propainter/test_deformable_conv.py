"""Deformable convolution against its formula, written out, and against torchvision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from vinpaint.strategies.propainter.deformable_conv import DeformConv2d, deform_conv2d  # noqa: E402

COUNT, CHANNELS, OUTPUTS, GROUPS, HEIGHT, WIDTH = 2, 4, 3, 2, 5, 6


def random_inputs(kernel: int, padding: int, seed: int = 0) -> dict[str, Any]:
    noise = torch.Generator().manual_seed(seed)

    def made(*shape: int) -> Any:
        return torch.randn(*shape, generator=noise, dtype=torch.float64)

    high, wide = HEIGHT + 2 * padding - kernel + 1, WIDTH + 2 * padding - kernel + 1
    places = kernel * kernel
    return {
        "x": made(COUNT, CHANNELS, HEIGHT, WIDTH),
        "offset": 2 * made(COUNT, 2 * GROUPS * places, high, wide),
        "mask": made(COUNT, GROUPS * places, high, wide).sigmoid(),
        "weight": made(OUTPUTS, CHANNELS, kernel, kernel),
        "bias": made(OUTPUTS),
    }


def between(image: np.ndarray, y: float, x: float) -> float:
    """An (H, W) image between its pixels; 0 outside."""
    total = 0.0
    for row in (math.floor(y), math.floor(y) + 1):
        for column in (math.floor(x), math.floor(x) + 1):
            if 0 <= row < image.shape[0] and 0 <= column < image.shape[1]:
                total += image[row, column] * (1 - abs(y - row)) * (1 - abs(x - column))
    return total


def by_hand(given: dict[str, Any], kernel: int, padding: int) -> np.ndarray:
    """y(p) = sum over k of w_k x(p + p_k + dp_k) dm_k, as it stands in the paper."""
    x, offset, mask, weight, bias = (
        given[name].numpy() for name in ("x", "offset", "mask", "weight", "bias")
    )
    out = np.empty((COUNT, OUTPUTS, *offset.shape[2:]))
    for n, d, row, column in np.ndindex(*out.shape):
        total = bias[d]
        for c, k in np.ndindex(CHANNELS, kernel * kernel):
            at = (c // (CHANNELS // GROUPS)) * kernel * kernel + k
            y = row - padding + k // kernel + offset[n, 2 * at, row, column]
            place = column - padding + k % kernel + offset[n, 2 * at + 1, row, column]
            share = mask[n, at, row, column]
            total += weight[d, c, k // kernel, k % kernel] * between(x[n, c], y, place) * share
        out[n, d, row, column] = total
    return out


@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (3, 0), (1, 0)])
def test_it_is_the_formula(kernel: int, padding: int) -> None:
    given = random_inputs(kernel, padding)
    out = deform_conv2d(**given, padding=(padding, padding))
    np.testing.assert_allclose(out.numpy(), by_hand(given, kernel, padding), atol=1e-9)


def test_without_offsets_it_is_a_convolution() -> None:
    given = random_inputs(3, 1)
    given["offset"].zero_()
    given["mask"].fill_(1)
    plain = torch.nn.functional.conv2d(given["x"], given["weight"], given["bias"], padding=1)
    torch.testing.assert_close(deform_conv2d(**given, padding=(1, 1)), plain)


def test_the_layer_has_torchvision_s_parameters() -> None:
    layer = DeformConv2d(CHANNELS, OUTPUTS, kernel_size=3, padding=1).double()
    given = random_inputs(3, 1)
    layer.load_state_dict({"weight": given["weight"], "bias": given["bias"]})
    out = layer(given["x"], given["offset"], given["mask"])
    torch.testing.assert_close(out, deform_conv2d(**given, padding=(1, 1)))


def test_it_is_torchvision_s() -> None:
    try:
        from torchvision.ops import deform_conv2d as theirs
    except Exception:
        pytest.skip("torchvision is not here, or does not load")
    given = random_inputs(3, 1)
    out = theirs(given["x"], given["offset"], given["weight"], given["bias"],
                 padding=1, mask=given["mask"])  # fmt: skip
    torch.testing.assert_close(deform_conv2d(**given, padding=(1, 1)), out)
