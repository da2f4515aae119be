"""Turn the arguments of the Python API into jobs and masks."""

from __future__ import annotations

import dataclasses
import functools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vinpaint.core import (
    FillSettings,
    Generation,
    Job,
    MaskError,
    MaskTrack,
    Prompt,
    SettingsError,
    Tuning,
)
from vinpaint.media import Clip, write_png

_TUNING = {item.name for item in dataclasses.fields(Tuning)}
_GENERATION = {item.name for item in dataclasses.fields(Generation)}
_FILL = {item.name for item in dataclasses.fields(FillSettings)} - {"generation"}
_JOB = {"tracker", "frames", "measures", "invert", "objects"}


def job_of_settings(clip: Clip, prompts: Sequence[Prompt], settings: Mapping[str, Any]) -> Job:
    """Create a job from settings given by name. Raises SettingsError for an unknown name."""
    known = _TUNING | _FILL | _GENERATION | _JOB
    for name in settings:
        if name not in known:
            names = ", ".join(sorted(known))
            raise SettingsError(f"there is no setting '{name}'; choose from: {names}")

    def chosen(names: set[str]) -> dict[str, Any]:
        return {name: value for name, value in settings.items() if name in names}

    generation = Generation(**chosen(_GENERATION))
    return Job(
        source=str(clip.path),
        where=tuple(prompts),
        tuning=Tuning(**chosen(_TUNING)),
        fill=FillSettings(**chosen(_FILL), generation=generation),
        fps=float(clip.fps) if clip.is_folder else None,
        **chosen(_JOB),
    )


def binary_mask(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return a mask array as bool: 0.5 or more; 128 or more for uint8 with values above 1."""
    if values.dtype == np.uint8 and values.max(initial=0) > 1:
        return values >= 128
    return np.asarray(values >= 0.5)


def track_of_array(mask: ArrayLike, clip: Clip) -> MaskTrack:
    """Return a mask array as a `MaskTrack`. Raises MaskError if its shape does not match."""
    from vinpaint.masks.mask_tracks import TrackBuilder

    values = np.asarray(mask)
    size = (clip.height, clip.width)
    if values.shape not in (size, (clip.frames, *size)):
        raise MaskError(
            f"the mask has the shape {values.shape}; give {(clip.frames, *size)} for every frame, "
            f"or {size} for one mask on all of them"
        )
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    for t in range(clip.frames):
        builder.put(t, binary_mask(values if values.ndim == 2 else values[t]))
    return builder.build()


def write_painting(image: NDArray[Any]) -> Path:
    """Write a painted mask to a temporary file, which is deleted when the process ends."""
    folder = Path(_session_folder().name)
    path = folder / f"paint-{len(list(folder.iterdir()))}.png"
    write_png(path, binary_mask(image).astype(np.uint8) * np.uint8(255))
    return path


@functools.cache
def _session_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a temporary folder that is deleted when the process ends."""
    return tempfile.TemporaryDirectory(prefix="vinpaint-")
