"""Run fills on a Hugging Face space with ZeroGPU, one GPU call per window.

On such a space, CUDA is available only inside a function wrapped by `spaces.GPU`, which runs in a
separate process for a limited time. Arguments and results are therefore passed between processes:
progress and notes arrive as a stream of events, and windows that would take too long are split.
On other machines, the strategy is called directly. This module is tested with a fake `spaces`
package only, not on a real space.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from vinpaint.core import (
    Cancelled,
    Context,
    FillSettings,
    LimitError,
    Mask,
    Piece,
    Progress,
    Video,
    VinpaintError,
    no_op,
)
from vinpaint.pipeline.plan import split_piece
from vinpaint.runtime.devices import on_zerogpu
from vinpaint.strategies import Strategy, get_strategy
from vinpaint.strategies.diffusion.preload import preload

PRELOAD_VARIABLE = "VINPAINT_PRELOAD"
"""Environment variable with the models to load at start, separated by commas."""

CALL_SECONDS = 60.0
"""Default time limit of a GPU call. A call that needs more must request it."""

_FEWEST_FRAMES = 8
"""Minimum number of repaired frames in a split window. Longer work requests more time."""

_RESERVE = 1.5
"""Safety factor on time estimates, which also covers loading the model."""


class Event(NamedTuple):
    """A message from a GPU call. `kind` is 'progress', 'note', 'invented' or 'done'."""

    kind: str
    values: tuple[Any, ...]


Call = Callable[[str, Video, Mask, Context, FillSettings], Iterator[Event]]


def fill(
    name: str,
    video: Video,
    mask: Mask,
    *,
    context: Context,
    settings: FillSettings,
    progress: Progress,
) -> Video:
    """Run a strategy on one window, in a GPU call if ZeroGPU is present and the strategy uses it.

    Args:
        name: Name of the strategy.
        video: The frames of the window.
        mask: The mask of the window.
        context: See `Context`.
        settings: The settings of the fill.
        progress: Called with the progress; may raise to cancel.

    Raises:
        LimitError: The space provided no GPU.
        VinpaintError: The strategy failed.
    """
    strategy = get_strategy(name)
    if CALL is None or not _wants_card(strategy, settings):
        return strategy.fill(video, mask, context=context, settings=settings, progress=progress)
    takers: dict[str, Callable[..., None]] = {
        "progress": progress,
        "note": context.note,
        "invented": context.invented,
    }
    mute = replace(context, note=no_op, invented=no_op)
    events = _as_generator(CALL(name, video, mask, mute, settings))
    with contextlib.closing(events), _said_plainly():
        for event in events:
            if event.kind == "done":
                (filled,) = event.values
                return Video(filled.frames)
            takers[event.kind](*event.values)
    raise RuntimeError("the call ended without a result")


@contextlib.contextmanager
def _said_plainly() -> Iterator[None]:
    """Convert errors of the space (quota used up, no free GPU) to LimitError."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("gradio"):
            raise
        raise LimitError(
            f"this space gave no GPU ({error}); wait for the quota to fill again and go on from "
            "where it stopped, or choose the strategy 'propagate', which needs none"
        ) from error


def preload_models() -> list[str]:
    """Load the models that PRELOAD_VARIABLE names, if the space has ZeroGPU.

    ZeroGPU emulates CUDA before the first call, and every call is a copy of this process. Models
    that are placed on 'cuda' at start are therefore not loaded again in each call.

    Returns one line per model for the console. A model that cannot be loaded gives a line, too.
    """
    if CALL is None:
        return []
    names = (name.strip() for name in os.environ.get(PRELOAD_VARIABLE, "").split(","))
    return [_loaded_ahead(name) for name in names if name]


def _loaded_ahead(name: str) -> str:
    """Load a model on the emulated GPU; return a line about the outcome."""
    begun = time.perf_counter()
    try:
        title = preload(name, "cuda")
    except VinpaintError as error:
        return f"{name} was not loaded ahead: {error}"
    return f"{title} was loaded ahead in {time.perf_counter() - begun:.0f} s"


def split_for_calls(pieces: list[Piece], strategy: Strategy, settings: FillSettings) -> list[Piece]:
    """Split pieces in half until each is estimated to fit one GPU call.

    Without ZeroGPU, the pieces are returned unchanged.
    """
    if CALL is None or not _wants_card(strategy, settings):
        return pieces
    cut: list[Piece] = []
    for piece in pieces:
        if (
            piece.fill.length >= 2 * _FEWEST_FRAMES
            and _likely(strategy, piece, settings) > CALL_SECONDS
        ):
            cut += split_for_calls(list(split_piece(piece)), strategy, settings)
        else:
            cut.append(piece)
    return cut


def _wants_card(strategy: Strategy, settings: FillSettings) -> bool:
    """Return whether the strategy runs networks that may use a GPU."""
    return bool(strategy.weights(settings)) and settings.device != "cpu"


def _likely(strategy: Strategy, piece: Piece, settings: FillSettings) -> float:
    """Return the estimated time for a piece in seconds, with a reserve."""
    size = piece.box.width, piece.box.height
    return _RESERVE * strategy.estimate_seconds(piece.span.length, size, settings)


def _as_generator(events: Iterator[Event]) -> Any:
    """Return a generator, because the iterator of `spaces` may lack `close`."""
    yield from events


def _work(
    name: str, video: Video, mask: Mask, context: Context, settings: FillSettings
) -> Iterator[Event]:
    """Run the fill inside the GPU call and yield its events."""
    events: queue.Queue[Event | BaseException] = queue.Queue()
    stopped = threading.Event()

    def progress(fraction: float, words: str) -> None:
        if stopped.is_set():
            raise Cancelled("stopped")
        events.put(Event("progress", (fraction, words)))

    def run() -> None:
        hooked = replace(
            context,
            note=lambda words: events.put(Event("note", (words,))),
            invented=lambda t, pixels: events.put(Event("invented", (t, pixels))),
        )
        try:
            filled = get_strategy(name).fill(
                video, mask, context=hooked, settings=settings, progress=progress
            )
            events.put(Event("done", (filled,)))
        except BaseException as error:
            events.put(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            event = events.get()
            if isinstance(event, BaseException):
                raise event
            yield event
            if event.kind == "done":
                return
    finally:
        stopped.set()
        thread.join()


def _asked_seconds(
    name: str, video: Video, mask: Mask, context: Context, settings: FillSettings
) -> int:
    """Return the time limit to request for a call: the estimate with a reserve, or the default."""
    del mask, context
    frames, height, width = video.frames.shape[:3]
    wanted = _RESERVE * get_strategy(name).estimate_seconds(frames, (width, height), settings)
    return round(max(10.0, wanted or CALL_SECONDS))


def _on_gpu() -> Call | None:
    """Return `_work` wrapped by `spaces.GPU`, or None without ZeroGPU."""
    if not on_zerogpu():
        return None
    import spaces

    call: Call = spaces.GPU(duration=_asked_seconds)(_work)
    return call


CALL = _on_gpu()
"""Created at import, because ZeroGPU collects the wrapped functions at start."""
