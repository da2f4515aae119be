"""Probing starts a process for each clip; most tests of clips look at them in their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OWN_PROCESS = {"test_open", "test_guard"}


@pytest.fixture(autouse=True, scope="module")
def probe_here(request: pytest.FixtureRequest) -> Any:
    """Call the probe directly, but where the real way in is what is tested."""
    if request.module.__name__.rpartition(".")[2] in OWN_PROCESS:
        yield
        return

    def direct(function: Callable[..., Any], *args: Any, **_limits: Any) -> Any:
        return function(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vinpaint.media.clip.call_in_worker", direct)
        yield
