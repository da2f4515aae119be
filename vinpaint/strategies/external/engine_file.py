"""An engine from outside, described in a small TOML file: its call, what it takes and leaves.

The file says it all; README's "Engines from outside" lists the keys. Words in braces, as in
`{frames}`, are filled in for each call, `${NAME}` is taken from the environment.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from vinpaint.core import SettingsError
from vinpaint.strategies.resizing import SizeRule
from vinpaint.strategies.temporal_windows import WindowLengths

Form = Literal["folder", "video"]
Hole = Literal["white", "black"]

PLACES = (
    *("frames", "masks", "out", "work", "folder", "name", "python"),
    *("width", "height", "count", "fps", "seconds", "prompt", "seed"),
)
"""What may stand in braces."""
_BRACES = re.compile(r"\{(\w+)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Recipe:
    """One engine. The defaults are those of the file's keys.

    `name`: the file's; `folder`: where its program lies, and `needs` what must lie in there;
    `command`: its words, never put through a shell; `result`: the video, folder or pattern of
    images that it leaves; `frames`, `masks`: in which form it takes them; `hole`: which colour of
    the mask is replaced; `dilates_px`: by so much it grows the mask itself; `fps`: of the videos
    that it is given; `overlap_frames`: shared by two windows; `auto`: `auto` takes it where other
    frames show less than this share of the hole, 0: only by name; `commercial`: its licence allows
    commercial use.
    """

    name: str
    title: str
    command: tuple[str, ...]
    result: str
    best_for: str = ""
    home: str = ""
    folder: str = ""
    cwd: str = ""
    python: str = ""
    needs: tuple[str, ...] = ()
    licence: str = "not stated"
    commercial: bool = False
    frames: Form = "folder"
    masks: Form = "folder"
    hole: Hole = "white"
    dilates_px: int = 0
    fps: int = 24
    overlap_frames: int = 5
    timeout_seconds: float = 3600.0
    auto: float = 0.0
    size: SizeRule = field(default_factory=SizeRule)
    length: WindowLengths = field(default_factory=WindowLengths)
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def takes_prompt(self) -> bool:
        """Whether a prompt changes what it does: whether its call has a place for one."""
        return any("{prompt}" in text for text in (*self.command, *self.environment.values()))

    def unset(self) -> list[str]:
        """Variables of the environment that it names and that are not set."""
        return [name for name in self.variables() if not os.environ.get(name)]

    def variables(self) -> list[str]:
        """Variables of the environment that it names."""
        texts = (self.folder, self.cwd, self.python, *self.needs, *self.command, self.result)
        every = (*texts, *self.environment.values())
        return list(dict.fromkeys(name for text in every for name in _VARIABLE.findall(text)))

    def files(self) -> list[Path]:
        """What its work is known to depend on: its interpreter, what it needs, and what its words
        name, in its folder or elsewhere; files and folders that are there.
        """
        folder, program = self.home_folder(), self.interpreter()
        values = {"python": program, "folder": str(folder)}
        words = [folder / filled(word, values) for word in self.command]
        needs = [folder / from_environment(need) for need in self.needs]
        found = [one for one in words if _is_file(one)] + [one for one in needs if one.exists()]
        return list(dict.fromkeys([Path(program), *found]))

    def home_folder(self) -> Path:
        """Where its program lies; this folder where it names none."""
        return Path(from_environment(self.folder) or ".").expanduser().absolute()

    def interpreter(self) -> str:
        """The Python that runs it: named in the file, its folder's own, or the one in PATH."""
        if self.python:
            return from_environment(self.python)
        scripts = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
        for inside in (".venv", "venv"):
            if (own := self.home_folder().joinpath(inside, *scripts)).is_file():
                return str(own)
        return shutil.which("python3") or shutil.which("python") or sys.executable

    def missing_requirement(self) -> str:
        """What to do before it can work here, in one sentence; empty where it can now."""
        see = f" ({self.home})" if self.home else ""
        if names := self.unset():
            what = "the folder of your checkout" if names[0] in self.folder else "what it names"
            return f"{self.title} is not set up here; let {names[0]} name {what}{see}"
        folder = self.home_folder()
        if not folder.is_dir():
            return f"{self.title} is not here; {folder} is no folder{see}"
        missing = [need for need in self.needs if not (folder / from_environment(need)).exists()]
        if missing:
            return f"{self.title} is not complete; {folder} lacks {missing[0]}{see}"
        program = filled(self.command[0], {"python": self.interpreter(), "folder": str(folder)})
        if shutil.which(program, path=os.environ.get("PATH")) is None:
            return f"{self.title} cannot start; there is no program '{program}'{see}"
        return ""


def _is_file(path: Path) -> bool:
    """Also of a word that is no path at all, as a program in one word is."""
    try:
        return path.is_file()
    except OSError:  # longer than a name may be
        return False


def from_environment(text: str) -> str:
    """A text with `${NAME}` as the environment says; nothing where it does not."""
    return _VARIABLE.sub(lambda found: os.environ.get(found[1], ""), text)


def filled(text: str, values: Mapping[str, str]) -> str:
    """A text of a recipe with its variables and braces filled in; other braces stay."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), from_environment(text))


def read_recipe(path: Path) -> Recipe:
    """The recipe of a file. Raises SettingsError, naming the first thing that is wrong."""
    try:
        table = _parsed(path.read_text(encoding="utf-8"))
        return _recipe(path.stem, table)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the engine's file cannot be read; check it") from error
    except ValueError as error:  # what TOML, or a rule of sizes, says of it
        reason = str(error).partition("\n")[0]
        raise SettingsError(
            f"{path.name}: this engine's file cannot be used: {reason}; mend the file"
        ) from error


def _parsed(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return dict(tomllib.loads(text))


_KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("title", "result", "best_for", "home", "folder", "cwd", "python"), str),
    **dict.fromkeys(("licence", "frames", "masks", "hole"), str),
    **dict.fromkeys(("command", "needs"), list),
    "commercial": bool,
    **dict.fromkeys(("dilates_px", "fps", "overlap_frames"), int),
    **dict.fromkeys(("timeout_seconds", "auto"), (int, float)),
    **dict.fromkeys(("size", "length", "environment"), dict),
}
_NEEDED = ("title", "command", "result")


def _recipe(name: str, table: Mapping[str, Any]) -> Recipe:
    for key in _NEEDED:
        if not table.get(key):
            raise ValueError(f"'{key}' is missing")
    _check_kinds(table, _KINDS)
    texts = {key: tuple(table[key]) for key in ("command", "needs") if key in table}
    for key, words in texts.items():
        if not all(isinstance(word, str) for word in words):
            raise ValueError(f"'{key}' takes words in quotes, received {list(words)}")
    rules = {
        "size": _sizes(table.get("size", {})),
        "length": _lengths(table.get("length", {})),
        "environment": _environment(table.get("environment", {})),
    }
    return _checked(Recipe(**{**table, **texts, **rules, "name": name}))


def _check_kinds(table: Mapping[str, Any], kinds: Mapping[str, type | tuple[type, ...]]) -> None:
    for key, value in table.items():
        if key not in kinds:
            raise ValueError(f"there is no key '{key}'; choose from: {', '.join(kinds)}")
        kind = kinds[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ValueError(f"'{key}' cannot be {value!r}")


def _sizes(table: Mapping[str, Any]) -> SizeRule:
    numbers = ("multiple", "longest_px", "least_px", "most_pixels")
    _check_kinds(table, {**dict.fromkeys(numbers, int), "fixed": list})
    fixed = table.get("fixed")
    if fixed is not None and not (len(fixed) == 2 and all(type(side) is int for side in fixed)):
        raise ValueError(f"'fixed' takes [width, height], received {fixed}")
    with _through("size", "no size", table):
        return SizeRule(**{**table, **({"fixed": tuple(fixed)} if fixed else {})})


def _lengths(table: Mapping[str, Any]) -> WindowLengths:
    _check_kinds(table, dict.fromkeys(("least", "most", "step", "rest"), int))
    with _through("length", "no number of frames", table):
        return WindowLengths(**table)


@contextlib.contextmanager
def _through(name: str, nothing: str, table: Mapping[str, Any]) -> Iterator[None]:
    """Says in the file's own words which of its tables asks for what cannot be."""
    try:
        yield
    except ValueError as error:
        given = ", ".join(f"{key} = {value}" for key, value in table.items())
        raise ValueError(f"[{name}] with {given} lets {nothing} through") from error


def _environment(table: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in table.values()):
        raise ValueError("'environment' takes words in quotes")
    return dict(table)


def _checked(recipe: Recipe) -> Recipe:
    for key, value, known in (
        ("frames", recipe.frames, get_args(Form)),
        ("masks", recipe.masks, get_args(Form)),
        ("hole", recipe.hole, get_args(Hole)),
    ):
        if value not in known:
            raise ValueError(f"'{key}' is {' or '.join(known)}, received '{value}'")
    _check_places((*recipe.command, recipe.result, recipe.cwd, *recipe.environment.values()))
    least = {"dilates_px": 0, "overlap_frames": 0, "fps": 1, "timeout_seconds": 1, "auto": 0}
    for key, limit in least.items():
        if getattr(recipe, key) < limit:
            raise ValueError(f"'{key}' is at least {limit}, received {getattr(recipe, key)}")
    if not recipe.auto <= 1:  # nan is no share either
        raise ValueError(f"'auto' is a share from 0 to 1, received {recipe.auto}")
    return _even(recipe) if "video" in (recipe.frames, recipe.masks) else recipe


def _check_places(texts: Sequence[str]) -> None:
    for word in (found for text in texts for found in _BRACES.findall(_VARIABLE.sub("", text))):
        if word not in PLACES:
            raise ValueError(f"there is no {{{word}}}; choose from: {', '.join(PLACES)}")


def _even(recipe: Recipe) -> Recipe:
    """H.264 takes even sides only."""
    fixed = recipe.size.fixed
    if fixed and (fixed[0] % 2 or fixed[1] % 2):
        raise ValueError(f"a video has even sides, received {list(fixed)}")
    return replace(recipe, size=replace(recipe.size, multiple=math.lcm(recipe.size.multiple, 2)))
