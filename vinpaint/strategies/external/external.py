"""Strategy `outside:NAME`: any program that fills frames, described by an engine file.

The program receives a crop with context in a size that it accepts, overlapping temporal windows,
and masks in its own format. The colours of its result are matched to the surroundings. Then only
the hole is pasted back, at full size.
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
    OutputError,
    Progress,
    SettingsError,
    StrategyFit,
    Video,
    format_percent,
    section,
)
from vinpaint.imaging.colour_transfer import transfer_colours
from vinpaint.strategies.base import Strategy, start_frames
from vinpaint.strategies.external.engine_file import EngineFile, fill_placeholders, read_engine_file
from vinpaint.strategies.external.exchange import draw_masks, export_frames, import_frames
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
"""Prefix of the strategy's name; the stem of the engine file follows."""
SHIPPED = Path(__file__).parent / "engines"
"""Folder of the engine files that come with vinpaint."""

_CONTEXT_PX = 64
"""Context around the hole in the crop for an engine with one fixed size. A crop is scaled down less
than the whole frame. Other engines receive the whole frame."""


@dataclass(frozen=True)
class ExternalEngine(Strategy):
    """The strategy that runs an external engine.

    Args:
        engine_file: describes the engine.
        file_error: the reason why the file cannot be used, or ''.
        shipped: whether the file ships with vinpaint.
    """

    engine_file: EngineFile
    file_error: str = ""
    shipped: bool = False

    def __post_init__(self) -> None:
        licence = f"An engine from outside; licence: {self.engine_file.licence}."
        about = "" if self.file_error else f"{self.engine_file.best_for} {licence}".strip()
        object.__setattr__(self, "title", self.engine_file.title)
        object.__setattr__(self, "best_for", about)
        object.__setattr__(self, "takes_prompt", self.engine_file.takes_prompt)

    def missing_requirement(self, settings: FillSettings) -> str:
        """See `Strategy.missing_requirement`."""
        engine = self.engine_file
        if settings.commercial_safe and not (engine.commercial or self.file_error):
            return (
                f"{self.title} (licence: {engine.licence}) is not known to allow commercial use, "
                "and --commercial-safe was given; choose another strategy, or leave out "
                "--commercial-safe"
            )
        return self.file_error or engine.missing_requirement()

    def suits(self, facts: Facts) -> StrategyFit | None:
        """Return the engine's score for `auto`, or None if it must not be selected.

        It is selected only if its file sets `auto`, it can run on this machine, and other frames
        show too little of the hole. With a prompt the last condition is dropped, because the user
        wants other content than the background.
        """
        auto = self.engine_file.auto
        settings = FillSettings(
            PREFIX + self.engine_file.name, commercial_safe=facts.commercial_safe
        )
        if not auto or self.missing_requirement(settings):
            return None
        if facts.prompt:
            return StrategyFit(auto, "a prompt says what belongs there, and it takes one")
        if 1 - facts.never_seen >= auto:
            return None
        reason = (
            "its file prefers it where other frames show less than "
            f"{format_percent(auto)} of the hole"
        )
        return StrategyFit(auto, reason)

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`.

        Raises MissingError if the engine is not set up or does not start, LimitError if it exceeds
        its time limit, EngineError if it fails or its result is wrong, OutputError if its frames
        cannot be written.
        """
        frames, _ = start_frames(video, context)
        hole = mask.hole
        fixed = self.engine_file.size.fixed
        aspect = fixed[0] / fixed[1] if fixed else None
        box = crop_box(hole, context_px=_CONTEXT_PX, aspect=aspect)
        if box is None:
            return Video(frames)
        self.require(settings)
        crop = (slice(None), *(box.slices if fixed else (slice(None), slice(None))))
        work = _CropFill(self.engine_file, frames[crop], hole[crop], settings)
        frames[crop] = paste_into_hole(frames[crop], work.filled(progress), hole[crop])
        return Video(frames)


@dataclass(frozen=True, repr=False)
class _CropFill:
    """Fills a crop with an engine, window by window.

    frames: (T, h, w, 3) uint8; hole: (T, h, w) bool.
    """

    engine: EngineFile
    frames: Frames
    hole: Bools
    settings: FillSettings

    @property
    def resizing(self) -> Resizing:
        """The resizing from the crop to a size that the engine accepts."""
        return plan_resizing((self.frames.shape[2], self.frames.shape[1]), self.engine.size)

    def filled(self, progress: Progress) -> Frames:
        """Fill all windows and return them blended, (T, h, w, 3) uint8."""
        count = len(self.frames)
        windows = split_into_windows(count, self.engine.length, overlap=self.engine.overlap_frames)
        return blend_windows(self._filled_windows(windows, progress), count)

    def _filled_windows(
        self, windows: list[TemporalWindow], progress: Progress
    ) -> Iterator[tuple[TemporalWindow, Frames]]:
        for number, window in enumerate(windows):
            window_progress = section(progress, number / len(windows), (number + 1) / len(windows))
            span = slice(window.span.start, window.span.stop)
            frames, hole = self.frames[span], self.hole[span]
            yield window, self._fill(frames, hole, window_progress) if hole.any() else frames

    def _fill(self, frames: Frames, hole: Bools, progress: Progress) -> Frames:
        """Fill one window and return it at the size of the crop, (t, h, w, 3) uint8."""
        indices = reflected_indices(len(frames), self.engine.length.round_up(len(frames)))
        resizing = self.resizing
        source, mask = resizing.resize(frames)[indices], resizing.resize_mask(hole)[indices]
        result = self._run(source, mask, progress)
        matched = transfer_colours(result, source, mask, margin_px=self.engine.dilates_px)
        return resizing.restore(matched[: len(frames)])

    def _run(self, frames: Frames, hole: Bools, progress: Progress) -> Frames:
        """Run the engine on frames of a size and number that it accepts, and read its result.

        Raises OutputError if the temporary folder cannot be written.
        """
        engine = self.engine
        with _temporary_folder() as work:
            masks = draw_masks(hole, colour=engine.hole, dilates_px=engine.dilates_px)
            paths = {
                "frames": export_frames(work / "clip", frames, form=engine.frames, fps=engine.fps),
                "masks": export_frames(work / "masks", masks, form=engine.masks, fps=engine.fps),
                "out": work / "out",
                "work": work,
                "folder": engine.program_folder(),
            }
            paths["out"].mkdir()
            values = self._placeholders(paths, frames.shape)
            cwd = engine.program_folder() if engine.folder else work
            if engine.cwd:
                cwd = Path(fill_placeholders(engine.cwd, values)).expanduser()

            def heartbeat(seconds: float) -> None:
                # the total time is unknown, so the progress approaches 1 without reaching it
                done = 1 - math.exp(-seconds / 60)
                progress(done, f"{engine.title} works, {seconds:.0f} seconds so far")

            run_program(
                [fill_placeholders(word, values) for word in engine.command],
                title=engine.title,
                cwd=cwd,
                environment={
                    name: fill_placeholders(value, values)
                    for name, value in engine.environment.items()
                },
                stdout_file=work / "stdout.txt",
                stderr_file=work / "stderr.txt",
                timeout_seconds=engine.timeout_seconds,
                heartbeat=heartbeat,
            )
            return import_frames(
                cwd / fill_placeholders(engine.result, values),
                count=len(frames),
                size=(frames.shape[2], frames.shape[1]),
                title=engine.title,
            )

    def _placeholders(self, paths: dict[str, Path], shape: tuple[int, ...]) -> dict[str, str]:
        """Return the value of each placeholder. shape: (T, h, w, 3)."""
        count, height, width = shape[:3]
        return {
            **{name: str(path) for name, path in paths.items()},
            "name": paths["frames"].stem,
            "python": self.engine.interpreter(),
            "width": str(width),
            "height": str(height),
            "count": str(count),
            "fps": str(self.engine.fps),
            "seconds": str(math.ceil(count / self.engine.fps)),
            "prompt": self.settings.prompt,
            "seed": str(self.settings.seed),
        }


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Yield a temporary folder, which is removed afterwards.

    Raises OutputError if it cannot be written.
    """
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


def user_engine_folders() -> list[Path]:
    """Return the folders of the user's engine files, in order of precedence.

    These are $VINPAINT_ENGINES, then vinpaint/engines in the user's configuration folder.
    """
    folders = []
    if folder := os.environ.get("VINPAINT_ENGINES"):
        folders.append(Path(folder))
    with contextlib.suppress(RuntimeError):  # raised if the user has no home directory
        config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
        folders.append(Path(config) / "vinpaint" / "engines")
    return folders


def find_engines() -> dict[str, ExternalEngine]:
    """Return the engines of all files, by strategy name.

    A user's file replaces a shipped one of the same name. A file with a mistake is included, with
    its `file_error`.
    """
    engines: dict[str, ExternalEngine] = {}
    for folder in (SHIPPED, *reversed(user_engine_folders())):
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            engines[PREFIX + path.stem] = _read_engine(path, shipped=folder == SHIPPED)
    return dict(sorted(engines.items()))


def _read_engine(path: Path, *, shipped: bool) -> ExternalEngine:
    try:
        return ExternalEngine(read_engine_file(path), shipped=shipped)
    except SettingsError as error:
        log.debug("%s", error)  # `doctor` and the app report it
        empty = EngineFile(name=path.stem, title=path.stem, command=(), result="")
        return ExternalEngine(empty, file_error=str(error))


def mark_removed(engine: ExternalEngine) -> ExternalEngine:
    """Return the engine with a `file_error` that says that its file no longer exists."""
    name = engine.engine_file.name
    error = f"{name}.toml: this engine's file is gone; put it back, or choose another"
    return replace(engine, file_error=error)
