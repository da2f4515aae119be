"""Format short texts: marks, the time left, the properties of a clip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vinpaint.core import Prompt, TextPrompt, format_length, format_rate
from vinpaint.media import Clip
from vinpaint.ui import texts


def describe_marks(prompts: Sequence[Prompt]) -> str:
    """Return a summary of prompts, such as '2 clicks, 1 box'."""
    counts = Counter(str(prompt.kind) for prompt in prompts)
    parts = [
        f"{counts[kind]} {one if counts[kind] == 1 else many}"
        for kind, (one, many) in texts.COUNTED_MARKS.items()
        if counts[kind]
    ]
    for prompt in prompts:
        if isinstance(prompt, TextPrompt):
            parts.append(f"\u201c{prompt.text}\u201d")
        elif prompt.kind in texts.SINGLE_MARKS:
            parts.append(texts.SINGLE_MARKS[prompt.kind])
    line = ", ".join(parts)
    return line[:1].upper() + line[1:]


def format_time_left(seconds: float | None) -> str:
    """Return the time left, such as 'about 40 s left', or an empty string if unknown."""
    if seconds is None:
        return ""
    if seconds > 90:
        return texts.LEFT_MINUTES.format(count=round(seconds / 60))
    return texts.LEFT_SECONDS.format(count=max(1, round(seconds)))


def clip_facts(clip: Clip) -> dict[str, str]:
    """Return size, length, frame rate and sound of a clip, by their labels."""
    sound = texts.NO_SOUND
    if clip.sound:
        first = clip.sound[0]
        sound = f"{first.codec.upper()}, {first.rate_hz / 1000:g} kHz"
    frames = "1 frame" if clip.frames == 1 else f"{clip.frames} frames"
    return {
        texts.FACT_SIZE: f"{clip.width} × {clip.height}",
        texts.FACT_LENGTH: f"{format_length(clip.seconds)}, {frames}",
        texts.FACT_RATE: f"{format_rate(clip.fps)} frames a second",
        texts.FACT_SOUND: sound,
    }
