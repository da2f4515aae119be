"""Lines of text over time: read on sampled frames, followed, and their ends found to the frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import partial

import numpy as np

from vinpaint.core import Box, Frames, Progress, Span
from vinpaint.masks.detect.glyphs import THERE, Cuts, Glyphs, drift, likeness, look
from vinpaint.masks.detect.ocr import Line, Reader, waited_for
from vinpaint.media import Clip

SAMPLE_SECONDS = 0.25
"""How far apart frames are read; what is shown for less may be missed."""
LOOKS = 9
"""Frames that a line's letters are taken from."""
_LEAST_SCORE = 0.7


@dataclass
class Run:
    """A line of text, followed over the sampled frames."""

    seen: list[tuple[int, Line]] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The first frame on which it was read."""
        return self.seen[0][0]

    @property
    def last(self) -> int:
        """The last frame on which it was read."""
        return self.seen[-1][0]

    @property
    def line(self) -> Line:
        """The latest reading."""
        return self.seen[-1][1]

    @property
    def score(self) -> float:
        """How surely it was read, on average, 0 to 1."""
        return float(np.mean([line.score for _, line in self.seen]))

    @property
    def text(self) -> str:
        """What was read most often, and then most surely."""
        count = Counter(line.text for _, line in self.seen)
        best = max(self.seen, key=lambda one: (count[one[1].text], one[1].score))
        return best[1].text

    @property
    def changing(self) -> bool:
        """Whether it is read differently from time to time, as a clock is."""
        count = Counter(line.text for _, line in self.seen)
        return len(self.seen) > 2 and max(count.values()) <= len(self.seen) / 2

    @property
    def box(self) -> Box:
        """The median of the boxes."""
        x0, y0, x1, y1 = np.median([line.box for _, line in self.seen], axis=0)
        return Box(int(x0), int(y0), int(np.ceil(x1)), int(np.ceil(y1)))


@dataclass(frozen=True)
class Found:
    """A line with its frames, still alone. `scene`: it moves; `changing`: its letters do."""

    text: str
    box: Box
    span: Span
    score: float
    scene: bool
    sure: Span
    """From the first to the last frame on which it was read."""
    changing: bool = False


def sample_step(clip: Clip) -> int:
    """Frames from one reading to the next."""
    return max(1, min(round(float(clip.fps) * SAMPLE_SECONDS), clip.frames // 4))


def runs(clip: Clip, reader: Reader, progress: Progress) -> Iterator[Run]:
    """Every line of text, as soon as it has gone."""
    running: list[Run] = []
    samples = sorted({*range(0, clip.frames, sample_step(clip)), clip.frames - 1})
    for i, t in enumerate(samples):
        told = partial(progress, i / len(samples), f"reading text, frame {t}")
        told()
        image = clip.read(Span(t, t + 1)).frames[0]
        read = waited_for(partial(reader.read, image), told)
        running = _continued(running, t, [line for line in read if _fair(line)])
        oldest = samples[max(0, i - 1)]  # one sample may fail to read what is there
        yield from (run for run in running if run.last < oldest and _plausible(run))
        running = [run for run in running if run.last >= oldest]
    yield from (run for run in running if _plausible(run))


def _fair(line: Line) -> bool:
    return line.score >= 0.5 and sum(c.isalnum() for c in line.text) >= 2


def _plausible(run: Run) -> bool:
    """What is read once must be read more surely: textures look like letters at times."""
    return run.score >= (_LEAST_SCORE if len(run.seen) > 1 else (1 + _LEAST_SCORE) / 2)


def _continued(running: Sequence[Run], t: int, lines: Sequence[Line]) -> list[Run]:
    """The runs, each with the line of frame `t` that goes on with it; new ones for the rest."""
    pairs = sorted(
        ((-_sameness(run.line, line), i, k) for i, run in enumerate(running)
         for k, line in enumerate(lines)),
    )  # fmt: skip
    partner: dict[int, int] = {}
    for score, i, k in pairs:
        if score < 0 and i not in partner and k not in partner.values():
            partner[i] = k
    kept = [
        Run([*run.seen, (t, lines[partner[i]])]) if i in partner else run
        for i, run in enumerate(running)
    ]
    fresh = [line for k, line in enumerate(lines) if k not in partner.values()]
    return kept + [Run([(t, line)]) for line in fresh]


def _sameness(before: Line, now: Line) -> float:
    """Above 0 where two readings can be one line: by its place, or by its words near by."""
    alike = SequenceMatcher(None, before.text, now.text, autojunk=False).ratio()
    shared = before.box.intersection(now.box)
    union = _area(before.box) + _area(now.box) - _area(shared)
    overlap = _area(shared) / union
    if overlap > 0.5 and alike > 0.7:  # below: the next caption in the same place
        return overlap + alike
    tall = max(before.box.height, now.box.height)
    steps = np.abs(np.subtract(before.box, now.box)).max() / tall
    return alike if alike > 0.75 and steps < 6 else 0.0


def _area(box: Box | None) -> int:
    return box.width * box.height if box else 0


def settled(cuts: Cuts, run: Run) -> Found:
    """Where and when a run's line shows, to the frame, and whether it moves."""
    sure = Span(run.first, run.last + 1)
    if _wanders(run):
        return Found(run.text, run.box, sure, run.score, True, sure)
    if run.changing:  # no pattern to look for: from the readings that fail, one frame inwards
        gap = sample_step(cuts.clip) - 1
        span = Span(max(0, sure.start - gap), min(cuts.clip.frames, sure.stop + gap))
        return Found(run.text, _widest(run), span, run.score, False, sure, True)
    seen = [t for t, _ in run.seen]
    if len(seen) == 1:  # its neighbours show whether it holds still
        seen = [t for t in (seen[0] - 1, seen[0], seen[0] + 1) if 0 <= t < cuts.clip.frames]
    glyphs = look(cuts, run.box, spread(seen, LOOKS))
    scene = _drifts(cuts, run.box, seen)
    span = Span(_end(cuts, glyphs, run.first, -1), _end(cuts, glyphs, run.last, 1) + 1)
    return Found(run.text, run.box, span, run.score, scene, sure)


def _widest(run: Run) -> Box:
    box = run.box
    for _, line in run.seen:
        box = box.join(line.box)
    return box


def _wanders(run: Run) -> bool:
    """Whether both ends of the boxes went the same way, further than readings differ."""
    first, last = run.seen[0][1].box, run.line.box
    steps = np.subtract(last, first).reshape(2, 2)  # ends by axes
    moved = np.where(np.sign(steps[0]) == np.sign(steps[1]), np.abs(steps).min(axis=0), 0)
    return bool(moved.max() > max(5, 0.4 * first.height))


def _drifts(cuts: Cuts, box: Box, seen: Sequence[int]) -> bool:
    """Whether the letters of a middle frame lie elsewhere on another, by 2 pixels or more."""
    middle = seen[len(seen) // 2]
    glyphs = look(cuts, box, [middle])
    reach = max(6, box.height // 2)
    for t in spread([t for t in seen if t != middle], 6):
        dx, dy = drift(glyphs, _cut(cuts, t, glyphs.box, reach), reach_px=reach)
        if max(abs(dx), abs(dy)) >= 2:
            return True
    return False


def _cut(cuts: Cuts, t: int, box: Box, margin_px: int) -> Frames:
    """A box with a whole margin; beyond the picture its edge is repeated."""
    inside = box.grow(margin_px, cuts.clip.width, cuts.clip.height)
    beyond = [margin_px - abs(a - b) for a, b in zip(box, inside, strict=True)]
    pad = ((beyond[1], beyond[3]), (beyond[0], beyond[2]), (0, 0))
    return np.pad(cuts.read(t, inside), pad, mode="edge")


def _end(cuts: Cuts, glyphs: Glyphs, sure: int, way: int) -> int:
    """The last frame, counted from `sure` backwards (-1) or onwards (1), that shows the letters.

    Where they fade, the first frame below the threshold is theirs too.
    """
    step = sample_step(cuts.clip)
    full = last = likeness(glyphs, cuts.read(sure, glyphs.box))
    while True:
        start = sure - step if way < 0 else sure + 1
        span = Span(max(0, start), min(cuts.clip.frames, start + step))
        if way < 0:
            span = Span(span.start, sure)
        likes = [likeness(glyphs, cuts.read(t, glyphs.box)) for t in span.frames][::way]
        for like in likes:
            if like < THERE:
                return sure + way if THERE / 2 < like < last < 0.8 * full else sure
            sure, last = sure + way, like
        if span.length < step:
            return sure


def spread(frames: Sequence[int], most: int) -> list[int]:
    """At most so many of the frames, evenly."""
    if len(frames) <= most:
        return list(frames)
    return [frames[i] for i in np.linspace(0, len(frames) - 1, most).round().astype(int)]


def without_doubles(found: Sequence[Found]) -> list[Found]:
    """One for each line: the reader parts a line at times, or loses it for a while."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda f: (f.scene, -f.sure.length, f.span)):
        twin = next((i for i, other in enumerate(kept) if _same_line(one, other)), None)
        if twin is None:
            kept.append(one)
        elif not one.scene:
            kept[twin] = _joined(kept[twin], one)
    return kept


def _same_line(a: Found, b: Found) -> bool:
    if not a.span.intersection(b.span).length:
        return False
    shared = _area(a.box.intersection(b.box)) / max(1, min(_area(a.box), _area(b.box)))
    alike = SequenceMatcher(None, a.text, b.text, autojunk=False).ratio()
    return shared > 0.6 and (alike > 0.75 or a.sure.intersection(b.sure).length > 0)


def _joined(a: Found, b: Found) -> Found:
    span = Span(min(a.span.start, b.span.start), max(a.span.stop, b.span.stop))
    sure = Span(min(a.sure.start, b.sure.start), max(a.sure.stop, b.sure.stop))
    return replace(a, box=a.box.join(b.box), span=span, sure=sure)


def parted(cuts: Cuts, found: Sequence[Found]) -> list[Found]:
    """Lines that follow one another in one place, each frame given to the one that it shows."""
    lines = sorted(found, key=lambda f: f.sure)
    for i, before in enumerate(lines):
        for k in range(i + 1, len(lines)):
            before, after = lines[i], lines[k]
            if not _compete(before, after):
                continue
            cut = _change(cuts, before, after)
            lines[i] = replace(before, span=Span(before.span.start, cut))
            lines[k] = replace(after, span=Span(cut, after.span.stop))
    return lines


def _compete(before: Found, after: Found) -> bool:
    if any(one.scene or one.changing for one in (before, after)):
        return False
    meet = before.span.intersection(after.span).length and before.box.intersection(after.box)
    return bool(meet) and before.sure.stop <= after.sure.start


def _change(cuts: Cuts, before: Found, after: Found) -> int:
    """The first frame that shows the second line rather than the first."""
    both = [look(cuts, f.box, spread(f.sure.frames, LOOKS)) for f in (before, after)]
    for t in range(before.sure.stop, after.sure.start):
        old, new = (likeness(glyphs, cuts.read(t, glyphs.box)) for glyphs in both)
        if new > old:
            return t
    return after.sure.start
