"""Data types shared by all packages, and the array conventions they follow.

Frames are RGB, masks are 1 where a pixel is replaced, and optical flow is (dx, dy) in pixels. This
package computes no images. Start with `frames.py`, `masks.py` and `job.py`.
"""

from __future__ import annotations

from vinpaint.core.advice import (
    Advice,
    AdviceReason,
    AdviceRule,
    AdviceVerdict,
    IgnoredPrompt,
    MeasuredRule,
    Stance,
    StrategyChoice,
    StrategyFit,
)
from vinpaint.core.artifact import Artifact
from vinpaint.core.boxes import Box, Span, bounding_box, windows
from vinpaint.core.check import check_fields
from vinpaint.core.context import Context, Reference
from vinpaint.core.errors import (
    Cancelled,
    EngineError,
    LimitError,
    MaskError,
    MediaError,
    MissingError,
    OutputError,
    SettingsError,
    VinpaintError,
)
from vinpaint.core.facts import NEARLY_ALL_SEEN, QUESTIONS, Answers, Facts, Question
from vinpaint.core.formatting import (
    format_duration,
    format_length,
    format_percent,
    format_rate,
    format_short_duration,
)
from vinpaint.core.frames import Bools, Floats, Frames, Video
from vinpaint.core.job import (
    Job,
    Measures,
    job_from_json,
    job_to_dict,
    job_to_json,
    map_paths,
    read_job,
    resolve_paths,
)
from vinpaint.core.mask_warning import MaskPiece, MaskWarning, MaskWarningKind
from vinpaint.core.masks import HOLE_LEVEL, Mask, MaskTrack
from vinpaint.core.piece import Piece
from vinpaint.core.progress import Progress, no_op, section
from vinpaint.core.prompts import (
    BoxPrompt,
    Captions,
    Click,
    FilePrompt,
    FramePrompt,
    Keyframe,
    MaskFile,
    Missing,
    ObjectInfo,
    Painting,
    Prompt,
    Region,
    Shadow,
    TextPrompt,
)
from vinpaint.core.result import Result, SourceFacts
from vinpaint.core.scores import Better, OutsideDifference, Score
from vinpaint.core.settings import Blend, Device, FillSettings, Generation, Smoothing, Tuning
from vinpaint.core.verdict import (
    FindingKind,
    GateReason,
    GateResult,
    GateVerdict,
    Leftover,
    LeftoverPart,
    QualityPart,
)

__all__ = [
    "HOLE_LEVEL",
    "NEARLY_ALL_SEEN",
    "QUESTIONS",
    "Advice",
    "AdviceReason",
    "AdviceRule",
    "AdviceVerdict",
    "Answers",
    "Artifact",
    "Better",
    "Blend",
    "Bools",
    "Box",
    "BoxPrompt",
    "Cancelled",
    "Captions",
    "Click",
    "Context",
    "Device",
    "EngineError",
    "Facts",
    "FilePrompt",
    "FillSettings",
    "FindingKind",
    "Floats",
    "FramePrompt",
    "Frames",
    "GateReason",
    "GateResult",
    "GateVerdict",
    "Generation",
    "IgnoredPrompt",
    "Job",
    "Keyframe",
    "Leftover",
    "LeftoverPart",
    "LimitError",
    "Mask",
    "MaskError",
    "MaskFile",
    "MaskPiece",
    "MaskTrack",
    "MaskWarning",
    "MaskWarningKind",
    "MeasuredRule",
    "Measures",
    "MediaError",
    "Missing",
    "MissingError",
    "ObjectInfo",
    "OutputError",
    "OutsideDifference",
    "Painting",
    "Piece",
    "Progress",
    "Prompt",
    "QualityPart",
    "Question",
    "Reference",
    "Region",
    "Result",
    "Score",
    "SettingsError",
    "Shadow",
    "Smoothing",
    "SourceFacts",
    "Span",
    "Stance",
    "StrategyChoice",
    "StrategyFit",
    "TextPrompt",
    "Tuning",
    "Video",
    "VinpaintError",
    "bounding_box",
    "check_fields",
    "format_duration",
    "format_length",
    "format_percent",
    "format_rate",
    "format_short_duration",
    "job_from_json",
    "job_to_dict",
    "job_to_json",
    "map_paths",
    "no_op",
    "read_job",
    "resolve_paths",
    "section",
    "windows",
]
