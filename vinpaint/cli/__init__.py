"""The command line: `vinpaint` and `python -m vinpaint`."""

from vinpaint.cli.main import app, main

__all__ = ["app", "main"]
