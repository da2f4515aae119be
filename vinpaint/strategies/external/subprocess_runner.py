"""Run a program until it ends, and kill its whole process group on cancel or timeout."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vinpaint.core import EngineError, LimitError, MissingError

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.1
_TAIL_BYTES = 20_000
_MAX_LINE_LENGTH = 300


def run_program(
    command: Sequence[str],
    *,
    title: str,
    cwd: Path,
    environment: Mapping[str, str],
    stdout_file: Path,
    stderr_file: Path,
    timeout_seconds: float,
    heartbeat: Callable[[float], None],
) -> None:
    """Run a command without a shell, and wait until it ends.

    Args:
        command: the program and its arguments.
        title: name of the program, for messages.
        cwd: working directory.
        environment: variables that are added to those of this process.
        stdout_file, stderr_file: files that receive the output.
        timeout_seconds: time after which the program is killed.
        heartbeat: called about ten times a second with the elapsed seconds. It may raise to stop
            the program.

    Raises MissingError if the program does not start, LimitError after `timeout_seconds`, and
    EngineError if it returns an error code, with the last line of its output. An error raised by
    `heartbeat` is passed on.
    """
    start = time.monotonic()
    with stdout_file.open("wb") as stdout, stderr_file.open("wb") as stderr:
        streams = stdout.fileno(), stderr.fileno()
        process = _start(command, cwd, environment, streams, title)
        try:
            while process.poll() is None:
                elapsed = time.monotonic() - start
                heartbeat(elapsed)
                if elapsed > timeout_seconds:
                    raise LimitError(
                        f"{title} was stopped because it took over {timeout_seconds:g} seconds; "
                        "give it fewer frames or a smaller hole, or raise timeout_seconds in its "
                        "file"
                    )
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            _kill(process)
    output, errors = _read_tail(stdout_file), _read_tail(stderr_file)
    if process.returncode:
        log.warning("%s ended with code %d:\n%s\n%s", title, process.returncode, output, errors)
        raise EngineError(
            f"{title} failed with code {process.returncode} and said: "
            f"{_last_line(errors) or _last_line(output) or 'nothing'}; the log holds more of it"
        )
    log.info("%s printed:\n%s\n%s", title, output, errors)


def _start(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    streams: tuple[int, int],
    title: str,
) -> subprocess.Popen[bytes]:
    inherited = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
            start_new_session=True,  # own process group: Ctrl-C does not reach it
        )
    except OSError as error:
        raise MissingError(
            f"{title} does not start: '{command[0]}' ({error.strerror or error}); "
            "check the command and the folder in its file"
        ) from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and all processes that it started."""
    if sys.platform == "win32":  # no process groups: walk the tree
        import psutil

        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_tail(path: Path) -> str:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return stream.read().decode("utf-8", errors="replace").strip()


def _last_line(output: str) -> str:
    """Return the last line that is not blank, shortened if it is long, or ''."""
    lines = [line.strip() for line in output.replace("\r", "\n").split("\n") if line.strip()]
    return lines[-1][:_MAX_LINE_LENGTH] if lines else ""
