"""Does the gate see what a repair leaves of the object? Masks with planted faults, and whole ones.

    VINPAINT_CLIPS=/some/folder python -m bench.leftover              # the table, 20 minutes
    VINPAINT_CLIPS=/some/folder python -m bench.leftover --sheets out # pictures to label by

The cases are those of `planted_faults.py`; labels by eye are in leftover_labels.json. A faulty case
counts as seen if the named spans cover half of its faulty frames and at most as many others; a
whole one is a false alarm if anything is named. The weights and limits of the measure are fitted on
one half of the clips and scenes and tested on the other, and the other way round. Below that
stands the table of the weights that are in use, which were fitted to all cases.
"""

from __future__ import annotations

import argparse
import json
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.common import HERE
from bench.planted_faults import Case, cases
from vinpaint.core import Bools
from vinpaint.media import write_png
from vinpaint.quality.leftover import findings as measure
from vinpaint.quality.leftover.findings import Limits, ShotEvidence, shot_evidence
from vinpaint.quality.leftover.scan_window import ScanWindow

Doubles = NDArray[np.float64]
LABELS = HERE / "leftover_labels.json"
REPORT = HERE / "LEFTOVER.md"
KINDS = ("limb", "lost", "lag", "effect", "whole")
_RIDGES = (20.0, 50.0, 100.0)
_LOG_ODDS = np.arange(-1.25, 2.6, 0.25)
_LASTING = (0.06, 0.09, 0.12)
_FALSE_ALARM_COST = 2.5
_WHOLE_WEIGHT = 3.0
_NEWTON_STEPS = 60


@dataclass(frozen=True)
class Examined:
    """A case with its findings. `judged`: the frames whose label is known."""

    name: str
    kind: str
    faulty: Bools
    judged: Bools
    evidence: ShotEvidence


def examine(case: Case) -> Examined:
    """Run the measure on a case, before any repair."""
    frames, holes = list(case.frames), [np.ascontiguousarray(hole) for hole in case.holes]
    area = float(np.median([hole.sum() for hole in holes if hole.any()]))
    found = measure.examine(ScanWindow(frames, frames, holes, area))
    faulty = np.zeros(len(frames), np.bool_)
    faulty[list(case.faulty)] = True
    return Examined(case.name, case.kind, faulty, np.ones_like(faulty), shot_evidence(found))


def labelled(examined: Examined, labels: dict[str, list[dict[str, str]]]) -> Examined | None:
    """Apply the labels by eye: None for a fault that cannot be seen."""
    short = examined.name.split(":")[0]
    kind = "effect" if examined.kind in ("shadow", "reflection") else examined.kind
    if {"case": short, "kind": examined.kind} in labels["not_visible"]:
        return None
    if short in labels["own_effect"]:
        every = np.ones_like(examined.faulty)
        if kind == "whole":
            return replace(examined, kind="effect", faulty=every)
        return replace(examined, judged=examined.faulty)
    return replace(examined, kind=kind)


def fit(some: Sequence[Examined], ridge: float) -> tuple[Doubles, float]:
    """Fit a logistic regression with a ridge penalty; return weights and bias.

    Shadows and reflections are left out: they are judged by how long something lasts, and those
    that are too faint would only teach that nothing to be seen is a fault.
    """
    some = [one for one in some if one.kind != "effect"]
    features = np.concatenate([one.evidence.features for one in some])
    target = np.concatenate([one.faulty for one in some]).astype(float)
    weight = np.concatenate(
        [
            one.judged * (_WHOLE_WEIGHT if one.kind == "whole" else 1) / len(one.faulty)
            for one in some
        ]
    )
    weight /= weight.mean()
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6
    design = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    penalty = np.append(np.full(features.shape[1], ridge), 1e-6)
    solution = np.zeros(design.shape[1])
    for _ in range(_NEWTON_STEPS):
        odds = 1 / (1 + np.exp(-design @ solution))
        gradient = design.T @ (weight * (odds - target)) + penalty * solution
        curvature = (design.T * (weight * odds * (1 - odds))) @ design + np.diag(penalty)
        solution -= np.linalg.solve(curvature, gradient)
    weights = solution[:-1] / spread
    return weights, float(solution[-1] - weights @ mean)


def named_frames(one: Examined, limits: Limits) -> Bools:
    """Return the frames that the measure would name with these limits."""
    named = np.zeros(len(one.faulty), np.bool_)
    for span in measure.spans_over(measure.strengths(one.evidence, limits)):
        named[span.start : span.stop] = True
    return named


def seen(one: Examined, limits: Limits) -> bool:
    """Whether a fault is seen or, for a whole mask, whether there is an alarm."""
    named = named_frames(one, limits)
    if one.kind == "whole":
        return bool(named.any())
    hit, others = (named & one.faulty).sum(), (named & ~one.faulty & one.judged).sum()
    return bool(hit >= 0.5 * one.faulty.sum() and others <= one.faulty.sum())


def table(some: Sequence[Examined], limits: Limits) -> dict[str, tuple[int, int]]:
    """Return (seen, all) by kind."""
    rows = {kind: [seen(one, limits) for one in some if one.kind == kind] for kind in KINDS}
    return {kind: (sum(row), len(row)) for kind, row in rows.items()}


def choose(some: Sequence[Examined]) -> Limits:
    """Fit the weights and choose the limits that are best on some cases."""
    best, cost = None, np.inf
    for ridge in _RIDGES:
        weights, bias = fit(some, ridge)
        for limit in _LOG_ODDS:
            for lasting in _LASTING:
                limits = Limits(tuple(weights), bias, float(limit), lasting)
                rows = table(some, limits)
                alarms, whole = rows.pop("whole")
                missed = sum(count - hits for hits, count in rows.values())
                total = sum(count for _, count in rows.values())
                now = missed / max(1, total) + _FALSE_ALARM_COST * alarms / max(1, whole)
                if now < cost:
                    best, cost = limits, now
    assert best is not None
    return best


def halves(some: Sequence[Examined]) -> tuple[list[Examined], list[Examined]]:
    """Split the cases by source, so that no clip is in both halves with the same thing."""
    sides = [zlib.crc32(one.name.encode()) % 2 for one in some]
    return tuple([one for one, side in zip(some, sides, strict=True) if side == s] for s in (0, 1))  # type: ignore[return-value]


def _rows(title: str, rows: dict[str, tuple[int, int]]) -> str:
    failed = [rows[kind] for kind in KINDS if kind != "whole"]
    hits, total = (sum(row[i] for row in failed) for i in (0, 1))
    cells = " | ".join(f"{rows[kind][0]} of {rows[kind][1]}" for kind in KINDS)
    return f"| {title} | {cells} | {hits} of {total} ({100 * hits / max(1, total):.0f} %) |"


def report(some: Sequence[Examined]) -> Iterator[str]:
    """Yield the lines of LEFTOVER.md."""
    yield "# What a repair leaves of the object: planted faults"
    yield ""
    yield "Measured by `python -m bench.leftover` on 8 clips of DAVIS 2016 and 30 made scenes,"
    yield "before any fill; see there for what counts as seen. Weights and limits of the first line"
    yield "were chosen on the other half; what the cues look at was designed with all cases."
    yield ""
    yield "| | limb | lost | lag | shadow, reflection | whole: false alarms | faults seen |"
    yield "|---|---|---|---|---|---|---|"
    total = dict.fromkeys(KINDS, (0, 0))
    first, second = halves(some)
    for chosen, tested in ((first, second), (second, first)):
        rows = table(tested, choose(chosen))
        total = {k: (total[k][0] + rows[k][0], total[k][1] + rows[k][1]) for k in KINDS}
    yield _rows("chosen on the other half", total)
    yield _rows("in use, fitted to all", table(some, Limits()))
    yield ""
    wrong = [one for one in some if seen(one, Limits()) == (one.kind == "whole")]
    yield "Eye and measure differ, with the weights in use:"
    yield ""
    yield from (f"- {one.name}, {one.kind}" for one in wrong)
    weights, bias = fit(some, _RIDGES[0])
    print("fitted to all:", np.round(weights, 3).tolist(), round(bias, 3))


def sheets(out: Path, clips: Path) -> None:
    """Write a picture of three faulty frames of every case, to label by."""
    out.mkdir(parents=True, exist_ok=True)
    for number, case in enumerate(cases(clips)):
        faulty = sorted(case.faulty)
        if not faulty:
            continue
        tiles = []
        for share in (0.2, 0.5, 0.85):
            t = faulty[int(share * (len(faulty) - 1))]
            hole = case.holes[t].astype(np.uint8)
            tile = cv2.inpaint(np.ascontiguousarray(case.frames[t]), hole, 4, cv2.INPAINT_TELEA)
            outline = cv2.findContours(hole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
            tiles.append(cv2.drawContours(tile, outline, -1, (255, 255, 0), 1))
        write_png(out / f"{number:03d}-{case.kind}.png", np.hstack(tiles).astype(np.uint8))


def main() -> None:
    """Examine all cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sheets", type=Path, help="write pictures to label by, and stop")
    parser.add_argument("--results", action="store_true", help=f"write {REPORT.name}")
    options = parser.parse_args()
    given = os.environ.get("VINPAINT_CLIPS")
    if not given:
        raise SystemExit("VINPAINT_CLIPS: set it to a folder of clips with frames/ and masks/")
    if options.sheets:
        sheets(options.sheets, Path(given))
        return
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    some = []
    for case in cases(Path(given)):
        if (one := labelled(examine(case), labels)) is not None:
            some.append(one)
        print(case.name, case.kind, flush=True)
    text = "\n".join(report(some)) + "\n"
    print(text)
    if options.results:
        REPORT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
