"""The texts of the share page, the report and the evidence panel."""

ALL_MEASURES = "All measures"
QUALITY = "Quality"
OF_ONE = "of 1"
RULINGS = {
    "pass": "Passes",
    "look": "Watch it play before you use it",
    "fail": "The repair is visible",
}
QUALITY_HELP = "Combines {parts}. 1 means as good as the clip around it."
NOT_HERE = "not measured on this machine"
BASELINE = "the clip's own is {value}"
CHART = "By frame: from {low} to {high}"
OUTSIDE = "Change outside the mask"
LEVELS = "of 255 levels"
EXACT = "0 of {count} samples outside the mask changed."
NOT_EXACT = "Some of {count} samples changed, by up to {largest} levels; please report this."
LOSSLESS = "Measured on the lossless master. H.264 compression changes all samples of the .mp4."
LOSSY = "Measured before encoding. H.264 then changed samples by up to {largest} levels."

TIMELINE = "By frame"
TIMELINE_LABEL = (
    "Difference from the clip around the hole, frames {first} to {last}; spans marked: {spans}"
)
TIMELINE_HELP = "Higher: differs more from the clip around it. Above the line, it may be visible."
TIMELINE_GO = "Go to this frame"
FRAME = "Frame {first}"
FRAMES = "Frames {first} to {last}"
REPAIR_SPAN = "Repair this span"
REPAIR_SPAN_HELP = "Repair only these frames, starting from this result"

SIZE = "Size"
LENGTH = "Length"
RATE = "Rate"
STRATEGY = "Strategy"
PROMPT = "Prompt"
SEED = "Seed"
DILATE = "Grow"
BLUR = "Soften"
TEMPORAL = "Steady"
SIGMA_UNIT = "frames (sigma)"
PIXEL_SIGMA_UNIT = "px (sigma)"
MARKS = "Marks"
INVERTED = "Inverted"
YES = "yes"
TOOK = "Time"

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
PAGE_JOB_HELP = "To repeat this repair, put job.json and {files} in one folder, then run"
PAGE_COMMAND = "vinpaint run --job job.json -o repaired.mp4"
BEFORE = "Before"
AFTER = "After"
PLAY = "Play"
PAUSE = "Pause"
WHERE = "frame {frame} of {frames}"
LEFT = "Left over"
LEFT_HELP = "Show what is left over on the whole result"
OUTLINE = "Outline"
OUTLINE_HELP = "Show the mask's outline"
WIPE = "Wipe between before and after"
SCRUB = "Frame"

LOST_TITLE = "Nothing here"
LOST = "There is no repair at this address. It may have been deleted, or the link is incomplete."
