"""Test that work is split until it fits into memory, and that this is reported."""

from __future__ import annotations

import pytest

from vinpaint.core import LimitError
from vinpaint.strategies.memory_retry import is_out_of_memory, retry_with_shorter_windows


def hungry(most: int) -> object:
    """Work that fits into memory for up to `most` frames."""

    def attempt(size: int) -> int:
        if size > most:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return size

    return attempt


def test_each_step_down_is_said() -> None:
    notes: list[str] = []
    assert retry_with_shorter_windows(hungry(25), [80, 40, 20], title="It", note=notes.append) == 20  # type: ignore[arg-type]
    assert notes == [
        "It ran out of memory with windows of 80 frames; it went on with windows of 40.",
        "It ran out of memory with windows of 40 frames; it went on with windows of 20.",
    ]
    notes.clear()
    assert retry_with_shorter_windows(hungry(80), [80, 40], title="It", note=notes.append) == 80  # type: ignore[arg-type]
    assert notes == []


def test_where_nothing_suffices_it_ends_with_a_sentence() -> None:
    notes: list[str] = []
    with pytest.raises(LimitError, match="even with windows of 40 frames; make the hole smaller"):
        retry_with_shorter_windows(hungry(5), [80, 40], title="It", note=notes.append)  # type: ignore[arg-type]
    assert len(notes) == 1


def test_other_errors_are_nobody_s_business_here() -> None:
    def attempt(size: int) -> int:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1"):
        retry_with_shorter_windows(attempt, [80, 40], title="It", note=lambda note: None)


def test_real_ones_are_known() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 50)
    assert is_out_of_memory(caught.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory."))
    assert not is_out_of_memory(ValueError("out of memory"))
