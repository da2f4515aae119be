"""The browser app. `launch` starts it; everything heavy loads only then."""

from __future__ import annotations

__all__ = ["launch"]

from vinpaint.ui.server import launch
