"""Estimate the time of a repair from this machine's past runs, and the cost of another take.

The work of a repair is measured in megapixels: the hole's megapixels on all frames, plus 2 % of the
frames' own, which are read and written whole. On two cores, synthetic clips of three sizes with
holes of 1 to 50 % of the frame took 13 to 29 seconds per megapixel of work. One pace per machine
and strategy, and one amount of work per clip, therefore predict the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from vinpaint.core import SettingsError

PICTURE_SHARE = 0.02
"""The work of a megapixel that is only read and written."""

BENCH_PACES = (7.6, 5.1, 3.6, 4.8)
"""Seconds per megapixel of work at the four sizes of bench/RESULTS.md: (repair + measure) / (mask's
5 % and 2 % of the frame), 2 cores."""

TAKES_FOR_ONE_SHOT = 3
"""Generations for one usable shot, on average ("How does AI video inpainting work", invideo 2026:
documented productions)."""

SHARE_THAT_MAKES_THE_CUT = 0.25
"""Of the generated clips (the same source: 41 of 164 in one 3-minute episode)."""

_FEWEST_FOR_QUARTERS = 4
"""With fewer runs, the range is that from the fastest to the slowest."""

_BEFORE = ("mask", "forecast")
"""Stages of a run that are over when the time is estimated."""


@dataclass(frozen=True)
class PastRun:
    """A finished repair. `seconds`: without the mask and the forecast."""

    strategy: str
    seconds: float
    work_mpx: float


@dataclass(frozen=True)
class MachinePace:
    """Seconds per megapixel of work: the median of past runs, and their quartiles.

    `runs`: number of past runs; 0 if the pace is the benchmark's.
    """

    strategy: str
    seconds: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class TimeEstimate:
    """Estimated seconds of a repair: the median, and the quartiles."""

    strategy: str
    seconds: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class RegenerationCost:
    """Expected cost of regenerating the clip, in the currency of `price`.

    `usable`: until one take is usable; `kept`: until one makes the final cut.
    """

    price: float
    usable: float
    kept: float


def work_mpx(masked_mpx: float, picture_mpx: float) -> float:
    """Return the work in megapixels, from those of all holes and of all frames."""
    return masked_mpx + PICTURE_SHARE * picture_mpx


def read_past_run(report: Mapping[str, Any]) -> PastRun | None:
    """Read a run from its report.json; None if it was not measured."""
    try:
        source, stages = report["source"], report["seconds"]
        pixels = int(source["width"]) * int(source["height"])
        coverage = next(one for one in report["scores"] if one["name"] == "coverage")
        percents = [float(value) for value in coverage["per_frame"] if value is not None]
        spent = sum(float(time) for stage, time in stages.items() if stage not in _BEFORE)
        strategy = str(report["job"]["fill"]["strategy"])
        masked = sum(percents) / 100 * pixels / 1e6
        work = work_mpx(masked, int(source["frames"]) * pixels / 1e6)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        return None  # written by another version, or by hand
    return PastRun(strategy, spent, work) if masked > 0 and spent > 0 else None


def learn_pace(runs: Iterable[PastRun], strategy: str) -> MachinePace:
    """Return this machine's pace with a strategy, or the benchmark's if it has never run here."""
    paces = [run.seconds / run.work_mpx for run in runs if run.strategy == strategy]
    known = paces or list(BENCH_PACES)
    low, high = min(known), max(known)
    if len(paces) >= _FEWEST_FOR_QUARTERS:
        low, _, high = quantiles(paces, n=4, method="inclusive")
    return MachinePace(strategy, median(known), low, high, len(paces))


def estimate_time(pace: MachinePace, *, masked_mpx: float, picture_mpx: float) -> TimeEstimate:
    """Estimate the time of a repair from the megapixels of all holes and of all frames."""
    work = work_mpx(masked_mpx, picture_mpx)
    middle, low, high = (work * one for one in (pace.seconds, pace.low, pace.high))
    return TimeEstimate(pace.strategy, middle, low, high, pace.runs)


def regeneration_cost(price: float) -> RegenerationCost:
    """Return the cost of another take at a price per generation. Raises SettingsError below 0."""
    if not 0 <= price < 1e6:
        raise SettingsError(
            f"the price per generation must be from 0 to a million, received {price:g}"
        )
    return RegenerationCost(price, price * TAKES_FOR_ONE_SHOT, price / SHARE_THAT_MAKES_THE_CUT)
