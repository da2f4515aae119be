"""Find, tune and write the mask of a job."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from vinpaint import masks
from vinpaint.core import (
    Frames,
    Job,
    MaskFile,
    MaskTrack,
    MaskWarning,
    OutputError,
    Progress,
    Prompt,
    Region,
    SettingsError,
    Span,
    no_op,
    section,
    windows,
)
from vinpaint.media import (
    Clip,
    find_cuts,
    image_name,
    is_image,
    open_clip,
    output_kind,
    safe_output,
    write_frames,
    write_png,
)
from vinpaint.pipeline.check import check_job
from vinpaint.pipeline.mask_check import check_found_mask
from vinpaint.pipeline.output_paths import Output, check_outputs, job_inputs, result_outputs
from vinpaint.runtime.devices import resolve_device

_MASK_FRAMES = 12


def find_mask(
    job: Job, clip: Clip, *, progress: Progress = no_op, note: Callable[[str], None] | None = None
) -> MaskTrack:
    """Find the mask of the job's visible objects, before tuning.

    `note`: called with a sentence for each click that changes nothing.

    Raises MaskError if a prompt finds nothing or does not match the clip, SettingsError for an
    invalid setting, and MissingError if the tracker or the CUDA device is not available.
    """
    check_job(job, fill=False)
    if job.fill.device == "cuda":
        resolve_device("cuda")
    options = masks.TrackerOptions(job.tracker, job.fill.device, job.fill.commercial_safe, note)
    return masks.find(clip, visible_prompts(job), options=options, progress=progress)


def visible_prompts(job: Job) -> list[Prompt]:
    """Return the prompts of all objects that are not hidden."""
    hidden = {info.object_id for info in job.objects if info.hidden}
    return [prompt for prompt in job.where if prompt.object_id not in hidden]


def tuned_mask(job: Job, found: MaskTrack, clip: Clip) -> MaskTrack:
    """Return the mask to repair: `found` with matte, inverted, tuned and limited to `job.frames`.

    Matte and inversion are applied only if the job asks for them. Raises SettingsError if the
    tuning is out of range or the frames lie outside the clip.
    """
    tuning = job.tuning
    if tuning.matte:  # before inversion, so that the matte is that of the object
        found, tuning = (
            masks.apply_matte(clip, found),
            masks.tuning_after_matte(tuning, invert=job.invert),
        )
    track = masks.tune(masks.InvertedTrack(found) if job.invert else found, tuning)
    if job.frames is None:
        return track
    span = job.frames.intersection(clip.span)
    if not span.length or job.frames.start < 0:
        raise SettingsError(
            f"frames {job.frames.start}:{job.frames.stop} lie outside the clip, which has "
            f"{clip.frames} (0:{clip.frames}); the second number is exclusive"
        )
    return masks.LimitedTrack(track, span)


def exclusion_mask(
    job: Job, found: MaskTrack, clip: Clip, *, tuned: MaskTrack | None = None
) -> MaskTrack:
    """Return the mask of the pixels that must not serve as sources, on all frames of the clip.

    A tracked object is excluded on every frame, also outside `job.frames`. A region, or one image
    for all frames, marks a place: outside `job.frames`, its pixels are intact and may be used, so
    that a glitch is repaired from the neighbouring frames.

    Args:
        job: The job.
        found: The mask before tuning.
        clip: The source.
        tuned: The result of `tuned_mask`, if it was computed before.
    """
    if job.frames is None or all(_is_place(prompt) for prompt in visible_prompts(job)):
        return tuned or tuned_mask(job, found, clip)
    return tuned_mask(dataclasses.replace(job, frames=None), found, clip)


def _is_place(prompt: Prompt) -> bool:
    """Return whether a prompt marks the same place on every frame."""
    return isinstance(prompt, Region) or (
        isinstance(prompt, MaskFile) and is_image(Path(prompt.path))
    )


def write_mask(
    job: Job,
    out: Path,
    *,
    progress: Progress = no_op,
    mask_track: MaskTrack | None = None,
    overwrite: bool = False,
    check: bool = False,
    note: Callable[[str], None] | None = None,
) -> tuple[MaskWarning, ...]:
    """Write the tuned mask: a folder of grey PNG images, a lossless grey .mkv, or RLE as .json.

    Args:
        job: The job whose mask is written.
        out: The path; its suffix selects the format.
        progress: Called with the progress.
        mask_track: The mask before tuning, if it was found before.
        overwrite: Replace existing files.
        check: Check the mask before tuning.
        note: Called with a sentence for each click that changes nothing.

    Returns:
        Warnings about possible errors of the mask, worst first; none unless `check` is set.

    Raises:
        OutputError: The path cannot be written, or its format is lossy.
        VinpaintError: The mask cannot be found. No partial output is left.
    """
    mask_outputs(out, 0)
    with open_clip(job.source, fps=job.fps) as clip:
        check_outputs(mask_outputs(out, clip.frames), job_inputs(job), overwrite=overwrite)
        finding = section(progress, 0.0, 0.75)
        found = mask_track or find_mask(job, clip, progress=finding, note=note)
        warnings = _checked(job, clip, found, section(progress, 0.75, 0.9)) if check else ()
        track = tuned_mask(job, found, clip)
        write_track(track, out, fps=clip.fps, progress=section(progress, 0.9, 1.0))
    return warnings


def _checked(job: Job, clip: Clip, found: MaskTrack, progress: Progress) -> tuple[MaskWarning, ...]:
    cuts = find_cuts(clip, progress=section(progress, 0.0, 0.3))
    rest = section(progress, 0.3, 1.0)
    return check_found_mask(clip, visible_prompts(job), found, cuts=cuts, progress=rest)


def mask_outputs(out: Path, frames: int) -> list[Output]:
    """Return what writing a mask creates. Raises OutputError for a lossy format."""
    if out.suffix.lower() == ".json":
        return [Output(out)]
    if output_kind(out) == ".mp4":
        raise OutputError(f"{out.name}: a mask must stay exact; give a folder, a .mkv or a .json")
    return result_outputs([out], frames)


def write_track(
    track: MaskTrack, out: Path, *, fps: Fraction | float, progress: Progress = no_op
) -> None:
    """Write a mask as it is: a folder of grey PNG images, a lossless .mkv, or RLE as .json.

    Args:
        track: The mask.
        out: The path; its suffix selects the format. What exists there is replaced.
        fps: Frames per second.
        progress: Called with the progress.

    Raises OutputError if the path cannot be written. No partial output is left.
    """
    if out.suffix.lower() == ".json":
        masks.write_rle(out, track, fps=Fraction(fps), progress=progress)
    elif output_kind(out) == ".mkv":
        write_frames(out, _mask_images(track, progress), fps=Fraction(fps), lossless=True)
    else:
        with safe_output(out) as folder:
            folder.mkdir()
            for number, image in enumerate(_mask_images(track, progress)):
                write_png(folder / image_name(number), image)


def _mask_images(track: MaskTrack, progress: Progress) -> Iterator[Frames]:
    """Yield the mask of every frame as an (H, W) uint8 image, 255 = replace."""
    for span in windows(Span(0, track.frames), _MASK_FRAMES):
        progress(span.start / track.frames, f"writing the mask, frame {span.start}")
        for values in track.read(span).values:
            yield np.rint(values * 255).astype(np.uint8)
