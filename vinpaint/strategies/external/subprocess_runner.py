"""Another program, run to its end; killed with all that it starts on a stop or a time limit."""

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
_LONGEST_LINE = 300


def run_program(
    command: Sequence[str],
    *,
    title: str,
    cwd: Path,
    environment: Mapping[str, str],
    printed: Path,
    complaints: Path,
    seconds: float,
    beat: Callable[[float], None],
) -> None:
    """Run a command, not through a shell, until it ends well.

    `environment` is added to this program's own; `printed` and `complaints` are the files that
    take its standard output and standard error. `beat` gets the seconds so far about ten times a
    second and may raise to stop it.

    Raises MissingError where it does not start, LimitError past `seconds`, EngineError with the
    last line it printed where it fails, and what `beat` raised.
    """
    begun = time.monotonic()
    with printed.open("wb") as said, complaints.open("wb") as complained:
        streams = said.fileno(), complained.fileno()
        process = _started(command, cwd, environment, streams, title)
        try:
            while process.poll() is None:
                passed = time.monotonic() - begun
                beat(passed)
                if passed > seconds:
                    raise LimitError(
                        f"{title} was stopped because it took over {seconds:g} seconds; give it "
                        "fewer frames or a smaller hole, or raise timeout_seconds in its file"
                    )
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
        finally:
            _kill(process)
    told = _tail(printed), _tail(complaints)
    if process.returncode:
        log.warning("%s ended with code %d:\n%s\n%s", title, process.returncode, *told)
        raise EngineError(
            f"{title} failed with code {process.returncode} and said: "
            f"{_last_line(told[1]) or _last_line(told[0]) or 'nothing'}; the log holds more of it"
        )
    log.info("%s printed:\n%s\n%s", title, *told)


def _started(
    command: Sequence[str],
    cwd: Path,
    environment: Mapping[str, str],
    streams: tuple[int, int],
    title: str,
) -> subprocess.Popen[bytes]:
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    try:
        return subprocess.Popen(
            list(command),
            cwd=cwd,
            env={**own, **environment},
            stdin=subprocess.DEVNULL,
            stdout=streams[0],
            stderr=streams[1],
            start_new_session=True,  # a group of its own, killed whole; and Ctrl-C is ours
        )
    except OSError as error:
        raise MissingError(
            f"{title} does not start: '{command[0]}' ({error.strerror or error}); "
            "check the command and the folder in its file"
        ) from error


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the program and every process it started."""
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


def _tail(printed: Path) -> str:
    with printed.open("rb") as stream:
        stream.seek(max(0, printed.stat().st_size - _TAIL_BYTES))
        return stream.read().decode("utf-8", errors="replace").strip()


def _last_line(said: str) -> str:
    """The last line that says something; '' where none does."""
    lines = [line.strip() for line in said.replace("\r", "\n").split("\n") if line.strip()]
    return lines[-1][:_LONGEST_LINE] if lines else ""
