"""Facts in words: what was marked, how long and how large a clip is, how much time is left."""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import (
    BoxPrompt,
    Captions,
    Click,
    Keyframe,
    MaskFile,
    Painting,
    Prompt,
    Region,
    Shadow,
    TextPrompt,
    format_rate,
)
from vinpaint.media import Clip
from vinpaint.ui import texts


def marks_in_words(prompts: Sequence[Prompt]) -> str:
    """'2 clicks, 1 box': what the visitor has marked."""
    kinds = {
        Click: ("click", "clicks"),
        BoxPrompt: ("box", "boxes"),
        Painting: ("painted frame", "painted frames"),
        Keyframe: ("key frame", "key frames"),
        Region: ("fixed region", "fixed regions"),
    }
    counts = {kind: sum(isinstance(one, kind) for one in prompts) for kind in kinds}
    words = [texts.counted(count, *kinds[kind]) for kind, count in counts.items() if count]
    words += [found for one in prompts if (found := _uncounted(one))]
    line = ", ".join(words)
    return line[:1].upper() + line[1:]


def _uncounted(prompt: Prompt) -> str:
    """What an object has at most one of."""
    match prompt:
        case Captions():
            return texts.CAPTIONS_MARK
        case TextPrompt():
            return f"\u201c{prompt.text}\u201d"
        case Shadow():
            return texts.SHADOW_MARK
        case MaskFile():
            return texts.A_FINISHED_MASK
        case _:
            return ""


def length_in_words(seconds: float) -> str:
    """'4.0 s', '2 min 05 s'."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60):02d} s"


def left_in_words(seconds: float | None) -> str:
    """'about 40 s left'; nothing while it cannot be guessed."""
    if seconds is None:
        return ""
    if seconds > 90:
        return texts.LEFT_MINUTES.format(count=round(seconds / 60))
    return texts.LEFT_SECONDS.format(count=max(1, round(seconds)))


def facts_of(clip: Clip) -> dict[str, str]:
    """Size, length, rate and sound, each under its name."""
    sound = texts.SILENT
    if clip.sound:
        first = clip.sound[0]
        sound = f"{first.codec.upper()}, {first.rate_hz / 1000:g} kHz"
    return {
        texts.FACT_SIZE: f"{clip.width} × {clip.height}",
        texts.FACT_LENGTH: f"{length_in_words(clip.seconds)}, {clip.frames} frames",
        texts.FACT_RATE: f"{format_rate(clip.fps)} frames a second",
        texts.FACT_SOUND: sound,
    }
