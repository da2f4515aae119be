"""The texts of the share page, the report and the evidence panel."""

ALL_MEASURES = "All measures"
BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "alike": "best close to the clip's own",
}
QUALITY = "Quality"
OF_ONE = "of 1"
RULINGS = {"pass": "Passes", "look": "Look at it playing", "fail": "The repair shows"}
PARTS = {"warp": "steadiness", "texture": "texture by wavelets", "fid": "texture by FID",
         "boundary": "seam"}  # fmt: skip
QUALITY_HELP = "From {parts}: 1 is as good as the clip around it."
NOT_HERE = "not measured here"
BASELINE = "the clip's own is {value}"
CHART = "By frame: from {low} to {high}"
OUTSIDE = "Change outside the mask"
LEVELS = "of 255 levels"
EXACT = "0 of {count} samples outside the mask changed."
NOT_EXACT = "Some of {count} samples outside the mask changed; please report this."
LOSSLESS = "Counted on the lossless master. The .mp4 goes through H.264, which moves all samples."
LOSSY = "Counted before encoding; H.264 then moved samples by up to {largest} levels."

TIMELINE = "By frame"
TIMELINE_LABEL = (
    "Frames {first} to {last}: how far each is from the clip's own; spans marked: {spans}"
)
TIMELINE_HELP = "Higher is farther from how the clip itself looks; above the line it may show."
TIMELINE_GO = "Go to this frame"
FRAME = "Frame {first}"
FRAMES = "Frames {first} to {last}"
REPAIR_SPAN = "Repair this span"
REPAIR_SPAN_HELP = "Repair these frames alone, on top of this result"

SIZE = "Size"
LENGTH = "Length"
RATE = "Rate"
STRATEGY = "Strategy"
PROMPT = "Prompt"
SEED = "Seed"
DILATE = "Grown by"
BLUR = "Softened by"
TEMPORAL = "Steadied by"
SIGMA_UNIT = "(sigma, in frames)"
PIXEL_SIGMA_UNIT = "px (sigma)"
MARKS = "Marks"
INVERTED = "Inverted"
YES = "yes"
TOOK = "Took"

DOWNLOADS = {
    "after.mp4": "Video (.mp4)",
    "master.mkv": "Lossless master (.mkv)",
    "job.json": "Job file",
    "report.json": "Report (.json)",
}
PRINTABLE = "Report to print"
PRINTED = "vinpaint report"
STILL = "frame {frame}"

PAGE_TITLE = "Repaired clip"
PAGE_EVIDENCE = "How good it is"
PAGE_SETTINGS = "How it was made"
PAGE_DOWNLOADS = "Downloads"
PAGE_JOB = "The job"
PAGE_JOB_HELP = (
    "The job file names the files beside it: put job.json and {files} in one folder, then run"
)
PAGE_COMMAND = "vinpaint run --job job.json -o repaired.mp4"
BEFORE = "Before"
AFTER = "After"
PLAY = "Play"
PAUSE = "Pause"
WHERE = "frame {frame} of {frames}"
OUTLINE = "Outline"
OUTLINE_HELP = "Show the mask's outline"
WIPE = "Wipe between before and after"
SCRUB = "Frame"

LOST_TITLE = "Nothing here"
LOST = "No run is kept under this address. It may have been deleted, or the link is incomplete."
