"""Flags that several commands share: what each takes, and its line in --help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Source = Annotated[str, typer.Argument(help="A video file, or a folder of numbered images.")]
MaybeSource = Annotated[
    str | None, typer.Argument(help="A video file, or a folder of numbered images.")
]
Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        help=".mp4 (H.264), .mkv (lossless FFV1), a folder (PNG images); a mask: also .json.",
    ),
]
MaskPaths = Annotated[
    list[str],
    typer.Option("--mask", metavar="PATH", help="A mask: video, folder or image; white = replace."),
]
Clicks = Annotated[
    list[str], typer.Option("--click", metavar="F,X,Y[,-]", help="A point; ,- means 'not this'.")
]
Boxes = Annotated[
    list[str], typer.Option("--box", metavar="F,X0,Y0,X1,Y1", help="A box, followed from there.")
]
Regions = Annotated[
    list[str], typer.Option("--region", metavar="X0,Y0,X1,Y1", help="A fixed rectangle.")
]
Paintings = Annotated[
    list[str], typer.Option("--paint", metavar="F,PATH", help="A painted mask, followed.")
]
Keyframes = Annotated[
    list[str],
    typer.Option("--keyframe", metavar="F,PATH", help="A painted mask; interpolated between."),
]
Text = Annotated[str | None, typer.Option("--text", help="What to find, in words.")]
BoxThreshold = Annotated[float, typer.Option(help="Least score of a found box.")]
TextThreshold = Annotated[float, typer.Option(help="Least score of a found word.")]
FindCaptions = Annotated[bool, typer.Option("--captions", help="Burned-in text, by its letters.")]
CaptionBoxes = Annotated[bool, typer.Option("--caption-boxes", help="The same, as whole boxes.")]
ResizeMask = Annotated[bool, typer.Option("--resize-mask", help="Bring --mask to the clip's size.")]
Objects = Annotated[
    list[int],
    typer.Option("--object", metavar="N", help="Points, boxes, paintings after it: object N."),
]
TrackerName = Annotated[str, typer.Option("--tracker", help="What follows: auto, or its name.")]
Matte = Annotated[bool, typer.Option("--matte", help="A soft matte for hair and blur.")]
Invert = Annotated[bool, typer.Option("--invert", help="Replace everything but the mask.")]
Frames = Annotated[
    str | None, typer.Option("--frames", metavar="A:B", help="Work on frames A to B-1 only.")
]
Fps = Annotated[float | None, typer.Option(help="Rate of a folder of images (24).")]
Dilate = Annotated[float, typer.Option("--dilate-px", help="Grow the mask by so many pixels.")]
Blur = Annotated[float, typer.Option("--blur-sigma-px", help="Soften the mask's edge.")]
Temporal = Annotated[float, typer.Option("--temporal-sigma", help="Smooth over so many frames.")]
ReferencePath = Annotated[
    str, typer.Option("--reference", metavar="IMAGE", help="plate: a picture to copy from.")
]
ReferenceFrame = Annotated[
    int | None,
    typer.Option(metavar="N", help="plate: the frame of --reference; alone: a clean frame."),
]
Clone = Annotated[
    str | None,
    typer.Option("--clone", metavar="DX,DY", help="plate: copy from so far right and down."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on after the windows that a stopped run finished.")
]
ShowProgress = Annotated[bool, typer.Option("--progress", help="Tell progress in any case.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
DeviceName = Annotated[str, typer.Option("--device", help="For networks: auto, cpu or cuda.")]
CommercialSafe = Annotated[
    bool, typer.Option("--commercial-safe", help="Only models whose licence allows commercial use.")
]

ModelName = Annotated[
    str,
    typer.Option("--model", metavar="NAME", help="Which model: a name in 'models list', a folder."),
]
NegativePrompt = Annotated[
    str, typer.Option("--negative-prompt", help="What should not be there, for a model.")
]
Steps = Annotated[int | None, typer.Option("--steps", help="Steps that a model works in.")]
Guidance = Annotated[
    float | None, typer.Option("--guidance", help="How closely a model follows the prompt.")
]
Conditioning = Annotated[
    float | None,
    typer.Option("--conditioning", help="How closely Wan VACE follows what is around the hole."),
]
Example = Annotated[
    str, typer.Option("--example", metavar="IMAGE", help="Wan VACE: what should be there.")
]
Repaint = Annotated[
    str | None,
    typer.Option(
        "--repaint", metavar="R,J", help="A model not trained to inpaint: R times, jumps of J."
    ),
]
RimGuidance = Annotated[
    float,
    typer.Option(
        "--rim-guidance", metavar="W", help="Draw each step to the rim: 1 is usual; 2 at most."
    ),
]
SmoothingName = Annotated[
    str, typer.Option("--smoothing", help="frames: bilateral, average or none.")
]
SmoothingFrames = Annotated[
    float, typer.Option("--smoothing-sigma-frames", help="frames: evened over so many frames.")
]
SmoothingLevels = Annotated[
    float, typer.Option("--smoothing-sigma-levels", help="frames: colours so far apart stay apart.")
]
NoGrain = Annotated[bool, typer.Option("--no-match-grain", help="Leave the fill without grain.")]
Patient = Annotated[bool, typer.Option("--yes", help="Begin even work that takes hours.")]
