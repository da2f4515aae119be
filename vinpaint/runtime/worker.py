"""Work in a child process, for what may hang, swell or cannot be interrupted.

The child is a fresh interpreter (no fork: the parent holds threads) that takes pickled calls on
its standard input and answers on its standard output. It is killed when its time is up, when the
caller cancels, and when the parent is done with it.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import IO, Any, ParamSpec, TypeVar

from vinpaint.core import LimitError, VinpaintError

P = ParamSpec("P")
R = TypeVar("R")

_START = "from vinpaint.runtime.worker import serve; serve()"
_POLL_SECONDS = 0.1


class WorkerProcess:
    """A worker process that runs one call at a time; use it as a context manager.

    `memory_gb` bounds its address space, where the platform allows that.
    """

    def __init__(self, *, memory_gb: float = 8.0) -> None:
        path = os.pathsep.join(p for p in sys.path if p)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(memory_gb)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )

    def __enter__(self) -> WorkerProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def kill(self) -> None:
        """Kill the process, whatever it is doing; a call that waits for it in a thread ends."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """The same, and let go of its pipes: no call may be waiting in another thread."""
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def call(
        self,
        function: Callable[..., R],
        *args: Any,
        seconds: float,
        beat: Callable[[], None] = lambda: None,
    ) -> R:
        """`function(*args)`, run in the child; `function` stands at the top of a module.

        `beat` is called about ten times a second and may raise to stop the work.

        Raises LimitError past `seconds` or when the child dies, and what the function raised.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the child has no pipes")
        try:
            pickle.dump((function, args), stdin, protocol=5)
            stdin.flush()
            self._wait(stdout, seconds, beat)
            good, value = pickle.load(stdout)  # noqa: S301 (our own child wrote it)
        except (EOFError, BrokenPipeError, pickle.UnpicklingError) as error:
            raise LimitError(
                "a worker process died, most likely for want of memory; "
                "try a smaller clip or free some memory"
            ) from error
        except BaseException:
            self.close()
            raise
        if not good:
            raise value
        return value  # type: ignore[no-any-return]

    def _wait(self, stdout: IO[bytes], seconds: float, beat: Callable[[], None]) -> None:
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            while not selector.select(_POLL_SECONDS):
                beat()
                if time.monotonic() > deadline:
                    raise LimitError(f"a step was stopped because it took over {seconds:g} seconds")


def call_in_worker(
    function: Callable[..., R], *args: Any, seconds: float, memory_gb: float = 8.0
) -> R:
    """One call in a child of its own. Raises as `Child.call` does."""
    with WorkerProcess(memory_gb=memory_gb) as child:
        return child.call(function, *args, seconds=seconds)


def serve() -> None:
    """The child's side: answer calls until standard input ends."""
    _limit_memory(float(sys.argv[1]))
    # Libraries print; only answers may reach the parent's pipe.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            function, args = pickle.load(sys.stdin.buffer)  # noqa: S301 (our own parent wrote it)
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
    except ImportError:  # Windows has no such limits
        return
    limit = int(memory_gb * 2**30)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
