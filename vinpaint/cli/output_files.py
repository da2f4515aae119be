"""Write the files that accompany a result: the job file and the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vinpaint.core import Result


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically. Raises OutputError if it cannot be written."""
    from vinpaint.media import safe_output

    with safe_output(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_report(path: Path, result: Result) -> None:
    """Write the report of a run: a printable page if the suffix is .html, otherwise JSON.

    Raises OutputError if the file cannot be written, MediaError if a clip cannot be read any more.
    """
    from vinpaint import backend

    report = backend.report(result)
    if path.suffix.lower() not in (".html", ".htm"):
        write_text(path, json.dumps(report, indent=1))
        return
    from vinpaint.media import open_clip
    from vinpaint.quality.evidence import output_to_measure
    from vinpaint.results.pages.print_report import printed_html

    rate = result.job.fps
    with (
        open_clip(result.job.source, fps=rate) as before,
        open_clip(output_to_measure(result.outs), fps=rate, trusted=True) as after,
    ):
        write_text(path, printed_html(json.loads(json.dumps(report)), before, after))
