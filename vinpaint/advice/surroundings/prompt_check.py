"""Gentle warnings on a prompt that leaves too much open.

The second seed: "describe the fill content concretely (what should be there) and the surrounding
context (lighting source, palette, surface texture)"; "vague prompts on a masked region produce seam
artifacts where the fill's color temperature drifts from the plate". Words are compared with lists:
a warning may be wrong, and nothing is refused for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vinpaint.advice.surroundings.measure import Surroundings

_FEWEST_WORDS = 2
"""Words of content, below which nothing concrete can have been said."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EMPTY = _words(
    "a an the of in on at to and or with by for from as is are be it its this that there some any "
    "like same just very really more most so please make put add into over under out"
)
_VAGUE = _words(
    "nice good better best great beautiful pretty perfect realistic real natural normal proper "
    "clean quality high professional cinematic amazing cool-looking something anything stuff thing "
    "things background scene image picture video appropriate matching suitable seamless"
)
_ORDERS = _words("remove delete erase fix repair replace clear hide get rid clean")
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
"""A word of the prompt, and the measured tone that it goes against."""


def prompt_warnings(prompt: str, around: Surroundings | None = None) -> tuple[str, ...]:
    """What the prompt leaves open, or says against what was measured: sentences, the worst first.

    Empty for a prompt that says what is there, in which light, and of what surface.
    """
    words = re.findall(r"[\w'-]+", prompt.lower())
    if not words:
        return ("Say what should be there, and how it looks: 'a brick wall, warm lamp light'.",)
    return tuple(one for check in _CHECKS for one in check(words, around))


def _orders(words: list[str], _around: Surroundings | None) -> Iterator[str]:
    if words[0] in _ORDERS or words[:2] == ["take", "out"]:
        yield (
            f"'{words[0]}' tells what should go; the mask says that already. "
            "Say what should be there instead."
        )


def _concrete(words: list[str], _around: Surroundings | None) -> Iterator[str]:
    vague = [word for word in words if word in _VAGUE]
    said = [word for word in words if word not in _EMPTY | _VAGUE | _ORDERS]
    if len(said) < _FEWEST_WORDS:
        because = f"'{vague[0]}' fits anything. " if vague else ""
        yield f"{because}Name the thing and what it is made of: 'wet grey gravel', not 'ground'."


def _negations(words: list[str], _around: Surroundings | None) -> Iterator[str]:
    found = next((word for word in words if word in _NEGATIONS), None)
    if found is not None:
        yield f"What follows '{found}' tends to appear. Say what is there instead."


def _context(words: list[str], around: Surroundings | None) -> Iterator[str]:
    parts = (("the light", _LIGHT), ("the colours", _COLOURS), ("the surface", _SURFACES))
    missing = [name for name, known in parts if not known.intersection(words)]
    if len(missing) > 1:
        rest = f"{', '.join(missing[:-1])} and {missing[-1]}"
        add = "; the words below say them" if around is not None else ""
        yield f"It leaves {rest} open: a fill that drifts in colour shows at its seam{add}."


def _against(words: list[str], around: Surroundings | None) -> Iterator[str]:
    if around is None or around.temperature_k is None:
        return
    for said, measured in _TONES:
        if said in words and around.tone == measured:
            yield (
                f"You say '{said}', and the picture around is {measured} "
                f"({around.temperature_k:.0f} K): the seam may show."
            )


_CHECKS: tuple[Callable[[list[str], Surroundings | None], Iterator[str]], ...] = (
    _orders,
    _concrete,
    _negations,
    _context,
    _against,
)
