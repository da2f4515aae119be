"""What the fixtures ask for: jobs of every kind, command lines, engines. For `make_fixtures.py`.

By the names that vinpaint had at commit 0b69505, as there.
"""

from __future__ import annotations

from made_clips import COUNT
from vinpaint.jobs import Job
from vinpaint.prompts import (
    BoxPrompt,
    Captions,
    Click,
    Imported,
    Keyframe,
    Painting,
    Region,
    Shadow,
    Thing,
    Words,
)
from vinpaint.types import Box, FillSettings, Generation, Span, Tuning

FOLDER, CLIP = "media/frames", "media/clip.mp4"
MASKED = (Imported("media/masks"),)
TIGHT = Tuning(1.5, 1.0, 0.0)

RUNNABLE = {
    "region": Job(
        CLIP,
        (Region(Box(40, 20, 52, 34)),),
        Tuning(2.5, 1.5, 0.0),
        FillSettings(seed=7),
        frames=Span(2, 6),
        measures="quick",
    ),
    "grain-seed-poisson": Job(
        "media/noisy",
        (Region(Box(20, 12, 44, 36)),),
        TIGHT,
        FillSettings("plate", "", 11, "poisson", reference="media/lit.png", reference_frame=0),
        fps=25.0,
        measures="quick",
    ),
    "no-grain": Job(
        "media/noisy",
        (Region(Box(20, 12, 44, 36)),),
        TIGHT,
        FillSettings("plate", match_grain=False, reference="media/lit.png", reference_frame=0),
        measures="none",
    ),
    "clicks-boxes-objects": Job(
        FOLDER,
        (
            Click(0, 16, 22),
            Click(0, 16, 31, add=False),
            BoxPrompt(0, Box(75, 41, 93, 59), object_id=2),
            Region(Box(2, 50, 10, 60), object_id=3),
        ),
        TIGHT,
        fps=12.5,
        objects=(Thing(1, "the red disk"), Thing(2, "blue"), Thing(3, "corner", hidden=True)),
        tracker="free",
    ),
    "paint-shadow-matte": Job(
        FOLDER,
        (Painting(0, "media/paint-0.png"), Shadow()),
        Tuning(3.0, 2.0, 0.5, matte=True),
        FillSettings(device="cpu"),
        measures="none",
    ),
    "keyframes": Job(
        FOLDER,
        (Keyframe(0, "media/key-0.png"), Keyframe(COUNT - 1, "media/key-7.png")),
        TIGHT,
        measures="none",
    ),
    "mask-folder": Job(FOLDER, MASKED, Tuning(0.0, 0.0, 0.0), measures="none"),
    "mask-image-half": Job(
        FOLDER, (Imported("media/half.png", resize=True),), TIGHT, measures="none"
    ),
    "plate-picture": Job(
        FOLDER,
        (Region(Box(30, 16, 62, 40)),),
        TIGHT,
        FillSettings(
            "plate",
            reference="media/still.png",
            reference_frame=3,
            device="cpu",
            commercial_safe=True,
        ),
        measures="none",
    ),
    "plate-inverted": Job(
        FOLDER,
        (Region(Box(10, 6, 90, 60)),),
        Tuning(0.0, 1.0, 0.0),
        FillSettings("plate", reference="media/still.png"),
        invert=True,
        measures="none",
    ),
    "plate-frame": Job(
        FOLDER, MASKED, TIGHT, FillSettings("plate", reference_frame=5), measures="none"
    ),
    "plate-clone": Job(
        FOLDER,
        (Click(0, 16, 22),),
        TIGHT,
        FillSettings("plate", reference_frame=0, clone=(30, -2)),
        measures="none",
    ),
    "auto": Job(
        FOLDER, MASKED, TIGHT, FillSettings("auto", "a red door", commercial_safe=True),
        measures="all",
    ),
    "captions-letters": Job(
        "media/captions.mp4", (Captions(chosen=(1,)),), TIGHT, frames=Span(0, 3), measures="none"
    ),
}  # fmt: skip
"""Jobs that run without weights, by the names of their files."""

TOLD = Generation(
    model="wan-vace-1.3b",
    negative_prompt="people",
    steps=8,
    guidance=2.5,
    conditioning=0.5,
    example="media/example.png",
    repaint=(3, 4),
    smoothing="average",
    smoothing_sigma_frames=2.0,
    smoothing_sigma_levels=9.0,
    rim_guidance=1.5,
    patient=True,
)
EVERYTHING = Job(
    CLIP,
    (
        Click(1, 2, 3),
        Click(1, 4, 5, add=False, object_id=2),
        BoxPrompt(0, Box(1, 2, 30, 40), object_id=2),
        Painting(2, "media/paint-0.png", object_id=3),
        Keyframe(3, "media/key-0.png", object_id=4),
        Shadow(object_id=3),
        Words("the red disk", 0.35, 0.2, (0, 2), object_id=5),
        Captions("box", (0, 1), object_id=6),
        Region(Box(5, 6, 17, 18), object_id=7),
        Imported("media/half.png", resize=True, object_id=8),
    ),
    Tuning(1.5, 2.5, 3.5, matte=True),
    FillSettings(
        "joint",
        "an empty street",
        11,
        "poisson",
        match_grain=False,
        reference="media/still.png",
        reference_frame=4,
        clone=(-3, 5),
        device="cpu",
        commercial_safe=True,
        generation=TOLD,
    ),
    invert=True,
    frames=Span(1, 7),
    fps=12.5,
    measures="all",
    objects=(Thing(1, "one"), Thing(2, "", hidden=True), Thing(3, "drei \u00fc")),
    tracker="sam2-tiny",
)
UNRUNNABLE = {
    "everything": EVERYTHING,
    "words": Job(CLIP, (Words("the red disk"),)),
    "joint": Job(FOLDER, MASKED, fill=FillSettings("joint", "sand", generation=TOLD)),
    "frames": Job(
        FOLDER,
        MASKED,
        fill=FillSettings("frames", "sand", generation=Generation(steps=4, smoothing="none")),
    ),
    "hybrid": Job(FOLDER, MASKED, fill=FillSettings("hybrid", "sand")),
    "propainter": Job(FOLDER, MASKED, fill=FillSettings("propainter")),
}
"""Jobs that want weights, which no test has: they are read, and written again."""

SHORT = '{"source": "media/clip.mp4"}\n'
"""All but the source left out, as a person may write it."""

TWICE = (Imported("media/runs.json"),)
"""A mask that is empty in the middle, which makes two windows."""

OUTSIDE = Job(FOLDER, TWICE, TIGHT, FillSettings("outside:every-key", "sand", 5), measures="none")
STOPPED = Job(FOLDER, TWICE, Tuning(2.0, 1.0, 0.0), measures="none")


COMMANDS = {
    "marks": "run in.mp4 -o out.mkv --mask m.png --mask runs.json --resize-mask --click 1,2,3 "
    "--click 1,4,5,- --click 1,6,7,+ --box 0,1,2,3,4 --region 5,6,7,8 --paint 2,p.png "
    "--keyframe 3,k.png --object 2 --click 4,5,6 --box 1,2,3,4,5 --object=3 --paint 5,q.png "
    "--keyframe 6,l.png --tracker free --device cpu --commercial-safe --invert --frames 3:9 "
    "--fps 12.5 --dilate-px 1.5 --blur-sigma-px 2.5 --temporal-sigma 3.5 --matte --measures all",
    "words": "run in.mp4 -o out.mkv --text red --box-threshold 0.4 --text-threshold 0.35 "
    "--captions --measures none",
    "caption-boxes": "run in.mp4 -o out.mkv --caption-boxes --measures quick",
    "plate": "run in.mp4 -o out.mkv --region 1,2,3,4 --strategy plate --reference r.png "
    "--reference-frame 4 --clone -3,5 --blend poisson --no-match-grain --seed 7",
    "told": "run in.mp4 -o out.mkv --region 1,2,3,4 --strategy joint --prompt word --model m "
    "--negative-prompt no --steps 8 --guidance 2.5 --conditioning 0.5 --example e.png "
    "--repaint 3,4 --rim-guidance 1.5 --smoothing average --smoothing-sigma-frames 2 "
    "--smoothing-sigma-levels 9 --yes",
    "plain": "run in.mp4 -o out.mkv --region 1,2,3,4",
    "job-of-another-source": "run other.mp4 --job everything.json -o out.mkv",
    "job-agreed": "run --job words.json --yes -o out.mkv",
}
"""Commands that cannot be carried out; `--save-job` tells what job they mean all the same."""


EVERY_KEY = """\
# A user's engine that gives every key there is.
title = "Every key"
best_for = "Tests of old files."
home = "https://example.org/every-key"
folder = "${COMPAT_PROGRAM}"
cwd = "{work}"
python = "${COMPAT_PYTHON}"
needs = ["paint.py"]
licence = "MIT"
commercial = true
command = [
    "{python}", "{folder}/paint.py", "--frames", "{frames}", "--masks", "{masks}",
    "--out", "{out}", "--work", "{work}", "--name", "{name}", "--width", "{width}",
    "--height", "{height}", "--count", "{count}", "--fps", "{fps}", "--seconds", "{seconds}",
    "--prompt", "{prompt}", "--seed", "{seed}",
]
result = "{out}/*.png"
frames = "folder"
masks = "folder"
hole = "black"
dilates_px = 2
fps = 30
overlap_frames = 2
timeout_seconds = 90.5
auto = 0.25

[size]
multiple = 8
longest_px = 960
least_px = 16
most_pixels = 409600

[length]
least = 1
most = 81
step = 4
rest = 1

[environment]
COMPAT_GREETING = "{prompt} and {seed}"
"""
FIXED_VIDEO = """\
# Videos in, a video out, in one size only; whole numbers where a share or a time is meant.
title = "Fixed video"
command = ["${COMPAT_PYTHON}", "${COMPAT_PROGRAM}/paint.py", "--frames", "{frames}"]
result = "{out}/made.mp4"
frames = "video"
masks = "video"
hole = "white"
timeout_seconds = 90
auto = 1

[size]
fixed = [432, 240]
"""
NOT_SET_UP = """\
# The least that a file holds; its variable is not set anywhere.
title = "Not set up"
command = ["${COMPAT_NOT_SET}/paint"]
result = "{out}"
"""
