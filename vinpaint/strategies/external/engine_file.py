"""Engine files: a TOML file that describes how to run an external program.

docs/external-engines.md lists the keys. Placeholders in braces, such as `{frames}`, are replaced
for each call. `${NAME}` is replaced by an environment variable.
"""

from __future__ import annotations

import functools
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen

from vinpaint.core import SettingsError
from vinpaint.runtime.toml import parse_toml
from vinpaint.strategies.resizing import SizeRule
from vinpaint.strategies.temporal_windows import WindowLengths

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

FrameFormat = Literal["folder", "video"]
HoleColour = Literal["white", "black"]

PLACEHOLDERS = (
    *("frames", "masks", "out", "work", "folder", "name", "python"),
    *("width", "height", "count", "fps", "seconds", "prompt", "seed"),
)
"""Names of the placeholders, without braces."""
_BRACES = re.compile(r"\{(\w+)\}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class EngineFile:
    """The description of one external engine. The fields are the keys of the TOML file.

    Args:
        name: stem of the file's name.
        title: display name.
        command: command line, as a list of words; it is not passed to a shell.
        result: path of what the program writes: a video, a folder of images, or a pattern of
            images.
        best_for: one sentence for users: the cases in which the engine is the best choice.
        home: web page of the program.
        folder: folder where the program is installed.
        cwd: working directory; by default `folder`, or else the temporary folder of the call.
        python: interpreter that replaces `{python}`.
        needs: paths that must exist in `folder`.
        licence: name of the licence.
        commercial: whether the licence allows commercial use.
        frames, masks: the format in which the program reads them, 'folder' or 'video'.
        hole: colour of the mask where the program fills, 'white' or 'black'.
        dilates_px: distance by which the program itself dilates the mask.
        fps: frame rate of the videos that are written for the program.
        overlap_frames: minimum number of frames shared by neighbouring windows.
        timeout_seconds: time after which the program is stopped.
        auto: the engine's score for `auto`, 0 to 1. It is chosen if other frames show less than
            this share of the hole; 0 means that it is never chosen automatically.
        size: the frame sizes that the program accepts.
        length: the numbers of frames that the program accepts.
        environment: variables that are added to the program's environment.
    """

    __pydantic_config__ = {"extra": "forbid", "strict": True}  # noqa: RUF012 (read by pydantic)

    name: str
    title: Annotated[str, MinLen(1)]
    command: Annotated[tuple[str, ...], MinLen(1)]
    result: Annotated[str, MinLen(1)]
    best_for: str = ""
    home: str = ""
    folder: str = ""
    cwd: str = ""
    python: str = ""
    needs: tuple[str, ...] = ()
    licence: str = "not stated"
    commercial: bool = False
    frames: FrameFormat = "folder"
    masks: FrameFormat = "folder"
    hole: HoleColour = "white"
    dilates_px: Annotated[int, Ge(0)] = 0
    fps: Annotated[int, Ge(1)] = 24
    overlap_frames: Annotated[int, Ge(0)] = 5
    timeout_seconds: Annotated[float, Ge(1)] = 3600.0
    auto: Annotated[float, Ge(0), Le(1)] = 0.0
    size: SizeRule = field(default_factory=SizeRule)
    length: WindowLengths = field(default_factory=WindowLengths)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def takes_prompt(self) -> bool:
        """Whether the command or the environment contains the placeholder `{prompt}`."""
        return any("{prompt}" in text for text in (*self.command, *self.environment.values()))

    def variables(self) -> list[str]:
        """Return the environment variables that the file names."""
        texts = (self.folder, self.cwd, self.python, *self.needs, *self.command, self.result)
        every = (*texts, *self.environment.values())
        return list(dict.fromkeys(name for text in every for name in _VARIABLE.findall(text)))

    def unset_variables(self) -> list[str]:
        """Return the environment variables that the file names and that are not set."""
        return [name for name in self.variables() if not os.environ.get(name)]

    def files(self) -> list[Path]:
        """Return the files and folders that are known to influence the result.

        These are the interpreter, and those files of the command and paths of `needs` that exist.
        """
        folder, interpreter = self.program_folder(), self.interpreter()
        values = {"python": interpreter, "folder": str(folder)}
        words = [folder / fill_placeholders(word, values) for word in self.command]
        needs = [folder / expand_variables(need) for need in self.needs]
        existing = [path for path in words if _is_file(path)] + [p for p in needs if p.exists()]
        return list(dict.fromkeys([Path(interpreter), *existing]))

    def program_folder(self) -> Path:
        """Return the folder of the program, or the current one if the file names none."""
        return Path(expand_variables(self.folder) or ".").expanduser().absolute()

    def interpreter(self) -> str:
        """Return the path of the Python interpreter that replaces `{python}`.

        It is the one that the file names, or else that of a virtual environment (.venv or venv) in
        the program's folder, or else the one on PATH.
        """
        if self.python:
            return expand_variables(self.python)
        scripts = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
        for environment in (".venv", "venv"):
            if (own := self.program_folder().joinpath(environment, *scripts)).is_file():
                return str(own)
        return shutil.which("python3") or shutil.which("python") or sys.executable

    def missing_requirement(self) -> str:
        """Return one sentence on what is missing to run the engine on this machine, or ''."""
        home = f" ({self.home})" if self.home else ""
        if names := self.unset_variables():
            what = "the folder of your checkout" if names[0] in self.folder else "what it names"
            return f"{self.title} is not set up here; let {names[0]} name {what}{home}"
        folder = self.program_folder()
        if not folder.is_dir():
            return f"{self.title} is not here; {folder} is no folder{home}"
        absent = [need for need in self.needs if not (folder / expand_variables(need)).exists()]
        if absent:
            return f"{self.title} is not complete; {folder} lacks {absent[0]}{home}"
        values = {"python": self.interpreter(), "folder": str(folder)}
        program = fill_placeholders(self.command[0], values)
        if shutil.which(program, path=os.environ.get("PATH")) is None:
            return f"{self.title} cannot start; there is no program '{program}'{home}"
        return ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a word of the command that is too long for a path
        return False


def expand_variables(text: str) -> str:
    """Replace each `${NAME}` by its value in the environment, or by nothing if it is not set."""
    return _VARIABLE.sub(lambda match: os.environ.get(match[1], ""), text)


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """Replace environment variables, and the placeholders that `values` names, in a text."""
    return _BRACES.sub(lambda match: values.get(match[1], match[0]), expand_variables(text))


def read_engine_file(path: Path) -> EngineFile:
    """Parse and check an engine file.

    Raises SettingsError if the file cannot be read or contains a mistake; it names the first one.
    """
    from pydantic import ValidationError

    table: dict[str, Any] = {}
    try:
        table = parse_toml(path.read_text(encoding="utf-8"))
        # as JSON, because pydantic's strict mode accepts arrays for tuples only in JSON
        text = json.dumps({**table, "name": path.stem}, default=str)
        return _checked(_adapter().validate_json(text))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the engine's file cannot be read; check it") from error
    except ValueError as error:
        reason = _explain(error, table) if isinstance(error, ValidationError) else str(error)
        raise SettingsError(
            f"{path.name}: this engine's file cannot be used: {reason.partition(chr(10))[0]}; "
            "correct the file"
        ) from error


@functools.lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[EngineFile]:
    from pydantic import TypeAdapter

    return TypeAdapter(EngineFile)


def _explain(error: ValidationError, table: Mapping[str, Any]) -> str:
    """Return the first mistake that pydantic found, described with the file's keys."""
    details = error.errors()[0]
    kind, location = details["type"], details["loc"]
    key, received = str(location[0]), table.get(str(location[0]))
    limits = details.get("ctx", {})
    if kind == "unexpected_keyword_argument":
        known = [f.name for f in fields(EngineFile) if f.name != "name"]
        return f"there is no key '{location[-1]}'; choose from: {', '.join(known)}"
    if not received and (kind == "missing" or "too_short" in kind):
        return f"'{key}' is missing"
    if kind == "literal_error":
        return f"'{key}' is {str(limits['expected']).replace(chr(39), '')}, received '{received}'"
    if key == "auto":
        return f"'auto' is a share from 0 to 1, received {received}"
    if kind == "greater_than_equal":
        return f"'{key}' is at least {limits['ge']}, received {received}"
    if "fixed" in location:
        return f"'fixed' takes [width, height], received {details['input']}"
    if kind == "value_error" and isinstance(received, dict):
        setting = ", ".join(f"{name} = {value}" for name, value in received.items())
        what = "no size" if key == "size" else "no number of frames"
        return f"[{key}] with {setting} lets {what} through"
    if len(location) > 1 and kind == "string_type":
        return f"'{key}' takes words in quotes, received {received}"
    return f"'{location[-1]}' cannot be {details['input']!r}"


def _checked(engine: EngineFile) -> EngineFile:
    """Check the rules that involve several keys, and return the engine with even video sizes.

    Raises ValueError for an unknown placeholder, or a fixed video size with an odd side.
    """
    _check_placeholders((*engine.command, engine.result, engine.cwd, *engine.environment.values()))
    if "video" not in (engine.frames, engine.masks):
        return engine
    fixed = engine.size.fixed
    if fixed and (fixed[0] % 2 or fixed[1] % 2):
        raise ValueError(f"a video has even sides, received {list(fixed)}")
    even = replace(engine.size, multiple=math.lcm(engine.size.multiple, 2))  # H.264 needs them
    return replace(engine, size=even)


def _check_placeholders(texts: Sequence[str]) -> None:
    for word in (word for text in texts for word in _BRACES.findall(_VARIABLE.sub("", text))):
        if word not in PLACEHOLDERS:
            raise ValueError(f"there is no {{{word}}}; choose from: {', '.join(PLACEHOLDERS)}")
