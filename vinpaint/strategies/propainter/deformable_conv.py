"""Modulated deformable convolution in plain torch, for machines without torchvision.

Zhu, Hu, Lin and Dai, "Deformable ConvNets v2", 2019, equation 1:
y(p) = sum over k of w_k x(p + p_k + dp_k) dm_k, where x is interpolated bilinearly and 0 outside.
Import this module only together with the networks, because it imports torch.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def deform_conv2d(
    x: Tensor,
    offset: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *,
    mask: Tensor,
    padding: tuple[int, int],
) -> Tensor:
    """Return the modulated deformable convolution, (N, D, H', W'), with stride 1 and dilation 1.

    Args:
        x: (N, C, H, W).
        offset: (N, 2 G K, H', W'), (dy, dx) in pixels for each of G groups of channels and each of
            the K positions of the kernel.
        weight: (D, C, kh, kw), with K = kh kw.
        bias: (D,), or None.
        mask: (N, G K, H', W'), the modulation dm_k.
        padding: (rows, columns) of zeros around x.
    """
    count, channels, height, width = x.shape
    outputs, _, high, wide = weight.shape
    groups = offset.shape[1] // (2 * high * wide)
    out_size = offset.shape[2:]
    inner = x.reshape(count * groups, channels // groups, height, width)
    offsets = offset.view(count * groups, high * wide, 2, *out_size)
    weights = mask.view(count * groups, high * wide, 1, *out_size)
    rows, columns = _pixel_grid(out_size, x)
    out = x.new_zeros(count, outputs, *out_size)
    for k in range(high * wide):  # one kernel position at a time, to save memory
        y = rows + (k // wide - padding[0]) + offsets[:, k, 0]
        column = columns + (k % wide - padding[1]) + offsets[:, k, 1]
        grid = torch.stack([(2 * column + 1) / width - 1, (2 * y + 1) / height - 1], dim=-1)
        sampled = functional.grid_sample(inner, grid, padding_mode="zeros", align_corners=False)
        sampled = (sampled * weights[:, k]).view(count, channels, *out_size)
        out += functional.conv2d(sampled, weight[:, :, k // wide, k % wide, None, None])
    return out if bias is None else out + bias.view(1, -1, 1, 1)


def _pixel_grid(size: torch.Size, like: Tensor) -> tuple[Tensor, Tensor]:
    y = torch.arange(size[0], dtype=like.dtype, device=like.device)
    x = torch.arange(size[1], dtype=like.dtype, device=like.device)
    return y[:, None], x[None, :]


class DeformConv2d(nn.Module):
    """Replacement for torchvision's layer of the same name, with the same parameters."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, padding: int = 0
    ) -> None:
        super().__init__()
        self.in_channels = in_channels
        self.kernel_size = (kernel_size, kernel_size)
        self.padding = (padding, padding)
        self.weight = nn.Parameter(torch.empty(out_channels, in_channels, *self.kernel_size))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        nn.init.kaiming_uniform_(self.weight, a=5**0.5)

    def forward(self, input: Tensor, offset: Tensor, mask: Tensor) -> Tensor:
        """See `deform_conv2d`."""
        return deform_conv2d(input, offset, self.weight, self.bias, mask=mask, padding=self.padding)
