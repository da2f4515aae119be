"""Four seconds of quiet music, by arithmetic: a soft pad below a plucked figure."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
_CHORDS = ((57, 60, 64, 69), (53, 57, 60, 67), (48, 55, 60, 64), (55, 59, 62, 67))
"""Am, F, C, G, as MIDI notes; one a second."""

Sound = NDArray[np.float64]


def tune(seconds: float = 4.0) -> Sound:
    """(samples, 2) at 48 kHz, -1 to 1: left and right."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    mix = np.zeros((len(time), 2))
    for second, chord in enumerate(_CHORDS):
        for place, note in enumerate(chord):
            side = 0.25 + 0.5 * place / (len(chord) - 1)
            voice = 0.05 * _pad(time, second, _hertz(note))
            pluck = 0.11 * _pluck(time, second + place / 4, _hertz(note + 12))
            mix += (voice + pluck)[:, None] * np.array([1 - side, side])
    fade = np.clip(np.minimum(time / 0.05, (seconds - time) / 0.6), 0, 1)
    return np.asarray(np.tanh(1.6 * mix) * fade[:, None])


def _hertz(note: int) -> float:
    return 440.0 * math.pow(2, (note - 69) / 12)


def _pad(time: Sound, start: float, hertz: float) -> Sound:
    """A slow tone of two strings a little apart, for a second and its echo."""
    age = time - start
    swell = np.clip(np.minimum((age + 0.15) / 0.3, (1.25 - age) / 0.35), 0, 1) ** 2
    strings = np.sin(2 * np.pi * hertz * 1.002 * time) + np.sin(2 * np.pi * hertz * 0.998 * time)
    return np.asarray(swell * strings)


def _pluck(time: Sound, start: float, hertz: float) -> Sound:
    """A string that dies away, its overtones first."""
    age = np.clip(time - start, 0, None)
    attack = np.clip(age / 0.006, 0, 1)
    tones = [
        np.exp(-(3.2 + 2 * order) * age) * np.sin(2 * np.pi * hertz * order * age) / order**1.5
        for order in (1, 2, 3, 4)
    ]
    return np.asarray(attack * np.sum(tones, axis=0))
