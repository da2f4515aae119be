"""Pipelines in memory: with tiny models, loaded as the real ones are."""

from __future__ import annotations

import weakref
from pathlib import Path

import pytest

from tests import tiny_diffusion as tiny
from vinpaint.strategies.diffusion import pipelines

pytestmark = pytest.mark.slow


def test_another_pipeline_lets_the_one_before_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vinpaint.models.loading.LARGE_BYTES", 0)
    monkeypatch.setattr("vinpaint.models.loading._LOADED", {})
    tiny.save_sd(tmp_path / "one")
    tiny.save_sd(tmp_path / "other", inpainting=False)

    def loaded(name: str) -> weakref.ref[object]:
        model = pipelines.find_model(str(tmp_path / name), instead="")
        return weakref.ref(pipelines.load_pipeline(model, device="cpu", instead="").unet)

    one = loaded("one")
    assert loaded("one")() is one()
    assert one() is not None
    other = loaded("other")
    assert one() is None
    assert other() is not None
