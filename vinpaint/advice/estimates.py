"""Estimate the time of a repair from past runs on this machine, and the cost of regenerating.

The work of a repair is measured in megapixels: those of the holes on all frames, plus 2 % of those
of the whole frames, which must be read and written. On two cores, synthetic clips of three sizes
with holes of 1 to 50 % of the frame took 13 to 29 seconds per megapixel of work. The time is
therefore predicted as the work of the clip times the pace of the machine with the strategy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from vinpaint.core import SettingsError

PICTURE_SHARE = 0.02
"""Work of a megapixel that is only read and written, relative to one that is filled."""

BENCH_PACES = (7.6, 5.1, 3.6, 4.8)
"""Seconds per megapixel of work on 2 cores, for the four sizes of bench/RESULTS.md: the time to
repair and measure, divided by 5 % (mask) plus 2 % of the frames' megapixels."""

TAKES_FOR_ONE_SHOT = 3
"""Average number of generations for one usable shot in documented productions ("How does AI video
inpainting work", invideo 2026)."""

SHARE_THAT_MAKES_THE_CUT = 0.25
"""Share of generated clips in the final cut (41 of 164 in a 3-minute episode, same source)."""

_MIN_RUNS_FOR_QUARTILES = 4
"""With fewer runs, the range extends from the fastest to the slowest."""

_PREPARATION_STAGES = ("mask", "forecast")
"""Stages of a run that are finished before the time is estimated."""


@dataclass(frozen=True)
class PastRun:
    """A finished repair. `seconds` excludes the mask and the forecast."""

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

    `usable` is the cost until one take is usable, `kept` until one is in the final cut.
    """

    price: float
    usable: float
    kept: float


def work_mpx(masked_mpx: float, picture_mpx: float) -> float:
    """Return the work of a repair, given the megapixels of all holes and of all frames."""
    return masked_mpx + PICTURE_SHARE * picture_mpx


def read_past_run(report: Mapping[str, Any]) -> PastRun | None:
    """Read a run from a parsed report.json. Returns None if coverage was not measured."""
    try:
        source, stages = report["source"], report["seconds"]
        pixels = int(source["width"]) * int(source["height"])
        coverage = next(score for score in report["scores"] if score["name"] == "coverage")
        percents = [float(value) for value in coverage["per_frame"] if value is not None]
        spent = sum(
            float(time) for stage, time in stages.items() if stage not in _PREPARATION_STAGES
        )
        strategy = str(report["job"]["fill"]["strategy"])
        masked = sum(percents) / 100 * pixels / 1e6
        work = work_mpx(masked, int(source["frames"]) * pixels / 1e6)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
        return None  # written by another version, or by hand
    return PastRun(strategy, spent, work) if masked > 0 and spent > 0 else None


def learn_pace(runs: Iterable[PastRun], strategy: str) -> MachinePace:
    """Return the pace of this machine with a strategy, or the benchmark's if there is no run."""
    paces = [run.seconds / run.work_mpx for run in runs if run.strategy == strategy]
    samples = paces or list(BENCH_PACES)
    low, high = min(samples), max(samples)
    if len(paces) >= _MIN_RUNS_FOR_QUARTILES:
        low, _, high = quantiles(paces, n=4, method="inclusive")
    return MachinePace(strategy, median(samples), low, high, len(paces))


def estimate_time(pace: MachinePace, *, masked_mpx: float, picture_mpx: float) -> TimeEstimate:
    """Estimate the time of a repair, given the megapixels of all holes and of all frames."""
    work = work_mpx(masked_mpx, picture_mpx)
    seconds, low, high = (work * per_mpx for per_mpx in (pace.seconds, pace.low, pace.high))
    return TimeEstimate(pace.strategy, seconds, low, high, pace.runs)


def regeneration_cost(price: float) -> RegenerationCost:
    """Return the cost of regenerating at a price per generation.

    Raises SettingsError if the price is not between 0 and a million.
    """
    if not 0 <= price < 1e6:
        raise SettingsError(
            f"the price per generation must be from 0 to a million, received {price:g}"
        )
    return RegenerationCost(price, price * TAKES_FOR_ONE_SHOT, price / SHARE_THAT_MAKES_THE_CUT)
