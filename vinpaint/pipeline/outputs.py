"""Write the repaired frames to the outputs of a job, and measure what was written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from vinpaint.core import MaskTrack, Progress, section
from vinpaint.media import Clip, Patch, Writer, open_clip, open_writer
from vinpaint.pipeline.fill import FillLog
from vinpaint.pipeline.mask_check import is_overlay
from vinpaint.pipeline.preparation import Work
from vinpaint.quality import evidence
from vinpaint.quality.exactness import OutsideMask, largest_difference


def write_outputs(
    clip: Clip, outs: Sequence[Path], patches: Iterator[tuple[int, Patch]], track: MaskTrack
) -> tuple[int, list[str]]:
    """Write all frames to all outputs.

    Returns the largest difference outside the mask before encoding, in levels of 255, and the notes
    of the writers.
    """
    largest = 0
    outside = OutsideMask(track)
    with contextlib.ExitStack() as stack:
        writers: list[Writer] = [stack.enter_context(open_writer(out, clip)) for out in outs]
        number, patch = next(patches, (-1, None))
        for picture in clip.pictures():
            due = patch if number == picture.index else None
            for writer in writers:
                written = writer.write(picture, due)
                if due is not None and written is not picture:
                    outside_mask = outside.of(picture.index)
                    difference = largest_difference(picture, written, outside_mask)[1]
                    largest = max(largest, difference)
            if due is not None:
                number, patch = next(patches, (-1, None))
    return largest, [note for writer in writers for note in writer.notes]


def measure_output(
    work: Work,
    clip: Clip,
    outs: Sequence[Path],
    before_encoding: int,
    log: FillLog,
    progress: Progress,
) -> evidence.Evidence:
    """Decode the most exact output and measure it.

    The scores include the invented share that `log` counted.
    """
    job, track = work.job, work.mask.track
    with open_clip(evidence.output_to_measure(outs), fps=job.fps, trusted=True) as result:
        measured = evidence.measure_result(
            clip,
            result,
            track,
            section(progress, 0.0, 0.9),
            before_encoding=before_encoding,
            measures=job.measures,
            examined=job.frames,
            overlay=is_overlay(job.where),
        )
        adherence = section(progress, 0.9, 1.0)
        scores = measured.scores
        scores += evidence.measure_prompt_adherence(job, clip, result, track, adherence)
        scores = evidence.add_invented_share(scores, log.invented_px, (clip.width, clip.height))
        return measured._replace(scores=scores)
