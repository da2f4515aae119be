"""Track lines of text over time, and locate the exact frames that show them.

Text is recognised on sampled frames. Recognised lines are linked into tracks, and then compared
with the frames around to find the first and the last frame that shows them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import partial, reduce
from itertools import combinations

import numpy as np

from vinpaint.core import Box, Frames, Progress, Span
from vinpaint.masks.detect.glyphs import (
    PRESENT_SIMILARITY,
    CropReader,
    Glyphs,
    displacement,
    extract_glyphs,
    similarity,
)
from vinpaint.masks.detect.grounding_dino import box_overlap, greedy_matching
from vinpaint.masks.detect.ocr import OcrLine, TextReader, run_interruptible
from vinpaint.media import Clip

SAMPLE_SECONDS = 0.25
"""Interval between sampled frames. Text that is shown for a shorter time may be missed."""
GLYPH_FRAMES = 9
"""Maximum number of frames from which a line's letters are segmented."""
_MIN_SCORE = 0.7
"""Minimum mean confidence of a line that is recognised more than once."""


@dataclass
class LineTrack:
    """One line of text over time. `readings`: (frame number, recognised line), in order."""

    readings: list[tuple[int, OcrLine]] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The first frame on which the line was recognised."""
        return self.readings[0][0]

    @property
    def last(self) -> int:
        """The last frame on which the line was recognised."""
        return self.readings[-1][0]

    @property
    def line(self) -> OcrLine:
        """The latest reading."""
        return self.readings[-1][1]

    @property
    def score(self) -> float:
        """The mean confidence, 0 to 1."""
        return float(np.mean([line.score for _, line in self.readings]))

    @property
    def text(self) -> str:
        """The most frequent text; of equally frequent ones, that of the highest confidence."""
        count = Counter(line.text for _, line in self.readings)
        lines = (line for _, line in self.readings)
        return max(lines, key=lambda line: (count[line.text], line.score)).text

    @property
    def changing(self) -> bool:
        """True if the text changes over time, as that of a clock."""
        count = Counter(line.text for _, line in self.readings)
        return len(self.readings) > 2 and max(count.values()) <= len(self.readings) / 2

    @property
    def box(self) -> Box:
        """The median box."""
        x0, y0, x1, y1 = np.median([line.box for _, line in self.readings], axis=0)
        return Box(int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1)))


@dataclass(frozen=True)
class TextLine:
    """A line of text with its frames, not yet grouped into captions.

    span: the frames that show it; score: mean confidence, 0 to 1; scene: True if it moves with the
    picture; certain: from the first to the last frame on which it was recognised; changing: True if
    its text changes.
    """

    text: str
    box: Box
    span: Span
    score: float
    scene: bool
    certain: Span
    changing: bool = False


def sample_step(clip: Clip) -> int:
    """Return the distance between sampled frames, in frames."""
    return max(1, min(round(float(clip.fps) * SAMPLE_SECONDS), clip.frames // 4))


def track_lines(clip: Clip, reader: TextReader, progress: Progress) -> Iterator[LineTrack]:
    """Yield the track of every line of text, once the line is no longer recognised.

    Tracks of low confidence are left out. `progress` may raise to stop.
    """
    active: list[LineTrack] = []
    samples = sorted({*range(0, clip.frames, sample_step(clip)), clip.frames - 1})
    for i, t in enumerate(samples):
        tick = partial(progress, i / len(samples), f"reading text, frame {t}")
        tick()
        lines = run_interruptible(partial(reader.read, clip[t]), tick)
        active = _continued(active, t, [line for line in lines if _is_legible(line)])
        oldest = samples[max(0, i - 1)]  # a line may be missed on one sample
        yield from (track for track in active if track.last < oldest and _is_reliable(track))
        active = [track for track in active if track.last >= oldest]
    yield from (track for track in active if _is_reliable(track))


def _is_legible(line: OcrLine) -> bool:
    return line.score >= 0.5 and sum(c.isalnum() for c in line.text) >= 2


def _is_reliable(track: LineTrack) -> bool:
    """Return True if the confidence of a track is high enough.

    A line that is recognised only once needs a higher one, because textures can look like letters.
    """
    return track.score >= (_MIN_SCORE if len(track.readings) > 1 else (1 + _MIN_SCORE) / 2)


def _continued(active: Sequence[LineTrack], t: int, lines: Sequence[OcrLine]) -> list[LineTrack]:
    """Append each line of frame `t` to the track that it continues; start tracks for the rest."""
    partner = greedy_matching(active, lines, lambda track, line: _match_score(track.line, line))
    kept = [
        LineTrack([*track.readings, (t, lines[partner[i]])]) if i in partner else track
        for i, track in enumerate(active)
    ]
    fresh = [line for k, line in enumerate(lines) if k not in partner.values()]
    return kept + [LineTrack([(t, line)]) for line in fresh]


def _match_score(before: OcrLine, now: OcrLine) -> float:
    """Return a score of two readings of one line; 0 if they are different lines.

    Readings of one line have similar text, and are in the same place or near each other.
    """
    alike = _text_similarity(before.text, now.text)
    overlap = box_overlap(before.box, now.box)
    if overlap > 0.5 and alike > 0.7:  # otherwise: the next caption in the same place
        return overlap + alike
    height = max(before.box.height, now.box.height)
    distance = np.abs(np.subtract(before.box, now.box)).max() / height
    return alike if alike > 0.75 and distance < 6 else 0.0


def _text_similarity(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


def _area(box: Box | None) -> int:
    return box.width * box.height if box else 0


def locate(crops: CropReader, track: LineTrack) -> TextLine:
    """Determine the box of a line, the frames that show it, and whether it moves."""
    certain = Span(track.first, track.last + 1)
    if _moves(track):
        return TextLine(track.text, track.box, certain, track.score, True, certain)
    if track.changing:  # there is no fixed pattern to compare: extend to the next samples
        gap = sample_step(crops.clip) - 1
        span = Span(max(0, certain.start - gap), min(crops.clip.frames, certain.stop + gap))
        box = reduce(Box.join, (line.box for _, line in track.readings), track.box)
        return TextLine(track.text, box, span, track.score, False, certain, True)
    frames = [t for t, _ in track.readings]
    if len(frames) == 1:  # compare the neighbouring frames, to see whether it moves
        frames = [t for t in range(track.first - 1, track.first + 2) if 0 <= t < crops.clip.frames]
    glyphs = extract_glyphs(crops, track.box, evenly_spaced(frames, GLYPH_FRAMES))
    scene = _is_displaced(crops, track.box, frames)
    span = Span(_end(crops, glyphs, track.first, -1), _end(crops, glyphs, track.last, 1) + 1)
    return TextLine(track.text, track.box, span, track.score, scene, certain)


def _moves(track: LineTrack) -> bool:
    """Return True if both ends of the box moved in one direction, by more than the usual jitter."""
    first, last = track.readings[0][1].box, track.line.box
    steps = np.subtract(last, first).reshape(2, 2)  # ends by axes
    moved = np.where(np.sign(steps[0]) == np.sign(steps[1]), np.abs(steps).min(axis=0), 0)
    return bool(moved.max() > max(5, 0.4 * first.height))


def _is_displaced(crops: CropReader, box: Box, frames: Sequence[int]) -> bool:
    """Return True if the letters are displaced by 2 pixels or more between the given frames."""
    middle = frames[len(frames) // 2]
    glyphs = extract_glyphs(crops, box, [middle])
    reach = max(6, box.height // 2)
    for t in evenly_spaced([t for t in frames if t != middle], 6):
        dx, dy = displacement(glyphs, _padded_crop(crops, t, glyphs.box, reach), reach_px=reach)
        if max(abs(dx), abs(dy)) >= 2:
            return True
    return False


def _padded_crop(crops: CropReader, t: int, box: Box, margin_px: int) -> Frames:
    """Read a box with a margin; outside the picture, its border pixels repeat."""
    inside = box.grow(margin_px, crops.clip.width, crops.clip.height)
    beyond = [margin_px - abs(a - b) for a, b in zip(box, inside, strict=True)]
    pad = ((beyond[1], beyond[3]), (beyond[0], beyond[2]), (0, 0))
    return np.pad(crops.read(t, inside), pad, mode="edge")


def _end(crops: CropReader, glyphs: Glyphs, certain: int, direction: int) -> int:
    """Return the last frame that shows the letters in one direction of time.

    certain: a frame that shows them, from which to search; direction: 1 forwards, -1 backwards. If
    the letters fade out, the first frame below the threshold is included.
    """
    step = sample_step(crops.clip)
    full = last = similarity(glyphs, crops.read(certain, glyphs.box))
    while True:
        start = certain - step if direction < 0 else certain + 1
        span = Span(max(0, start), min(crops.clip.frames, start + step))
        values = [similarity(glyphs, crops.read(t, glyphs.box)) for t in span.frames][::direction]
        for value in values:
            if value < PRESENT_SIMILARITY:
                fades = PRESENT_SIMILARITY / 2 < value < last < 0.8 * full
                return certain + direction if fades else certain
            certain, last = certain + direction, value
        if span.length < step:
            return certain


def evenly_spaced(frames: Sequence[int], most: int) -> list[int]:
    """Return at most `most` of the frames, evenly spaced."""
    if len(frames) <= most:
        return list(frames)
    return [frames[i] for i in np.linspace(0, len(frames) - 1, most).round().astype(int)]


def merge_duplicates(found: Sequence[TextLine]) -> list[TextLine]:
    """Join tracks of one line, which may be split, or not be recognised for a while."""
    kept: list[TextLine] = []
    for line in sorted(found, key=lambda f: (f.scene, -f.certain.length, f.span)):
        twin = next((i for i, other in enumerate(kept) if _same_line(line, other)), None)
        if twin is None:
            kept.append(line)
        elif not line.scene:
            first = kept[twin]
            span = join_spans((first.span, line.span))
            certain = join_spans((first.certain, line.certain))
            box = first.box.join(line.box)
            kept[twin] = replace(first, box=box, span=span, certain=certain)
    return kept


def join_spans(spans: Sequence[Span]) -> Span:
    """Return the smallest span that contains all given spans."""
    return Span(min(span.start for span in spans), max(span.stop for span in spans))


def _same_line(a: TextLine, b: TextLine) -> bool:
    if not a.span.intersection(b.span).length:
        return False
    shared = _area(a.box.intersection(b.box)) / max(1, min(_area(a.box), _area(b.box)))
    alike = _text_similarity(a.text, b.text)
    return shared > 0.6 and (alike > 0.75 or a.certain.intersection(b.certain).length > 0)


def resolve_overlaps(crops: CropReader, found: Sequence[TextLine]) -> list[TextLine]:
    """Shorten the spans of lines that follow one another in one place, so that none overlap.

    `found`: lines without duplicates. Returns them in order of time.
    """
    lines = sorted(found, key=lambda f: f.certain)
    for i, k in combinations(range(len(lines)), 2):
        before, after = lines[i], lines[k]
        if _compete(before, after):
            cut = _change(crops, before, after)
            lines[i] = replace(before, span=Span(before.span.start, cut))
            lines[k] = replace(after, span=Span(cut, after.span.stop))
    return lines


def _compete(before: TextLine, after: TextLine) -> bool:
    if any(line.scene or line.changing for line in (before, after)):
        return False
    meet = before.span.intersection(after.span).length and before.box.intersection(after.box)
    return bool(meet) and before.certain.stop <= after.certain.start


def _change(crops: CropReader, before: TextLine, after: TextLine) -> int:
    """Return the first frame that resembles the second line more than the first."""
    both = [
        extract_glyphs(crops, f.box, evenly_spaced(f.certain.frames, GLYPH_FRAMES))
        for f in (before, after)
    ]
    for t in range(before.certain.stop, after.certain.start):
        old, new = (similarity(glyphs, crops.read(t, glyphs.box)) for glyphs in both)
        if new > old:
            return t
    return after.certain.start
