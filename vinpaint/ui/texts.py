"""The texts of the page. Labels are short; technical terms appear in help lines only."""

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
_NO_CLIP = "No clip yet. Start with step 1, Clip."
EMPTY_STAGE: dict[Step, str] = {
    "clip": "Drop a clip here, choose a file, or pick an example.",
    "mask": _NO_CLIP,
    "tune": _NO_CLIP,
    "fill": _NO_CLIP,
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
    "left": "Show what is left over on the whole result",
    "leftShort": "Left over",
    "colour": "Mask colour: {colour}. Press to change.",
    "scrub": "Frame",
    "wipe": "Wipe between before and after",
    "uploading": "Uploading",
    "before": "Before",
    "after": "After",
    "empty": EMPTY_STAGE,
    "states": STATES,
    "lost": "Connection lost. Trying to reconnect; if this stays, reload the page.",
    "gone": "The app was restarted. Reload the page to start again; finished repairs are kept.",
}
RUNNING = "vinpaint is at {address} (stop it with Ctrl+C)"

# The status line of each step when nothing blocks it
DONE_LINES: dict[Step, str] = {
    "clip": "This clip is in use. Next: mark what should go.",
    "tune": "The dashed line shows how far the edge blends. Good? Next: Fill.",
    "fill": "Repaired. See step 5, Result.",
    "result": "Drag the line, or use the arrow keys on it, to compare.",
}
STALE_LINES: dict[Step, str] = {
    "mask": "The marks have changed: run again.",
    "tune": "The edge has changed since the preview: run again.",
    "fill": "Something has changed since the last repair: run again.",
    "result": "This is the last repair. Something has changed since: run again in Fill.",
}
CLIP_OFFERED = "Looks right? Use it and go on to the mask."
RESULT_TODO = "Nothing to show yet. Repair the clip in step 4, Fill."
TODO_LINES: dict[Step, str] = {
    "clip": CLIP_OFFERED,
    "mask": "{marks}. Good on this frame? Follow it through the clip.",
    "tune": "Inside the line is replaced; the glow around it is blended.",
    "fill": "Ready. Every pixel outside the mask stays exactly as it is.",
    "result": RESULT_TODO,
}

# Clip
UPLOAD = "Choose a video"
UPLOAD_HELP = "MP4, MOV, WebM, MKV, AVI or GIF, up to {size}."
EXAMPLES = "Or start from an example"
CLIP_TODO = "Pick a clip to begin."
CLIP_IN_USE = DONE_LINES["clip"]
CLIP_REPLACES = "It replaces the clip and the mask in use. Finished repairs are kept."
PREPARING = "Making a copy that the browser can play"
NO_SOUND = "none"
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
FAULT_CONFIDENCE = ("faint: look closely", "likely", "stands out clearly")
FAULT_SHOW = "Show"
FAULT_USE = "Use as mask"

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
    "not": "Click what was marked by mistake.",
    "box": "Drag a box around the thing; it is followed from there.",
    "brush": "Paint over the thing on this frame.",
    "erase": "Paint away what was marked by mistake on this frame.",
    "region": "Drag a rectangle that stays put on every frame, as for a logo.",
}
BRUSH_SIZE = "Brush size"
UNDO = "Undo"
LARGER = "Larger"
SMALLER = "Smaller"
CLEAR = "Clear"
MASK_UPLOAD = "Use a finished mask"
MASK_UPLOAD_HELP = "A video or one image, where white is what goes; or RLE as .json."
MORE = "More"
MASK_NO_CLIP = "First choose a clip."
MASK_TODO = "Click the thing that should go, on any frame."
MASK_DONE = "Found on {found} of {frames} frames. Play to check it. Next: Tune."
MASK_NOWHERE = "The mask is empty on every frame. Click the thing again, or draw a box around it."
MASK_EMPTY_CLICK = "Nothing was found at that click. Click again, or draw a box around the thing."
MASK_LARGEST = "No larger region was found at the click. Click what is missing, or draw a box."
MASK_SMALLEST = "No smaller region was found at the click. Click what is too much with Not this."
MASK_ALL_HIDDEN = "Every object is hidden. Show one, or mark something."
COUNTED_MARKS = {
    "click": ("click", "clicks"),
    "box": ("box", "boxes"),
    "paint": ("painted frame", "painted frames"),
    "keyframe": ("key frame", "key frames"),
    "region": ("fixed region", "fixed regions"),
}
SINGLE_MARKS = {
    "captions": "captions",
    "missing": "missing pixels",
    "shadow": "its shadow",
    "mask": "a finished mask",
}
OBJECT_NAME = "Object {number}"
OBJECTS = {
    "list": "Objects",
    "add": "Another object",
    "pick": "Mark {name}",
    "hide": "Hide {name}",
    "show": "Show {name}",
    "drop": "Delete {name}",
    "rename": "Name of {name}",
    "none": "no marks yet",
}
NOTES_TITLE = "Check these frames"
NOTES_MORE = "and {count} more"
NOTES_ADD = "Add this piece on frame {frame}, and follow"
NOTES_GONE = "the mask has changed since this was noted; follow again to check it"
KEYFRAMES = "Interpolate between painted frames"
KEYFRAMES_HELP = "Painted frames become key frames: the shape changes evenly between them."
SHADOW = "Remove its shadow too"
SHADOW_HELP = "Adds the darker area attached to the object, once it is followed."
MASK_RESIZE = "Scale a finished mask to the clip's size"
SAVE_MASK = "Save the mask:"
SAVE_KINDS = [("mkv", "video (.mkv)"), ("json", "RLE (.json)")]
CAPTIONS_TITLE = "Captions and logos"
CAPTIONS_FIND = "Find captions"
CAPTIONS_CHOOSE = "Captions to remove"
CAPTIONS_SHAPE = "Remove"
CAPTIONS_SHAPES = [("The letters", "letters"), ("The whole box", "box")]
CAPTIONS_NONE = "No burned-in text was found. Draw a fixed region or a box over it instead."
CAPTION = "\u201c{text}\u201d, {frames}"
MISSING_FIND = "Find missing pixels"
MISSING_HELP = "Transparent pixels, the moving black border of a stabilised clip, and lost blocks."
MISSING_FOUND = "Found: {kinds}."
MISSING_KINDS = {
    "transparent": "transparent pixels on {frames} of {all} frames",
    "border": "a moving border on {frames} of {all} frames",
    "block": "lost blocks on {frames} of {all} frames",
}
LOGO_FIND = "Find a logo"
LOGO_NONE = "No logo was found: nothing stays put while the rest moves. Use Fixed region instead."
WORDS_TITLE = "Find by words"
WORDS_LABEL = "What to find"
WORDS_EXAMPLE = "the red car"
WORDS_FIND = "Find"
WORDS_CHOOSE = "Found, with its score"
WORDS_BOX_SCORE = "Lowest score of an object"
WORDS_TEXT_SCORE = "Lowest score of a word"
WORDS_EMPTY = "Say what to find, as in 'the red car'."
TRACKER = "Tracker"
TRACKER_AUTO = "The best one available"
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
MATTE_HELP = "For hair and motion blur: estimates how much of each pixel belongs to the object."
INVERT = "Replace everything but this"
FRAMES_FROM = "From frame"
FRAMES_TO = "To frame"
FRAMES_HELP = "Only these frames are repaired, both ends included."
FRAMES_ORDER = "The first frame must come before the last."
TUNE_NO_MASK = "First follow the mask through the clip."

# Fill
STRATEGY = "How to fill"
PROMPT = "What should be there instead"
PROMPT_NONE = "{strategy} takes no words: it removes, and adds nothing new."
PROMPT_HELP = "Optional. A few words on what belongs there."
PROMPT_NO_MODEL = "No model that follows words is here, so they would change nothing. {remedy}."
COPY_LABEL = "Copy from"
COPY_FROM = [("A clean frame", "frame"), ("A picture", "picture"), ("Another place", "clone")]
COPY_FRAME = "Use this frame as the clean plate"
COPY_PICTURE = "Choose a picture"
COPY_PICTURE_NONE = "First choose a picture, as PNG or JPEG."
COPY_STILL = "It is the frame on the stage, repaired"
COPY_STILL_HELP = "For a frame that you saved and painted elsewhere. Otherwise its place is found."
COPY_RIGHT = "Pixels to the right"
COPY_DOWN = "Pixels down"
COPY_PREVIEW = "Try it on this frame"
COPY_TODO = {
    "frame": "Go to a frame without the object, or where it stands elsewhere.",
    "picture": "A picture of the same place, at any size.",
    "clone": "Click on the stage where to copy from, or enter the distance from the mask.",
}
COPY_FRAMED = "Frame {frame} is copied."
COPY_PICTURED = "{name} is copied; its place is found by what it shows."
COPY_STILLED = "{name} is copied, as frame {frame}."
COPY_CLONED = "Copied from {dx}, {dy} pixels away, as frame {frame} shows it."
COPY_ITSELF = "That is the mask itself. Click beside it, on what should be there."
COPY_NO_HOLE = "Nothing is masked on this frame. Go to one that shows the object."
NOT_HERE = "{title} (not here)"
WORKS_WITH = "Works with {weights}."
MODEL_HERE, MODEL_ABSENT = "here", "not here"
MODEL_OPTIONS = {
    "model": ("Model", "A model that is not here is not downloaded by a repair."),
    "negative_prompt": ("What should not be there", "Negative prompt: a few words to avoid."),
    "steps": ("Steps", "Denoising steps: more are slower, often finer. 0: the model's default."),
    "guidance": ("Follow the words", "Guidance scale. 1 or less: hardly. 0: the model's default."),
    "conditioning": (
        "Follow the surroundings",
        "Conditioning scale, for Wan VACE only. 0: the model's default, 1.",
    ),
    "repaint_times": (
        "Repeats",
        "RePaint's r, for a model that was not trained to fill holes. 0: off.",
    ),
    "repaint_jump": ("Steps of each repeat", "RePaint's j: how many steps it goes back."),
    "rim_guidance": (
        "Match the border",
        "At each step, to avoid a seam. 1 is usual, 2 the most; up to 6 times slower. 0: off.",
    ),
    "smoothing": (
        "Even the frames",
        "Along the motion: a bilateral filter over time, or a moving average.",
    ),
    "smoothing_sigma_frames": ("Over frames", "Sigma over time, in frames."),
    "smoothing_sigma_levels": (
        "Over colours",
        "Sigma over colour, in levels of 255: larger differences are kept.",
    ),
    "patient": (
        "Begin even if it takes hours",
        "Without this, a repair that would take hours does not start.",
    ),
}
EXAMPLE_PICTURE = "A picture of what should be there (Wan VACE)"
SMOOTHINGS = [("Where alike", "bilateral"), ("All", "average"), ("Not at all", "none")]
FILL_NO_REFERENCE = "First say what to copy from."
BLEND = "Blend"
BLENDS = [("By the soft edge", "alpha"), ("Match the light at the border (Poisson)", "poisson")]
BLEND_HELP = "Match the light: for a fill that is too bright, too dark or off in colour."
GRAIN = "Match the grain"
GRAIN_HELP = "Gives the fill the noise of the picture around it."
SAFE = "Only models that are free for commercial work"
SAFE_HELP = "Leaves out models whose licence does not allow commercial use."
MEASURE_ALL = "Measure all"
MEASURE_ALL_HELP = "Adds FID, where its packages and weights are here. Slower."
SEED = "Seed"
SEED_HELP = "The same seed gives the same pixels."
AUTO = "Automatic"
AUTO_HELP = "Looks ahead first, then takes what fits best; the result says what and why."
AUTO_TAKES = "Automatic takes {strategy}: {because}."
PROMPT_LOOK = "Look ahead to describe the light, the colours and the texture there in words."
PROMPT_AROUND = "Around the mask: {phrase}."
PROMPT_ADD = "Add these words"
QUESTIONS_LABEL = "Only you can see this: tick what is true"
QUESTIONS: dict[Question, str] = {
    "keeper": "The rest of the shot is no keeper",
    "framing": "Framing or light is wrong",
    "bodies": "Bodies or props touch there",
}
PRICE = "Price of one generation"
FITS = "{strategy} fits better: {because}."
LOOK = "Look ahead"
LOOK_HELP = (
    "Before any fill: how much of the hole other frames show, how much must be invented, and "
    "whether a repair is worth it."
)
LOOK_STALE = "The mask has changed since you looked ahead: look again."
LOOK_LEFT = "Mask: {sentence}"
LOOK_LEGEND = ("seen in another frame", "never seen")
FILL_NO_MASK = TUNE_NO_MASK
FILL_STALE_MASK = "The mask is out of date. Follow it again first."
FILL_NOT_HERE = "{strategy} cannot work here yet: what it needs is listed above."
RESUME = "Continue where it stopped"
PARTS_KEPT = "{finished} of {windows} parts of the repair are finished and kept."
PARTS_UNFIT = "Something has changed, so the repair starts over. Change it back to continue."
CANCEL = "Cancel"
CANCELLED = "Stopped. Everything you made is still here."
STOPPING = "Stopping"
WAITING = "Waiting for its turn"
STARTING = "Starting"
REPAIRS_SPAN = "Repairs {frames} of the last result; all else in it stays."
REPAIR_EVERYTHING = "Repair everything instead"
NO_SUCH_FRAME = "There is no such frame in this clip; click the span again."
RESULT_GONE = "That result is no longer kept; choose 'Repair everything instead'."

# Result
LEFT_TITLE = "Left over"
LEFT_TAKE = "Add it to the mask"
LEFT_TAKEN = (
    "What is left over was added to the mask, as an object of its own. Next: Repair, in Fill."
)
LEFT_TAKEN_STALE = (
    "What is left over was added to the mask. Next: follow the other marks in Mask, then Repair."
)
LEFT_NONE = "Nothing is left over to add; repair the clip again in step 4, Fill."
SHARED = "Anyone with this link can see the clip before and after:"
COPY = "Copy link"
COPIED = "Copied"
KEPT_HOSTED = "Every repair is kept on this server under its link."
KEPT_IN = "Every repair is kept in {folder} until you delete it there."
RUNS = "Earlier repairs"
RUN_COUNTS = ("", "1 repair", "{count} repairs")

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
    ("Result", "Compare before and after, check the numbers, download or share."),
]
KEYS_TITLE = "Keyboard"
KEYS = [
    ("Space", "play or pause"),
    ("Left, Right", "one frame; with Shift, ten"),
    ("A", "add"),
    ("S", "not this"),
    ("+, -", "a larger or a smaller region at the last click"),
    ("Z", "undo"),
    ("F", "follow through the clip"),
    ("R", "repair"),
    ("?", "this help"),
]
