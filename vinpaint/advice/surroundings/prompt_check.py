"""Warn about prompts that are too vague.

A good prompt describes the content and its context: the light, the colours and the surface. Vague
prompts produce fills whose colours differ from their surroundings, so that the border is visible.
The check compares words with lists and may be wrong. No prompt is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vinpaint.advice.surroundings.measure import Surroundings
from vinpaint.advice.wording.phrases import join_words

_MIN_WORDS = 2
"""Minimum number of content words in a concrete prompt."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STOP_WORDS = _words(
    "a an the of in on at to and or with by for from as is are be it its this that there some any "
    "like same just very really more most so please make put add into over under out"
)
_VAGUE = _words(
    "nice good better best great beautiful pretty perfect realistic real natural normal proper "
    "clean quality high professional cinematic amazing cool-looking something anything stuff thing "
    "things background scene image picture video appropriate matching suitable seamless"
)
_COMMANDS = _words("remove delete erase fix repair replace clear hide get rid clean")
_NEGATIONS = _words("no not without none never nobody nothing dont don't")
_LIGHT = _words(
    "light lights lit lighting lamp lamps sun sunny sunlight sunset sunrise daylight shade shaded "
    "shadow shadows bright dark dim overcast cloudy night neon candle window backlit glow golden "
    "warm cool cold soft hard noon dusk dawn moonlight"
)
_COLOURS = _words(
    "black white grey gray red orange yellow green blue purple pink brown beige turquoise olive "
    "golden silver colour colours color colors pale palette"
)
_SURFACES = _words(
    "grass gravel sand stone stones brick bricks wood wooden plank planks concrete asphalt metal "
    "water glass plaster leaves foliage earth soil snow tile tiles tiled fabric cloth carpet paper "
    "smooth rough fine coarse striped stripes texture textured surface grain grainy wet dry matte "
    "shiny glossy worn cracked wall floor fence hedge bark rock rocks moss sky clouds"
)
_TONES = (("warm", "cool"), ("cool", "warm"), ("cold", "warm"))
"""Pairs of a word in the prompt and the measured tone that it contradicts."""


def prompt_warnings(prompt: str, around: Surroundings | None = None) -> tuple[str, ...]:
    """Return a sentence for each thing that the prompt leaves open or contradicts, worst first.

    Returns () for a prompt that describes the content, its light and its surface.
    """
    words = re.findall(r"[\w'-]+", prompt.lower())
    if not words:
        return (
            "Describe what should be there, and how it looks: 'a brick wall, warm lamp light'.",
        )
    return (*_check_content(words), *_check_context(words, around), *_check_tone(words, around))


def _check_content(words: list[str]) -> Iterator[str]:
    if words[0] in _COMMANDS or words[:2] == ["take", "out"]:
        yield (
            f"'{words[0]}' says what to remove, which the mask does already. "
            "Describe what should be there instead."
        )
    vague = [word for word in words if word in _VAGUE]
    concrete = [word for word in words if word not in _STOP_WORDS | _VAGUE | _COMMANDS]
    if len(concrete) < _MIN_WORDS:
        prefix = f"'{vague[0]}' fits anything. " if vague else ""
        yield f"{prefix}Name the thing and what it is made of: 'wet grey gravel', not 'ground'."
    negation = next((word for word in words if word in _NEGATIONS), None)
    if negation is not None:
        yield f"What follows '{negation}' tends to appear. Describe what is there instead."


def _check_context(words: list[str], around: Surroundings | None) -> Iterator[str]:
    topics = (("the light", _LIGHT), ("the colours", _COLOURS), ("the surface", _SURFACES))
    missing = [name for name, known in topics if not known.intersection(words)]
    if len(missing) > 1:
        hint = ". The words below describe them" if around is not None else ""
        yield f"It leaves {join_words(missing)} open, so the fill may not match{hint}."


def _check_tone(words: list[str], around: Surroundings | None) -> Iterator[str]:
    if around is None or around.temperature_k is None:
        return
    for word, measured in _TONES:
        if word in words and around.tone == measured:
            yield (
                f"You say '{word}', but the picture around it is {measured} "
                f"({around.temperature_k:.0f} K): the border may show."
            )
