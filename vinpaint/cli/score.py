"""The command `vinpaint score`: measure and judge an existing repair."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated

import typer

from vinpaint.cli import parse
from vinpaint.cli.flags import AsJson, ShowProgress
from vinpaint.runtime.progress_bar import ProgressBar


def score(
    before: Annotated[str, typer.Argument(help="Source clip.")],
    after: Annotated[str, typer.Argument(help="Repaired clip.")],
    mask: Annotated[str, typer.Option(help="Mask of the repaired area (white = replaced).")],
    truth: Annotated[
        str | None, typer.Option(help="Ground truth: the clip as it should look.")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="Weights of steadiness, texture and seam: W,T,S [default: 0.5,0.3,0.2]."),
    ] = None,
    measures: Annotated[
        str, typer.Option(help="Scores to measure: quick, or all (adds FID and LPIPS).")
    ] = "quick",
    as_json: AsJson = False,
    progress: ShowProgress = False,
) -> None:
    """Measure an existing repair and judge it: pass, look at these frames, or fail."""
    from vinpaint import backend

    with ProgressBar(always=progress) as bar:
        scored = backend.score(
            before,
            after,
            mask=mask,
            truth=truth,
            weights=parse.parse_weights(weights) if weights else None,
            measures=parse.parse_measures(measures),
            progress=bar.update,
        )
    if as_json:
        print(json.dumps(dataclasses.asdict(scored), indent=1))
        return
    print(scored.verdict)
    if scored.gate is not None:
        print(backend.describe_quality(scored.gate))
    for one in scored.scores:
        print(backend.describe_score(one))
