"""Run functions in a worker process, for work that may hang, crash or use too much memory.

The worker is a fresh interpreter (no fork: the parent holds threads). It receives pickled calls on
standard input and writes pickled results to standard output. It is killed when a call takes too
long, when the caller cancels, and when the parent no longer needs it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, ParamSpec, TypeVar

from vinpaint.core import LimitError, VinpaintError, no_op

P = ParamSpec("P")
R = TypeVar("R")

_START = "from vinpaint.runtime.worker import serve; serve()"
_POLL_SECONDS = 0.1


class WorkerProcess:
    """A worker process that runs one call at a time; a context manager.

    `memory_gb` limits its address space in GiB, on platforms that support such a limit.
    """

    def __init__(self, *, memory_gb: float = 8.0) -> None:
        path = os.pathsep.join(p for p in sys.path if p)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(memory_gb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # the parent handles Ctrl-C; without effect on Windows
        )
        # A thread waits for answers: Windows cannot poll pipes.
        self._receiver = ThreadPoolExecutor(1, thread_name_prefix="vinpaint-worker")

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def kill(self) -> None:
        """Kill the process. A call that another thread is waiting for raises LimitError."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Kill the process and close its pipes. No other thread may be waiting for a call."""
        self.kill()
        self._receiver.shutdown()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def call(
        self,
        function: Callable[..., R],
        *args: Any,
        seconds: float,
        heartbeat: Callable[[], None] = no_op,
    ) -> R:
        """Return `function(*args)`, computed in the worker.

        After an exception of `heartbeat` or a time-out, the worker is closed and cannot be used
        again.

        Args:
            function: A function defined at module level, since it is pickled.
            args: Its arguments, which must be picklable.
            seconds: Time limit of the call.
            heartbeat: Called about ten times a second while the call runs. May raise to stop it.

        Raises:
            LimitError: the call took longer than `seconds`, ran out of memory, or the worker died.
            VinpaintError: raised by the function itself.
            RuntimeError: the function raised any other exception; the message names it.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the worker process has no pipes")
        try:
            pickle.dump((function, args), stdin, protocol=5)
            stdin.flush()
            answer = self._receiver.submit(pickle.load, stdout)
            _wait_for(answer, seconds, heartbeat)
            succeeded, value = answer.result()
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise LimitError(
                "a worker process died, most likely for want of memory; "
                "try a smaller clip or free some memory"
            ) from error
        except BaseException:
            self.close()
            raise
        if not succeeded:
            raise value
        return value  # type: ignore[no-any-return]


def _wait_for(answer: Future[Any], seconds: float, heartbeat: Callable[[], None]) -> None:
    deadline = time.monotonic() + seconds
    while not wait([answer], _POLL_SECONDS).done:
        heartbeat()
        if time.monotonic() > deadline:
            raise LimitError(f"a step was stopped because it took over {seconds:g} seconds")


def call_in_worker(
    function: Callable[..., R], *args: Any, seconds: float, memory_gb: float = 8.0
) -> R:
    """Return `function(*args)`, computed in a new worker process; see `WorkerProcess.call`."""
    with WorkerProcess(memory_gb=memory_gb) as worker:
        return worker.call(function, *args, seconds=seconds)


def serve() -> None:
    """Run in the worker process: answer calls until standard input ends."""
    _limit_memory(float(sys.argv[1]))
    # Libraries may print to standard output; only answers may reach the pipe to the parent.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            function, args = pickle.load(sys.stdin.buffer)  # noqa: S301 (written by the parent)
        except EOFError:
            return
        try:
            answer: tuple[bool, Any] = True, function(*args)
        except VinpaintError as error:
            answer = False, error
        except MemoryError:
            answer = False, LimitError("a step needed more memory than its limit allows")
        except Exception as error:
            answer = False, RuntimeError(f"{type(error).__name__}: {error}")
        pickle.dump(answer, answers, protocol=5)
        answers.flush()


def _limit_memory(memory_gb: float) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    limit = int(memory_gb * 2**30)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
