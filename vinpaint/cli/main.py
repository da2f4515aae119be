"""The commands. Each one parses its arguments, calls the backend and prints the result."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from vinpaint.cli import flags, parse
from vinpaint.cli.advise import advise
from vinpaint.cli.flags import spread
from vinpaint.cli.inspect import inspect
from vinpaint.cli.mask_warnings import warning_lines
from vinpaint.cli.models import models_app
from vinpaint.cli.output_files import write_report, write_text
from vinpaint.cli.remedies import remedy_lines
from vinpaint.cli.score import score
from vinpaint.core import Cancelled, Job, Result, SettingsError, VinpaintError
from vinpaint.runtime.progress_bar import ProgressBar

_INTERRUPTED = 130

_NOT_BUILT = {"batch": "many jobs at once"}
"""Planned commands that are not implemented, with what they would do. They give an error."""

app = typer.Typer(
    name="vinpaint",
    help="Repair one region of a video, leave everything else untouched, and prove it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(models_app)


@app.command(
    epilog="Examples:  vinpaint run clip.mp4 --click 0,320,180 -o fixed.mp4   |   "
    "vinpaint run clip.mp4 --region 20,20,180,60 -o fixed.mkv   |   "
    "vinpaint run clip.mp4 --mask m.png --strategy plate --reference-frame 70 -o fixed.mp4   |   "
    "vinpaint run frames/ --mask masks/ -o out/ --report report.json   |   "
    "vinpaint run --job job.json -o fixed.mp4 --resume"
)
@spread
def run(
    *,
    out: Annotated[
        Path, flags.out_option(".mp4 (H.264), .mkv (lossless FFV1) or a folder (PNG images)")
    ],
    source: flags.MaybeSource = None,
    marked: flags.MaskFlags,
    filled: flags.FillFlags,
    measures: Annotated[
        str, typer.Option(help="Scores to measure: none, quick or all (adds FID).")
    ] = "quick",
    report: Annotated[
        Path | None, typer.Option(help="Write scores and verdict to this file, .json or .html.")
    ] = None,
    job: Annotated[
        Path | None, typer.Option(help="Read clip and settings from a job file; SOURCE overrides.")
    ] = None,
    save_job: Annotated[
        Path | None, typer.Option(help="Write the settings of this run to a job file.")
    ] = None,
    leftover_mask: Annotated[
        Path | None,
        typer.Option(
            help="Write the mask of what is left of the object, if anything is: a folder, .mkv or "
            ".json. Take it as a further --mask."
        ),
    ] = None,
    overwrite: flags.Overwrite = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Resume a stopped run; its finished windows are kept.")
    ] = False,
    progress: flags.ShowProgress = False,
) -> None:
    """Repair the marked region of a clip and write the result."""
    from vinpaint import backend

    if job is not None:
        todo = backend.read_job(job)
        todo = dataclasses.replace(todo, source=source) if source else todo
        todo = _agreed(todo) if filled.patient else todo
    elif source is None:
        raise typer.BadParameter("give a SOURCE, or a --job file that names one")
    else:
        todo = marked.job(source)
        fill = filled.settings(todo.fill)
        todo = dataclasses.replace(todo, fill=fill, measures=parse.parse_measures(measures))
    _warn(todo)
    if save_job or report or job or leftover_mask:
        backend.check_paths(
            todo,
            [out],
            saved_job=save_job,
            report=report,
            leftover_mask=leftover_mask,
            job_file=job,
            overwrite=overwrite,
        )
    if save_job is not None:
        write_text(save_job, backend.job_to_json(backend.resolve_paths(todo, Path.cwd())))
    with ProgressBar(always=progress) as bar:
        result = _carried_out(todo, out, bar, overwrite=overwrite, resume=resume)
    if report is not None:
        write_report(report, result)
    if leftover_mask is not None and result.leftover is not None:
        backend.write_track(result.leftover, leftover_mask, fps=result.source.fps)
    warnings, remedies = warning_lines(result.mask_warnings), remedy_lines(result)
    for line in (*result.notes, *warnings, result.verdict, *remedies):
        print(line)
    print(f"Written: {out}")


def _carried_out(
    todo: Job, out: Path, bar: ProgressBar, *, overwrite: bool, resume: bool
) -> Result:
    """Run the job. If it ends early and windows are kept, the error message tells how to resume."""
    from vinpaint import backend

    kept: list[str] = []

    def stopped(finished: int, windows: int) -> None:
        kept.append(
            f"; {finished} of {windows} windows are finished and kept: "
            "run the same command with --resume to continue"
        )

    try:
        go = partial(backend.run, overwrite=overwrite, resume=resume, on_stop=stopped)
        return go(todo, [out], progress=bar.update)
    except KeyboardInterrupt as error:
        raise Cancelled("".join(kept)) from error
    except VinpaintError as error:
        raise type(error)(f"{error}{''.join(kept)}") from error


@app.command(
    epilog="Examples:  vinpaint mask clip.mp4 --click 0,320,180 -o masks/   |   "
    "vinpaint mask clip.mp4 --box 0,100,80,220,300 --dilate-px 0 --blur-sigma-px 0 "
    "--temporal-sigma 0 -o mask.mkv"
)
@spread
def mask(
    *,
    source: flags.Source,
    out: Annotated[
        Path, flags.out_option("a folder (PNG images), .mkv (lossless, grey) or .json (RLE)")
    ],
    marked: flags.MaskFlags,
    overwrite: flags.Overwrite = False,
    as_json: flags.AsJson = False,
    progress: flags.ShowProgress = False,
) -> None:
    """Write the mask of a clip, without repairing it, and list the frames to check."""
    from vinpaint import backend

    notes: list[str] = []
    with ProgressBar(always=progress) as bar:
        warnings = backend.write_mask(
            marked.job(source),
            out,
            progress=bar.update,
            overwrite=overwrite,
            check=True,
            note=notes.append,
        )
    if as_json:
        found = [one.plain() for one in warnings]
        plain = {"written": str(out), "notes": notes, "mask_warnings": found}
        print(json.dumps(plain, indent=1))
        return
    for line in (*notes, *warning_lines(warnings), f"Written: {out}"):
        print(line)


app.command(
    epilog="Examples:  vinpaint score before.mp4 after.mkv --mask masks/   |   "
    "vinpaint score frames/ out/ --mask masks/ --truth truth/ --json"
)(score)


app.command(
    epilog="Examples:  vinpaint advise clip.mp4 --click 0,320,180   |   "
    "vinpaint advise clip.mp4 --click 0,320,180 --bodies-touch --price-per-generation 0.50   |   "
    "vinpaint advise frames/ --mask masks/ --json"
)(advise)

app.command(
    epilog="Examples:  vinpaint inspect clip.mp4   |   vinpaint inspect frames/ --fps 25 --json"
)(inspect)


@app.command("app", epilog="Example:  vinpaint app --port 7860")
def start_app(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 7860,
    example: Annotated[str | None, typer.Option(help="Load this example at the start.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the app in a browser.")] = False,
) -> None:
    """Start the web app."""
    from vinpaint.ui import launch

    launch(host=host, port=port, example=example, open_browser=open_)


@app.command(epilog="Example:  vinpaint doctor")
def doctor() -> None:
    """Show what works on this machine and what is missing."""
    from vinpaint.cli.doctor import findings

    for line in findings():
        print(line)


def main() -> NoReturn:
    """Run a command and exit with 0, 1 (error), 2 (invalid usage) or 130 (interrupted)."""
    logging.basicConfig(level=os.environ.get("VINPAINT_LOG", "ERROR"), format="%(message)s")
    signal.signal(signal.SIGTERM, _interrupt)
    sys.exit(_run(sys.argv[1:]))


def _run(words: list[str]) -> int:
    kept = ""
    try:
        _refuse_what_is_not_built(words)
        code = app(
            args=parse.with_objects(words), standalone_mode=False
        )  # Typer returns 130 on Ctrl-C
    except (KeyboardInterrupt, Cancelled, typer.Abort) as stop:
        code, kept = _INTERRUPTED, str(stop)
    except VinpaintError as error:
        print(f"vinpaint: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        if hasattr(error, "exit_code") and hasattr(error, "show"):  # usage errors of click
            error.show()
            return int(error.exit_code)
        logging.getLogger(__name__).debug("unexpected", exc_info=True)
        kind = type(error).__name__
        print(
            f"vinpaint: unexpected error ({kind}: {error}); "
            "set VINPAINT_LOG=DEBUG to see where it happened, and report it",
            file=sys.stderr,
        )
        return 1
    if code == _INTERRUPTED:
        print(f"vinpaint: interrupted; no partial output was left{kept}", file=sys.stderr)
    return code or 0


def _refuse_what_is_not_built(words: list[str]) -> None:
    for word in words[:1]:
        if word in _NOT_BUILT:
            raise SettingsError(f"'{word}' is not in this version: there is no {_NOT_BUILT[word]}")


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _warn(todo: Job) -> None:
    """Print a warning if the strategy `auto` will ignore the prompt."""
    from vinpaint.advice import wording
    from vinpaint.strategies import AUTO, ignored_prompt

    if todo.fill.strategy != AUTO:
        return
    if words := wording.describe_ignored_prompt(ignored_prompt(todo.fill), todo.fill.prompt):
        print(f"vinpaint: {words}", file=sys.stderr)


def _agreed(todo: Job) -> Job:
    """Return the job with `patient` set, for a job file that is run with --yes."""
    generation = dataclasses.replace(todo.fill.generation, patient=True)
    return dataclasses.replace(todo, fill=dataclasses.replace(todo.fill, generation=generation))
