"""Parse TOML with the standard library, or with its backport tomli on Python 3.10."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def parse_toml(text: str) -> dict[str, Any]:
    """Parse a TOML document. Raises ValueError if it is malformed."""
    return dict(tomllib.loads(text))
