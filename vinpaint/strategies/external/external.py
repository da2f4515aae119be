"""Strategy `outside:NAME`: any program that fills frames, described in a small TOML file.

What the program gets is ours: a crop with context in a size that it takes, windows in time that
overlap, masks drawn as it wants them. So is what becomes of its answer: only the hole is taken,
in the light of the picture around it, and pasted back at full size.
"""

from __future__ import annotations

import contextlib
import logging
import math
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from vinpaint.core import (
    Bools,
    Context,
    Facts,
    FillSettings,
    Frames,
    Mask,
    MissingError,
    OutputError,
    Progress,
    SettingsError,
    StrategyFit,
    Video,
    format_percent,
    section,
)
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.external.engine_file import Recipe, filled, read_recipe
from vinpaint.strategies.external.exchange import hand_over, painted, take_back
from vinpaint.strategies.external.subprocess_runner import run_program
from vinpaint.strategies.resizing import Resizing, crop_box, paste_into_hole, plan_resizing
from vinpaint.strategies.temporal_windows import (
    TemporalWindow,
    blend_windows,
    reflected_indices,
    split_into_windows,
)

log = logging.getLogger(__name__)

PREFIX = "outside:"
"""Before the file's name, in the name of the strategy."""
SHIPPED = Path(__file__).parent / "engines"

_CONTEXT_PX = 64
"""Around the hole, for an engine of one size only: less of the crop's detail is scaled away."""


@dataclass(frozen=True)
class Outside(Strategy):
    """An engine from outside, as its file describes it; `fault` says why that cannot be used."""

    recipe: Recipe
    fault: str = ""
    shipped: bool = False

    def __post_init__(self) -> None:
        licence = f"An engine from outside; licence: {self.recipe.licence}."
        about = "" if self.fault else f"{self.recipe.best_for} {licence}".strip()
        object.__setattr__(self, "title", self.recipe.title)
        object.__setattr__(self, "best_for", about)
        object.__setattr__(self, "takes_prompt", self.recipe.takes_prompt)

    def missing_requirement(self, settings: FillSettings) -> str:
        """See `Strategy.missing_requirement`."""
        if settings.commercial_safe and not (self.recipe.commercial or self.fault):
            return (
                f"{self.title} (licence: {self.recipe.licence}) is not known to be free for "
                "commercial use, and only what is was asked for; choose another strategy, or "
                "leave out --commercial-safe"
            )
        return self.fault or self.recipe.missing_requirement()

    def suits(self, facts: Facts) -> StrategyFit | None:
        """Its fit for `auto`: only where its file asks for that, and it is here.

        By words as well, since only those are asked that take them: what other frames show is not
        what they mean.
        """
        settings = FillSettings(PREFIX + self.recipe.name, commercial_safe=facts.commercial_safe)
        if not self.recipe.auto or self.missing_requirement(settings):
            return None
        if facts.prompt:
            return StrategyFit(
                self.recipe.auto, "a prompt says what belongs there, and it takes one"
            )
        if 1 - facts.never_seen >= self.recipe.auto:
            return None
        share = format_percent(self.recipe.auto)
        because = f"its file prefers it where other frames show less than {share} of the hole"
        return StrategyFit(self.recipe.auto, because)

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`. Raises MissingError, LimitError, EngineError, OutputError."""
        frames, hole = video.frames.copy(), mask.hole
        if context.repaired is not None:
            frames[: len(context.repaired.frames)] = context.repaired.frames
        fixed = self.recipe.size.fixed
        aspect = fixed[0] / fixed[1] if fixed else None
        box = crop_box(hole, context_px=_CONTEXT_PX, aspect=aspect)
        if box is None:
            return Video(frames)
        if missing_requirement := self.missing_requirement(settings):
            raise MissingError(missing_requirement)
        inside = (slice(None), *(box.slices if fixed else (slice(None), slice(None))))
        job = _Job(self.recipe, frames[inside], hole[inside], settings)
        frames[inside] = paste_into_hole(frames[inside], job.filled(progress), hole[inside])
        return Video(frames)


@dataclass(frozen=True, repr=False)
class _Job:
    """One stretch of frames for an engine; frames: (T, h, w, 3), hole: (T, h, w)."""

    recipe: Recipe
    frames: Frames
    hole: Bools
    settings: FillSettings

    @property
    def way(self) -> Resizing:
        """To the size that it takes, and back."""
        return plan_resizing((self.frames.shape[2], self.frames.shape[1]), self.recipe.size)

    def filled(self, progress: Progress) -> Frames:
        """(T, h, w, 3): all windows, blended."""
        count = len(self.frames)
        windows = split_into_windows(count, self.recipe.length, overlap=self.recipe.overlap_frames)
        return blend_windows(self._parts(windows, progress), count)

    def _parts(
        self, windows: list[TemporalWindow], progress: Progress
    ) -> Iterator[tuple[TemporalWindow, Frames]]:
        for number, window in enumerate(windows):
            here = section(progress, number / len(windows), (number + 1) / len(windows))
            span = slice(window.span.start, window.span.stop)
            frames, hole = self.frames[span], self.hole[span]
            yield window, self._window(frames, hole, here) if hole.any() else frames

    def _window(self, frames: Frames, hole: Bools, progress: Progress) -> Frames:
        """One window through the engine: same frames, same size."""
        order = reflected_indices(len(frames), self.recipe.length.up(len(frames)))
        given, wanted = self.way.frames(frames)[order], self.way.hole(hole)[order]
        answer = self._answer(given, wanted, progress)
        lit = transfer_colours(answer, given, wanted, apart_px=self.recipe.dilates_px)
        return self.way.back(lit[: len(frames)])

    def _answer(self, frames: Frames, hole: Bools, progress: Progress) -> Frames:
        """What the engine makes of frames in its own size. Raises OutputError for a full disk."""
        recipe = self.recipe
        with _workplace() as work:
            call = _Call(recipe, work, frames.shape, self.settings)
            drawn = painted(hole, colour=recipe.hole, dilates_px=recipe.dilates_px)
            given = hand_over(work / "clip", frames, form=recipe.frames, fps=recipe.fps)
            masks = hand_over(work / "masks", drawn, form=recipe.masks, fps=recipe.fps)
            values = call.values(given, masks)
            (work / "out").mkdir()

            def beat(seconds: float) -> None:
                progress(_share(seconds), f"{recipe.title} works, {seconds:.0f} seconds so far")

            run_program(
                [filled(word, values) for word in recipe.command],
                title=recipe.title,
                cwd=call.cwd(values),
                environment={k: filled(v, values) for k, v in recipe.environment.items()},
                printed=work / "printed.txt",
                complaints=work / "complaints.txt",
                seconds=recipe.timeout_seconds,
                beat=beat,
            )
            result = call.cwd(values) / filled(recipe.result, values)
            size = frames.shape[2], frames.shape[1]
            return take_back(result, count=len(frames), size=size, title=recipe.title)


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """A folder that is gone afterwards. Raises OutputError where it cannot be written."""
    try:
        with tempfile.TemporaryDirectory(
            prefix="vinpaint-engine-", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
    except OSError as error:
        raise OutputError(
            f"{tempfile.gettempdir()}: an engine's frames cannot be written there "
            f"({error.strerror or error}); free some space, or let TMPDIR name another disk"
        ) from error


def _share(seconds: float) -> float:
    """A bar that always moves and never arrives: how long an engine takes nobody knows."""
    return 1 - math.exp(-seconds / 60)


@dataclass(frozen=True)
class _Call:
    """One call: what the words in braces mean. shape: (T, h, w, 3)."""

    recipe: Recipe
    work: Path
    shape: tuple[int, ...]
    settings: FillSettings

    def values(self, frames: Path, masks: Path) -> dict[str, str]:
        """The meaning of each word."""
        count, height, width = self.shape[:3]
        return {
            "frames": str(frames),
            "masks": str(masks),
            "out": str(self.work / "out"),
            "work": str(self.work),
            "folder": str(self.recipe.home_folder()),
            "name": frames.stem,
            "python": self.recipe.interpreter(),
            "width": str(width),
            "height": str(height),
            "count": str(count),
            "fps": str(self.recipe.fps),
            "seconds": str(math.ceil(count / self.recipe.fps)),
            "prompt": self.settings.prompt,
            "seed": str(self.settings.seed),
        }

    def cwd(self, values: dict[str, str]) -> Path:
        """Where it runs: as its file says, or in its own folder, or in the work's."""
        if self.recipe.cwd:
            return Path(filled(self.recipe.cwd, values)).expanduser()
        return self.recipe.home_folder() if self.recipe.folder else self.work


def own_folders() -> list[Path]:
    """Where the user's own files lie: $VINPAINT_ENGINES, then vinpaint/engines among settings."""
    folders = []
    if named := os.environ.get("VINPAINT_ENGINES"):
        folders.append(Path(named))
    with contextlib.suppress(RuntimeError):  # nobody's home: there are no settings either
        config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        folders.append(Path(config) / "vinpaint" / "engines")
    return folders


def found() -> dict[str, Outside]:
    """The engines of all files, by name; the user's own take the place of those shipped."""
    engines: dict[str, Outside] = {}
    for folder in (SHIPPED, *reversed(own_folders())):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            engines[PREFIX + path.stem] = _engine(path, shipped=folder == SHIPPED)
    return dict(sorted(engines.items()))


def _engine(path: Path, *, shipped: bool) -> Outside:
    try:
        return Outside(read_recipe(path), shipped=shipped)
    except SettingsError as error:
        log.debug("%s", error)  # `doctor` and the app say it
        nothing = Recipe(name=path.stem, title=path.stem, command=(), result="")
        return Outside(nothing, fault=str(error))


def gone(engine: Outside) -> Outside:
    """An engine whose file is no longer there."""
    fault = f"{engine.recipe.name}.toml: this engine's file is gone; put it back, or choose another"
    return replace(engine, fault=fault)
