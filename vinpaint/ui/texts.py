"""Every sentence that the app shows. Short and plain; jargon stands in help lines, not labels."""

from __future__ import annotations

from vinpaint.core import Question
from vinpaint.ui.session.state import Step

TITLE = "vinpaint"
TAGLINE = "Take one thing out of a clip. Leave the rest untouched."

STEP_NAMES: dict[Step, str] = {
    "clip": "Clip",
    "mask": "Mask",
    "tune": "Tune",
    "fill": "Fill",
    "result": "Result",
}

PRIMARY: dict[Step, str] = {
    "clip": "Use this clip",
    "mask": "Follow through the clip",
    "tune": "Preview the edge",
    "fill": "Repair",
    "result": "Share",
}

STATES = {"done": "done", "stale": "out of date: run again"}

EMPTY_STAGE: dict[Step, str] = {
    "clip": "Drop a clip here, choose a file, or pick an example.",
    "mask": "No clip yet. Start with step 1, Clip.",
    "tune": "No clip yet. Start with step 1, Clip.",
    "fill": "No clip yet. Start with step 1, Clip.",
    "result": "Nothing repaired yet. Start with step 1, Clip.",
}

STAGE = {
    "where": "frame {frame} of {frames}, {clock}",
    "play": "Play",
    "pause": "Pause",
    "playLater": "Plays once the clip is in use",
    "back": "Back one frame",
    "on": "On one frame",
    "outline": "Show the mask's outline",
    "outlineShort": "Outline",
    "colour": "Mask colour: {colour}. Press to change.",
    "scrub": "Frame",
    "wipe": "Wipe between before and after",
    "uploading": "Uploading",
    "before": "Before",
    "after": "After",
    "empty": EMPTY_STAGE,
    "states": STATES,
}

RUNNING = "vinpaint is at {address} (stop it with Ctrl+C)"

# Clip
UPLOAD = "Choose a video"
UPLOAD_HELP = "MP4, MOV, WebM, MKV, AVI or GIF, up to {size}."
EXAMPLES = "Or start from an example"
CLIP_TODO = "Pick a clip to begin."
CLIP_OFFERED = "Looks right? Use it and go on to the mask."
CLIP_IN_USE = "This clip is in use. Next: mark what should go."
CLIP_REPLACES = "Using it puts the present clip and its mask away. Finished repairs are kept."
PREPARING = "Making a copy that the browser can play"
SILENT = "none"
FACT_SIZE = "Size"
FACT_LENGTH = "Length"
FACT_RATE = "Rate"
FACT_SOUND = "Sound"
FAULTS_FIND = "Find what is wrong"
FAULTS_HELP = "Looks for flicker, colour shifts, glitches and repeated frames in the whole clip."
FAULTS_FOUND = "What stands out"
FAULT_TITLES = {
    "glitch": "Glitch",
    "flicker": "Flicker",
    "colour": "Colour shift",
    "frozen": "Repeated frames",
}
FAULT_SURE = ("faint: look closely", "likely", "stands out clearly")
FAULT_SHOW = "Show"
FAULT_TAKE = "Take as mask"

# Mask
TOOLS = [
    ("Add", "add"),
    ("Not this", "not"),
    ("Box", "box"),
    ("Brush", "brush"),
    ("Erase", "erase"),
    ("Fixed region", "region"),
]
TOOL_LABEL = "Tool"
TOOL_HELP = {
    "add": "Click the thing that should go.",
    "not": "Click what was taken by mistake.",
    "box": "Drag a box around the thing; it is followed from there.",
    "brush": "Paint over the thing on this frame.",
    "erase": "Paint away what was taken by mistake on this frame.",
    "region": "Drag a rectangle that stays put on every frame, as over a logo.",
}
BRUSH_SIZE = "Brush size"
UNDO = "Undo"
CLEAR = "Clear"
MASK_UPLOAD = "Use a finished mask"
MASK_UPLOAD_HELP = "A video or one image, where white is what goes; or RLE as .json."
MORE = "More"
MASK_NO_CLIP = "First choose a clip."
MASK_TODO = "Click the thing that should go, on any frame."
MASK_MARKED = "{marks}. Good on this frame? Follow it through the clip."
MASK_DONE = "Found on {found} of {frames} frames. Play to check it; next: Tune."
MASK_NOWHERE = "The mask is empty on every frame. Click the thing again, or draw a box around it."
MASK_STALE = "The marks have changed since: run again."
MASK_EMPTY_CLICK = "Nothing was found at that click. Click again, or draw a box around the thing."
MASK_ALL_HIDDEN = "Every object is hidden. Show one, or mark something."
A_FINISHED_MASK = "a finished mask"
CAPTIONS_MARK = "captions"
SHADOW_MARK = "its shadow"
OBJECT_NAME = "Object {number}"
OBJECTS = {
    "list": "Objects",
    "add": "Another object",
    "pick": "Mark {name}",
    "hide": "Leave {name} out",
    "show": "Take {name} in again",
    "drop": "Delete {name}",
    "rename": "Name of {name}",
    "none": "no marks yet",
}
NOTES_TITLE = "Look at these frames"
NOTES_MORE = "and {count} more"
KEYFRAMES = "Interpolate between painted frames"
KEYFRAMES_HELP = "Painted frames become key frames: the shape changes evenly between them."
SHADOW = "Take its shadow along"
SHADOW_HELP = "Adds the darker area that is attached to the object, once it is followed."
MASK_RESIZE = "Scale a finished mask to the clip's size"
SAVE_MASK = "Save the mask:"
SAVE_KINDS = [("mkv", "video (.mkv)"), ("json", "RLE (.json)")]
CAPTIONS_TITLE = "Captions and logos"
CAPTIONS_FIND = "Find captions"
CAPTIONS_CHOOSE = "Captions to remove"
CAPTIONS_SHAPE = "Remove"
CAPTIONS_SHAPES = [("The letters", "letters"), ("The whole box", "box")]
CAPTIONS_NONE = "No burned-in text was found. Draw a fixed region or a box over it instead."
CAPTION = "\u201c{text}\u201d, frames {first} to {last}"
LOGO_FIND = "Find a logo"
LOGO_NONE = (
    "Nothing in this clip stays put while the rest moves. Mark it with Fixed region instead."
)
WORDS_TITLE = "Find by words"
WORDS_LABEL = "What to find"
WORDS_EXAMPLE = "the red car"
WORDS_FIND = "Find"
WORDS_CHOOSE = "Found, with its score"
WORDS_BOX_SCORE = "Least score of a thing"
WORDS_TEXT_SCORE = "Least score of a word"
WORDS_CANDIDATE = "{label}, {score:.2f}, from frame {frame}"
WORDS_EMPTY = "Say what to find, as in 'the red car'."
TRACKER = "What follows"
TRACKER_AUTO = "The best that is here"
FETCH = "Fetch {what}"
MODEL_ADDS = "{facts}: {purpose}. Nothing is downloaded until you press the button."

# Tune
DILATE = "Grow"
DILATE_HELP = "Dilation, in pixels: how far beyond the found edge the repair goes."
BLUR = "Soften"
BLUR_HELP = "Gaussian sigma, in pixels: how gently the repair fades into the picture."
TEMPORAL = "Steady"
TEMPORAL_HELP = "Gaussian sigma over time, in frames: calms an edge that flickers."
MATTE = "Soft matte"
MATTE_HELP = "For hair and blur: the picture itself says how far each pixel belongs to the thing."
INVERT = "Replace everything but this"
FRAMES_FROM = "From frame"
FRAMES_TO = "To frame"
FRAMES_HELP = "Only these frames are repaired, both ends included."
TUNE_NO_MASK = "First follow the mask through the clip."
TUNE_TODO = "The line is what is replaced; the glow around it, how far it blends."
TUNE_DONE = "Playing, the dashed line is how far the edge blends. Good? Next: Fill."
TUNE_STALE = "The edge has changed since the preview: run again."
FRAMES_ORDER = "The first frame must come before the last."

# Fill
STRATEGY = "How to fill"
PROMPT = "What should be there instead"
PROMPT_NONE = "{strategy} takes no words: it removes, and puts nothing new in."
PROMPT_HELP = "Optional. A few words on what belongs there."
PROMPT_NO_MODEL = "Words need a model, and none is here: without one they change nothing. {remedy}."
COPY_LABEL = "Copy from"
COPY_FROM = [("A clean frame", "frame"), ("A picture", "picture"), ("Another place", "clone")]
COPY_FRAME = "Use this frame as the clean plate"
COPY_PICTURE = "Choose a picture"
COPY_PICTURE_NONE = "First choose a picture, as PNG or JPEG."
COPY_STILL = "It is the frame on the stage, repaired"
COPY_STILL_HELP = "For a frame that you saved and painted elsewhere. Otherwise it is found."
COPY_RIGHT = "Pixels to the right"
COPY_DOWN = "Pixels down"
COPY_PREVIEW = "Try it on this frame"
COPY_TODO = {
    "frame": "Go to a frame where the thing is not there, or stands elsewhere.",
    "picture": "A picture of the same place, at any size.",
    "clone": "Click on the stage where to copy from, or give how far that is from the mask.",
}
COPY_FRAMED = "Frame {frame} is copied."
COPY_PICTURED = "{name} is copied, found by what it shows."
COPY_STILLED = "{name} is copied, as frame {frame}."
COPY_CLONED = "Copied from {dx}, {dy} pixels away, as frame {frame} shows it."
COPY_ITSELF = "That is the mask itself. Click beside it, on what should be there."
COPY_NO_HOLE = "On this frame nothing is masked. Go to one where the thing is seen."
MODEL = "Model"
MODEL_HELP = "Nothing is downloaded here: 'vinpaint models fetch' does that."
NOT_HERE = "{title} (not here)"
WORKS_WITH = "Works with {weights}."
MODEL_HERE, MODEL_ABSENT = "here", "not here"
NEGATIVE = "What should not be there"
NEGATIVE_HELP = "Negative prompt: a few words that the model is led away from."
STEPS_LABEL = "Steps"
STEPS_HELP = "Denoising steps: more are slower, and often finer. 0: as the model is best known."
GUIDANCE = "Follow the words"
GUIDANCE_HELP = "Guidance: how closely. 1 or less: hardly. 0: the model's own."
CONDITIONING = "Follow the surroundings"
CONDITIONING_HELP = "Conditioning scale, of Wan VACE alone. 0: 1, as it was trained."
EXAMPLE = "A picture of what should be there (Wan VACE)"
REPAINT = "Repeats"
REPAINT_HELP = "RePaint's r, for a model that was not trained to fill holes. 0: without."
REPAINT_JUMP = "Steps of each repeat"
REPAINT_JUMP_HELP = "RePaint's j: over how many steps it goes back."
RIM = "Draw to the rim"
RIM_HELP = (
    "At each step, so that no seam shows. 1 is usual, 2 the most; up to 6 times slower. 0: off."
)
SMOOTHING = "Even the frames"
SMOOTHINGS = [("Where alike", "bilateral"), ("All", "average"), ("Not at all", "none")]
SMOOTHING_HELP = "Along the motion: a bilateral filter over time, or a moving average."
SMOOTHING_FRAMES = "Over frames"
SMOOTHING_FRAMES_HELP = "Sigma over time, in frames."
SMOOTHING_LEVELS = "Over colours"
SMOOTHING_LEVELS_HELP = "Sigma over colour, in levels of 255: what differs more stays apart."
PATIENT = "Begin even if it takes hours"
PATIENT_HELP = "Without this, work of hours is estimated and asked about first."
FILL_NO_REFERENCE = "First say what to copy from."
BLEND = "Blend"
BLENDS = [("By the soft edge", "alpha"), ("Relit from the rim (Poisson)", "poisson")]
BLEND_HELP = "Relit: for a fill that is too bright, too dark or off in colour."
GRAIN = "Match the grain"
GRAIN_HELP = "Gives the fill the noise that the picture has beside it."
SAFE = "Free for commercial work only"
SAFE_HELP = "Leaves out models whose licence does not allow commercial use."
MEASURE_ALL = "Measure all"
MEASURE_ALL_HELP = "FID as well, where its packages and weights are here. Slower."
SEED = "Seed"
SEED_HELP = "The same seed gives the same pixels."
AUTO = "Automatic"
AUTO_HELP = "Looks ahead first, then takes what fits best; the result says what and why."
AUTO_TAKES = "Automatic takes {strategy}: {because}."
PROMPT_LOOK = "Look ahead to have the light, the colours and the texture there put into words."
PROMPT_AROUND = "Around the mask: {phrase}."
PROMPT_ADD = "Add these words"
ASK = "Only you can see this: tick what is so"
ASKED: dict[Question, str] = {
    "keeper": "The rest of the shot is no keeper",
    "framing": "Framing or light is wrong",
    "bodies": "Bodies or props touch there",
}
PRICE = "Price of one generation"
FITS = "{strategy} fits better: {because}."
LOOK = "Look ahead"
LOOK_HELP = (
    "Before any fill: which part of the hole other frames show, which must be invented, and "
    "whether a repair is worth while."
)
LOOK_STALE = "The mask has changed since you looked ahead: look again."
LOOK_LEGEND = ("seen in another frame", "never seen")
FILL_NO_MASK = "First follow the mask through the clip."
FILL_STALE_MASK = "The mask is out of date. Follow it again first."
FILL_TODO = "Ready. Every pixel outside the mask stays exactly as it is."
FILL_DONE = "Repaired. See step 5, Result."
FILL_NOT_HERE = "{strategy} cannot work here yet: above stands what it lacks."
FILL_STALE = "Something changed since the last repair: run again."
GO_ON = "Go on from where it stopped"
PARTS_KEPT = "{finished} of {windows} parts of the repair are finished and kept."
PARTS_UNFIT = "Something changed since it stopped: it would begin anew. Change it back to go on."
CANCEL = "Cancel"
CANCELLED = "Stopped. Everything you made is still here."
STOPPING = "Stopping"
WAITING = "Waiting for its turn"
STARTING = "Starting"

# Result
MENDS = "Mends {frames} of the last result; all else in it stays."
MEND_LEAVE = "Repair everything instead"
MEND_NOWHERE = "There is no such frame in this clip; click the span again"
MEND_GONE = "The result to mend is no longer kept; choose 'Repair everything instead'"
RESULT_TODO = "Nothing to show yet. Repair the clip in step 4, Fill."
RESULT_STALE = "This is the last repair; something changed since: run again in Fill."
RESULT_DONE = "Drag the line, or use the arrow keys on it, to compare."
SHARED = "Anyone with this link can see the clip before and after:"
COPY = "Copy link"
COPIED = "Copied"
KEPT_HOSTED = "Every repair is kept on this server under its link."
KEPT_IN = "Every repair is kept in {folder} until you delete it there."
RUNS = "Earlier repairs"
RUN_COUNT = {"none": "", "one": "1 repair", "many": "{count} repairs"}

# Everywhere
BUSY_ELSEWHERE = "{step} is running."
LEFT_SECONDS = "about {count} s left"
LEFT_MINUTES = "about {count} min left"
UNEXPECTED = "Something went wrong on our side. Nothing is lost; please try again."
DARK = "Dark colours"
LIGHT = "Light colours"
HELP = "Help and keyboard shortcuts"
CLOSE = "Close"
HELP_TITLE = "How it works"
HELP_STEPS = [
    ("Clip", "Upload a video or pick an example."),
    ("Mask", "Click the thing that should go, then follow it through the clip."),
    ("Tune", "Grow and soften the edge until it covers the thing and its shadow."),
    ("Fill", "Repair. What other frames show behind the thing is brought back."),
    ("Result", "Compare before and after, read the proof, download or share."),
]
KEYS_TITLE = "Keyboard"
KEYS = [
    ("Space", "play or pause"),
    ("Left, Right", "one frame; with Shift, ten"),
    ("A", "add"),
    ("S", "not this"),
    ("Z", "undo"),
    ("F", "follow through the clip"),
    ("R", "repair"),
    ("?", "this help"),
]


def counted(count: int, one: str, many: str) -> str:
    """'1 click', '3 clicks'."""
    return f"{count} {one if count == 1 else many}"
