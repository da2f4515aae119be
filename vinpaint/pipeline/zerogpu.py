"""A card that a hosted space lends by the call (ZeroGPU): each window's fill in a call of its own.

There CUDA exists only inside a function that `spaces.GPU` has wrapped, in a process of its own, for
a bounded time. So what such a call is told and tells must travel between processes: progress and
notes come out one by one, and a window that would take too long is cut. Elsewhere the strategy is
called as it is. Tested with a stand-in for `spaces`; no such space was at hand.
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
"""On such a space: the models to load as the app starts, their names with commas between."""

CALL_SECONDS = 60.0
"""So long may a call take on such a space without asking for more."""

_FEWEST_FRAMES = 8
"""Windows are not cut shorter than this; where that is not enough, the call asks for more."""

_RESERVE = 1.5
"""An estimate is so much too short at times, and a model has to be loaded."""


class Event(NamedTuple):
    """What comes out of a call. `kind`: 'progress', 'note', 'invented' or 'done'."""

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
    """A strategy's fill of one window, on the lent card where one is lent and it needs one.

    Raises what the strategy raises, and what `progress` does to stop.
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
    """What the space itself refuses (its quota, a card that is busy) as a sentence of ours."""
    try:
        yield
    except Exception as error:
        if not type(error).__module__.startswith("gradio"):
            raise
        raise LimitError(
            f"this space lent no card ({error}); wait for the quota to fill again and go on from "
            "where it stopped, or choose the strategy 'propagate', which needs none"
        ) from error


def preload_models() -> list[str]:
    """Load what PRELOAD_VARIABLE names, where cards are lent; what came of it, a line for each.

    There CUDA is pretended until a call gets its card, and each call is a copy of this process: so
    what lies on 'cuda' before the first call need not be loaded in any. Raises nothing.
    """
    if CALL is None:
        return []
    names = (name.strip() for name in os.environ.get(PRELOAD_VARIABLE, "").split(","))
    return [_loaded_ahead(name) for name in names if name]


def _loaded_ahead(name: str) -> str:
    begun = time.perf_counter()
    try:
        title = preload(name, "cuda")
    except VinpaintError as error:
        return f"{name} was not loaded ahead: {error}"
    return f"{title} was loaded ahead in {time.perf_counter() - begun:.0f} s"


def split_for_calls(pieces: list[Piece], strategy: Strategy, settings: FillSettings) -> list[Piece]:
    """The pieces, halved until each is likely to end within one call; as they are elsewhere."""
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
    return bool(strategy.weights(settings)) and settings.device != "cpu"


def _likely(strategy: Strategy, piece: Piece, settings: FillSettings) -> float:
    size = piece.box.width, piece.box.height
    return _RESERVE * strategy.estimate_seconds(piece.span.length, size, settings)


def _as_generator(events: Iterator[Event]) -> Any:
    """`spaces` gives an iterator that may lack `close`."""
    yield from events


def _work(
    name: str, video: Video, mask: Mask, context: Context, settings: FillSettings
) -> Iterator[Event]:
    """The fill as a stream of events: what runs in the call."""
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
    """What a call asks for: the estimate with its reserve; where there is none, the usual."""
    del mask, context
    frames, height, width = video.frames.shape[:3]
    wanted = _RESERVE * get_strategy(name).estimate_seconds(frames, (width, height), settings)
    return round(max(10.0, wanted or CALL_SECONDS))


def _on_gpu() -> Call | None:
    """`_work` as the space wants it; None where no card is lent."""
    if not on_zerogpu():
        return None
    import spaces

    call: Call = spaces.GPU(duration=_asked_seconds)(_work)
    return call


CALL = _on_gpu()
"""Made when this is imported: a space looks for such functions as it starts."""
