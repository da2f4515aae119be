"""The Python API: open, candidates, track, repair, inpaint, score, advise, inspect.

The functions use the same jobs and backend as the command line and the app, so the same settings
give the same bytes. All of them are exported from the package `vinpaint`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vinpaint.core import (
    Advice,
    Artifact,
    BoxPrompt,
    Click,
    Floats,
    Frames,
    Job,
    MaskFile,
    MaskTrack,
    MaskWarning,
    Measures,
    Painting,
    Progress,
    Prompt,
    Result,
    Span,
    TextPrompt,
    Tuning,
    section,
)
from vinpaint.core import Box as PixelBox
from vinpaint.media import Clip, clip_of_frames, open_clip, open_writer
from vinpaint.pipeline.arguments import job_of_settings, track_of_array, write_painting
from vinpaint.runtime.progress_bar import reporting

if TYPE_CHECKING:
    from vinpaint.masks import ClickCandidate
    from vinpaint.pipeline.score import Measured


def open(source: str | Path | Frames, *, fps: float | None = None) -> Clip:
    """Open a clip: a video file, a folder of numbered images, or an array of frames.

    Frames are decoded on access. The clip has a length, `fps`, `width` and `height`; `clip[t]` is
    frame `t` as (H, W, 3) uint8 RGB. Use it in a `with` block, or call `close` to release the file.

    Args:
        source: Path of a video or a folder, or a (T, H, W, 3) uint8 RGB array.
        fps: Frame rate of a folder or an array, by default 24. Ignored for a video.

    Raises:
        MediaError: The file cannot be read, or is not allowed.
    """
    if isinstance(source, np.ndarray):
        return clip_of_frames(source, **({"fps": fps} if fps else {}))
    return open_clip(source, fps=fps)


def Box(  # noqa: N802 (named like the other prompts)
    frame: int, x0: int, y0: int, x1: int, y1: int, *, object_id: int = 1
) -> BoxPrompt:
    """Mark the object inside a box on one frame, in pixels; x1 and y1 are exclusive."""
    return BoxPrompt(frame, PixelBox(x0, y0, x1, y1), object_id)


def Text(  # noqa: N802
    text: str, *, box_threshold: float = 0.3, text_threshold: float = 0.25, object_id: int = 1
) -> TextPrompt:
    """Describe the object in words. Requires the weights of Grounding DINO."""
    return TextPrompt(text, box_threshold, text_threshold, object_id=object_id)


def Paint(  # noqa: N802
    frame: int, image: str | Path | ArrayLike, *, object_id: int = 1
) -> Painting:
    """Mark the object with a painted mask of one frame.

    Args:
        frame: Number of the frame.
        image: Path of an image (white = the object), or an (H, W) array in which the object is 0.5
            or more; in a uint8 array with values above 1, 128 or more. An array is written to a
            temporary file, which is deleted when the process ends.
        object_id: Number of the object.
    """
    if not isinstance(image, str | Path):
        image = write_painting(np.asarray(image))
    return Painting(frame, str(image), object_id)


@dataclass(frozen=True, repr=False)
class ClipMask:
    """A mask for every frame of a clip: 1 where a pixel is replaced, 0 where it stays.

    `mask[t]` is the mask of frame `t` as (H, W) float32. It was found from `prompts`. `notes` has a
    sentence for each click that changed nothing.
    """

    track: MaskTrack
    prompts: tuple[Prompt, ...]
    clip: Clip
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return self.track.frames

    def __getitem__(self, frame: int) -> Floats:
        t = range(len(self))[frame]
        values: Floats = self.track.read(Span(t, t + 1)).values[0]
        return values

    def __repr__(self) -> str:
        width, height = self.track.size
        return f"ClipMask({len(self)} frames, {width}x{height})"

    def check(self, *, progress: Progress | bool | None = None) -> tuple[MaskWarning, ...]:
        """Check the mask: return warnings about possible errors, worst first.

        Each one has a `kind`, a `span` of frames, a sentence (`words`), a `severity` from 0 to 1
        and, where it can tell, a `box` and the `missing` pixels of one frame. Only objects are
        judged: a `Region`, `Captions` and a fixed mask give no warnings.
        """
        from vinpaint.media import find_cuts
        from vinpaint.pipeline.mask_check import check_found_mask

        with reporting(progress) as report:
            cuts = find_cuts(self.clip, progress=section(report, 0.0, 0.2))
            rest = section(report, 0.2, 1.0)
            return check_found_mask(self.clip, self.prompts, self.track, cuts=cuts, progress=rest)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the mask: a folder of grey PNG images, a lossless .mkv, or RLE as .json.

        Raises:
            OutputError: The path exists and `overwrite` is not set, or it cannot be written.
        """
        from vinpaint.pipeline.mask import write_mask

        path = Path(path)
        exact = Tuning(dilate_px=0, blur_sigma_px=0, temporal_sigma_frames=0)
        job = Job(str(self.clip.path), self.prompts, exact)
        write_mask(job, path, mask_track=self.track, overwrite=overwrite)
        return path


def candidates(
    clip: Clip, click: Click, *, tracker: str = "auto", device: str = "auto"
) -> tuple[ClickCandidate, ...]:
    """List the nested regions at a click, from the smallest to the largest.

    Each has a `mask`, (H, W) bool, and the `level` with which a click selects it: pass
    `Click(frame, x, y, level=...)` to `track`. The likeliest has level 0. A large picture takes
    about a second for each region.

    Args:
        clip: From `open`.
        click: A click on the object. Its own level is ignored.
        tracker: As for `track`.
        device: As for `track`.

    Raises:
        MaskError: The click lies outside the clip, or is a 'not this' click.
    """
    from vinpaint import masks

    job = job_of_settings(clip, (click,), {"tracker": tracker, "device": device})
    options = masks.TrackerOptions(job.tracker, job.fill.device)
    return masks.candidates_of_click(clip, click, options=options)


def track(
    clip: Clip,
    *prompts: Prompt,
    tracker: str = "auto",
    device: str = "auto",
    progress: Progress | bool | None = None,
) -> ClipMask:
    """Segment the marked objects and track them through the clip.

    Args:
        clip: From `open`.
        prompts: `Click`, `Box`, `Paint`, `Text`, `Region`, `Captions` or `Missing`. The result is
            the union of their masks.
        tracker: A name in `vinpaint.masks.TRACKERS`, or 'auto'.
        device: 'auto', 'cpu' or 'cuda', for trackers that run a network.
        progress: A function `(fraction, message)`, which may raise `Cancelled`; or False for none.
            By default, a progress bar is shown in a terminal and in a notebook.

    Raises:
        MaskError: A prompt does not match the clip, or nothing was found.
    """
    from vinpaint.pipeline.mask import find_mask

    job = job_of_settings(clip, prompts, {"tracker": tracker, "device": device})
    notes: list[str] = []
    with reporting(progress) as report:
        found = find_mask(job, clip, progress=report, note=notes.append)
    return ClipMask(found, prompts, clip, tuple(notes))


@dataclass(repr=False)
class Repair:
    """A repaired clip with its evidence.

    In a notebook, it is displayed as a before/after slider with the verdict and the scores. The
    lossless result is kept in a temporary folder until this object is deleted; call `save` to keep
    it.
    """

    result: Result
    before: Clip
    after: Clip
    _folder: tempfile.TemporaryDirectory[str] = field(repr=False)

    @property
    def verdict(self) -> str:
        """The verdict, as one or two sentences."""
        return self.result.verdict

    @property
    def scores(self) -> dict[str, float | None]:
        """The measured scores by name; `result.scores` also explains them."""
        return {score.name: score.value for score in self.result.scores}

    def report(self) -> dict[str, Any]:
        """Return the contents of report.json as plain values."""
        from vinpaint import backend

        return backend.report(self.result)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the result: .mkv (lossless), .mp4 (H.264), or a folder of PNG images.

        The bytes are the same as those that the command line writes for the same settings.

        Raises:
            OutputError: The path exists and `overwrite` is not set, or it cannot be written.
        """
        from vinpaint.pipeline.output_paths import check_outputs, job_inputs, result_outputs

        path = Path(path)
        outputs = result_outputs([path], len(self.before))
        check_outputs(outputs, job_inputs(self.result.job), overwrite=overwrite)
        with open_writer(path, self.before, overwrite=overwrite) as writer:
            for picture in self.after.pictures():
                writer.write(picture, None)
        return path

    def __repr__(self) -> str:
        return f"Repair({self.before.path.name}: {self.verdict})"

    def _repr_html_(self) -> str:
        from vinpaint.results.pages.notebook import notebook_html

        return notebook_html(self.report(), self.before, self.after)


def repair(
    clip: Clip,
    mask: ClipMask | NDArray[Any] | str | Path,
    *,
    frames: tuple[int, int] | None = None,
    measures: Measures = "quick",
    progress: Progress | bool | None = None,
    **settings: Any,
) -> Repair:
    """Replace the masked pixels of a clip and leave all other pixels unchanged.

    Args:
        clip: From `open`.
        mask: From `track`; or an array, (T, H, W) or one (H, W) for all frames, in which 0.5 or
            more is replaced; or the path of a mask file.
        frames: Repair frames [start, stop) only.
        measures: 'none', 'quick' or 'all'.
        progress: As for `track`.
        settings: Fields of `Tuning` (`dilate_px`, `blur_sigma_px`, `temporal_sigma_frames`,
            `matte`), of `FillSettings` (`strategy`, `prompt`, `seed`, `blend`, ...) and of
            `Generation` (`model`, `steps`, `guidance`, ...).

    Raises:
        SettingsError: A setting is unknown or out of range.
        MaskError: The mask does not match the clip, or is empty on every frame.
        Cancelled: `progress` cancelled the work. No partial output is left.
    """
    from vinpaint import backend

    folder = tempfile.TemporaryDirectory(prefix="vinpaint-")
    try:
        clip_mask = _as_clip_mask(clip, mask, Path(folder.name))
        settings |= {"frames": Span(*frames) if frames else None, "measures": measures}
        job = job_of_settings(clip, clip_mask.prompts, settings)
        out = Path(folder.name) / "after.mkv"
        with reporting(progress) as report:
            result = backend.run(job, [out], mask_track=clip_mask.track, progress=report)
        return Repair(result, clip, open_clip(out, trusted=True), folder)
    except BaseException:
        folder.cleanup()
        raise


def inpaint(
    frames: Frames,
    masks: ArrayLike,
    *,
    fps: float = 24.0,
    progress: Progress | bool | None = None,
    **settings: Any,
) -> Frames:
    """Fill the masked pixels of frames in memory; nothing is read from or written to disk.

    The mask is used exactly as given, unless `settings` dilates or blurs it.

    Args:
        frames: (T, H, W, 3) uint8 RGB.
        masks: (T, H, W), or (H, W) for all frames; 0.5 or more is replaced. Of a uint8 array,
            128 or more is.
        fps: Frame rate, in frames per second.
        progress: As for `track`.
        settings: As for `repair`.

    Returns:
        (T, H, W, 3) uint8 RGB, a new array; pixels outside the masks are those of `frames`.

    Raises:
        SettingsError, MaskError, Cancelled: As for `repair`.
    """
    from vinpaint import backend

    exact = {"dilate_px": 0.0, "blur_sigma_px": 0.0, "temporal_sigma_frames": 0.0}
    clip = clip_of_frames(np.asarray(frames), fps=fps)
    job = job_of_settings(clip, (), {**exact, **settings})
    with reporting(progress) as report:
        return backend.inpaint(job, clip, track_of_array(masks, clip), progress=report)


def score(
    before: Clip | str | Path,
    after: Clip | Repair | str | Path,
    mask: ClipMask | NDArray[Any] | str | Path,
    *,
    truth: Clip | str | Path | None = None,
    measures: Measures = "quick",
    progress: Progress | bool | None = None,
) -> Measured:
    """Measure an existing repair, made by any program, and judge it.

    Args:
        before: The source clip.
        after: The repaired clip.
        mask: Where the clip was repaired; as for `repair`.
        truth: The ground truth, to measure fidelity against.
        measures: 'none', 'quick' or 'all'.
        progress: As for `track`.

    Returns:
        The verdict, the scores, the findings of the gate, and the differences outside the mask.

    Raises:
        MediaError: A clip cannot be read, or the clips differ in size or length.
        MaskError: The mask does not match the clip.
    """
    from vinpaint.pipeline.score import score as score_files

    with _as_clip(before) as clip, tempfile.TemporaryDirectory() as folder:
        clip_mask = _as_clip_mask(clip, mask, Path(folder))
        with reporting(progress) as report:
            return score_files(
                str(clip.path),
                str(_path_of(after)),
                mask=clip_mask.track,
                truth=None if truth is None else str(_path_of(truth)),
                measures=measures,
                progress=report,
            )


def advise(
    clip: Clip,
    mask: ClipMask | NDArray[Any] | str | Path,
    *,
    progress: Progress | bool | None = None,
    **settings: Any,
) -> Advice:
    """Advise whether to repair a clip or generate it anew, and with which strategy.

    Args:
        clip: From `open`.
        mask: As for `repair`.
        progress: As for `track`.
        settings: As for `repair`.

    Raises:
        SettingsError, MaskError: As for `repair`.
    """
    from vinpaint import backend

    with tempfile.TemporaryDirectory() as folder:
        clip_mask = _as_clip_mask(clip, mask, Path(folder))
        job = job_of_settings(clip, clip_mask.prompts, settings)
        with reporting(progress) as report:
            return backend.advise(job, mask_track=clip_mask.track, progress=report)


def inspect(clip: Clip, *, progress: Progress | bool | None = None) -> Sequence[Artifact]:
    """Find artifacts in a clip: glitch frames, flicker, colour jumps and frozen frames."""
    from vinpaint.quality.artifacts import find_artifacts

    with reporting(progress) as report:
        return find_artifacts(clip, progress=report)


def _as_clip_mask(clip: Clip, mask: ClipMask | NDArray[Any] | str | Path, folder: Path) -> ClipMask:
    """Return the mask with prompts from which it can be found again.

    An array is written to a file in `folder`.
    """
    if isinstance(mask, ClipMask):
        return mask
    if isinstance(mask, str | Path):
        return track(clip, MaskFile(str(mask)), progress=False)
    packed = ClipMask(track_of_array(mask, clip), (), clip)
    path = packed.save(folder / "mask.mkv")
    return dataclasses.replace(packed, prompts=(MaskFile(str(path)),))


def _as_clip(source: Clip | str | Path) -> contextlib.AbstractContextManager[Clip]:
    """Return a context that gives the clip. One that was given by its path is closed afterwards."""
    return contextlib.nullcontext(source) if isinstance(source, Clip) else open_clip(source)


def _path_of(source: Clip | Repair | str | Path) -> Path:
    if isinstance(source, Repair):
        return source.after.path
    return source.path if isinstance(source, Clip) else Path(source)
