"""What a repair will cost in time, from this machine's own past runs; and what another take would.

On two cores, made clips of three sizes with holes of 1 to 50 % of the frame took between 13 and 29
seconds for each megapixel of *work*: the hole's megapixels on all frames, and 2 % of the frames'
own, which are read and written whole. So a machine is known by one number, and a clip by another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from vinpaint.core import SettingsError

PICTURE_SHARE = 0.02
"""A megapixel that is only read and written, as work: see above."""

BENCH_PACES = (7.6, 5.1, 3.6, 4.8)
"""Seconds a megapixel of work at the four sizes of bench/RESULTS.md: (repair + measure) / (mask's
5 % and 2 % of the frame), 2 cores."""

TAKES_FOR_ONE_SHOT = 3
"""Generations for one usable shot, on average ("How does AI video inpainting work", invideo 2026:
documented productions)."""

SHARE_THAT_MAKES_THE_CUT = 0.25
"""Of the generated clips (the same source: 41 of 164 in one 3-minute episode)."""

_FEWEST_FOR_QUARTERS = 4
"""Of fewer runs, the fastest and the slowest are the range."""

_BEFORE = ("mask", "forecast")
"""Stages of a run that are over when time is asked for."""


@dataclass(frozen=True)
class PastRun:
    """A finished repair. `seconds`: without finding the mask and looking ahead."""

    strategy: str
    seconds: float
    work_mpx: float


@dataclass(frozen=True)
class MachinePace:
    """Seconds a megapixel of work: the median of past runs, and the half of them around it.

    `runs`: how many it was learned from; 0: taken from the bench.
    """

    strategy: str
    seconds: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class TimeEstimate:
    """Seconds that a repair is likely to take: the middle, and half of all cases."""

    strategy: str
    seconds: float
    low: float
    high: float
    runs: int


@dataclass(frozen=True)
class RegenerationCost:
    """What making the clip anew is likely to cost, in the money that `price` is in.

    `usable`: until one take is usable; `kept`: until one makes the cut.
    """

    price: float
    usable: float
    kept: float


def work_mpx(masked_mpx: float, picture_mpx: float) -> float:
    """Megapixels of work: of all holes, and of all frames."""
    return masked_mpx + PICTURE_SHARE * picture_mpx


def read_past_run(report: Mapping[str, Any]) -> PastRun | None:
    """A run from its report.json; None where it does not say enough, as without measures."""
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
    """How fast this machine is with a strategy: the bench's pace where it has never run."""
    paces = [run.seconds / run.work_mpx for run in runs if run.strategy == strategy]
    known = paces or list(BENCH_PACES)
    low, high = min(known), max(known)
    if len(paces) >= _FEWEST_FOR_QUARTERS:
        low, _, high = quantiles(paces, n=4, method="inclusive")
    return MachinePace(strategy, median(known), low, high, len(paces))


def estimate_time(pace: MachinePace, *, masked_mpx: float, picture_mpx: float) -> TimeEstimate:
    """The time of a repair: megapixels of all holes and of all frames, at a pace."""
    work = work_mpx(masked_mpx, picture_mpx)
    middle, low, high = (work * one for one in (pace.seconds, pace.low, pace.high))
    return TimeEstimate(pace.strategy, middle, low, high, pace.runs)


def regeneration_cost(price: float) -> RegenerationCost:
    """What another take costs at a price per generation. Raises SettingsError below 0."""
    if not 0 <= price < 1e6:
        raise SettingsError(
            f"a price per generation is a number from 0 to a million, received {price:g}"
        )
    return RegenerationCost(price, price * TAKES_FOR_ONE_SHOT, price / SHARE_THAT_MAKES_THE_CUT)
