"""Generate the tables in the documents from the registries.

    python docs/make_tables.py                    rewrite the tables
    python docs/make_tables.py --check            exit with 1 if a table is out of date
    python docs/make_tables.py --slowest FILE     read test durations, then rewrite the tables

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; NAME is a key of `TABLES`. FILE is
what `pytest --junitxml=FILE` writes, or a log of `pytest --durations=0`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SLOWEST = ROOT / "docs" / "slowest_tests.json"
ENGINES = ROOT / "vinpaint" / "strategies" / "external" / "engines"

_MARKED = re.compile(r"(<!-- table: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_DURATION = re.compile(r"^(\d+\.\d+)s (?:call|setup|teardown) +(\S+)", re.MULTILINE)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n" for row in lines)


def _yes(allowed: bool) -> str:
    return "yes" if allowed else "**no**"


def strategies() -> str:
    """Return one row for each strategy; of several models to choose from, the default's facts."""
    from vinpaint.core import FillSettings
    from vinpaint.models import WEIGHTS, describe_size
    from vinpaint.strategies import STRATEGIES

    rows = []
    for name, strategy in STRATEGIES.items():
        if name.startswith("outside:"):
            continue
        needed = [WEIGHTS[weights] for weights in strategy.weights(FillSettings(name))]
        licences = dict.fromkeys(entry.licence for entry in needed)
        needs = ", ".join(f"`{entry.name}` ({describe_size(entry)})" for entry in needed)
        if strategy.needs_reference:
            needs = "a reference to copy from"
        rows.append(
            (
                f"`{name}`",
                strategy.best_for,
                needs or "nothing",
                "yes" if strategy.takes_prompt else "no",
                "; ".join(licences) or "Apache-2.0 (this project's)",
                _yes(all(entry.commercial for entry in needed)),
            )
        )
    heads = ("strategy", "best for", "needs (default model)", "prompt", "licence", "commercial use")
    return _table(heads, rows)


def weights() -> str:
    """Return one row for each set of learned weights."""
    from vinpaint.models import WEIGHTS, describe_size

    rows = [
        (
            f"`{entry.name}`",
            f"{entry.title}: {entry.purpose}",
            describe_size(entry),
            entry.licence,
            _yes(entry.commercial),
            f"{entry.memory_gb:g} GB{' (measured)' if entry.memory_measured else ''}",
            f"{entry.gpu_gb:g} GB",
        )
        for entry in WEIGHTS.values()
    ]
    heads = ("weights", "for", "download", "licence", "commercial use", "CPU memory", "GPU memory")
    return _table(heads, rows)


def engines() -> str:
    """Return one row for each engine file that is shipped."""
    rows = []
    for path in sorted(ENGINES.glob("*.toml")):
        engine = tomllib.loads(path.read_text(encoding="utf-8"))
        variables = re.findall(r"\$\{(\w+)\}", engine["folder"])
        rows.append(
            (
                f"`outside:{path.stem}`",
                engine["best_for"],
                ", ".join(f"`{variable}`" for variable in variables),
                engine["licence"],
                _yes(engine["commercial"]),
            )
        )
    heads = ("engine", "best for", "variable that names your checkout", "licence", "commercial use")
    return _table(heads, rows)


def metrics() -> str:
    """Return one row for each measure."""
    from vinpaint.quality.metrics import METRICS

    rows = [
        (f"`{name}`", metric.title, metric.unit, metric.better, metric.meaning)
        for name, metric in METRICS.items()
    ]
    return _table(("name", "measure", "unit", "better", "meaning"), rows)


def artifacts() -> str:
    """Return one row for each kind of artifact that is looked for."""
    from vinpaint.quality.artifacts import ARTIFACT_FINDERS

    rows = [
        (f"`{name}`", finder.title, _summary(finder)) for name, finder in ARTIFACT_FINDERS.items()
    ]
    return _table(("kind", "title", "what is found"), rows)


def mask_sources() -> str:
    """Return one row for each mask source."""
    from vinpaint.masks import SOURCES

    rows = [
        (f"`{name}`", source.title, ", ".join(f"`{kind}`" for kind in source.kinds))
        for name, source in SOURCES.items()
    ]
    return _table(("source", "title", "kinds of prompt"), rows)


def trackers() -> str:
    """Return one row for each tracker, in the order that `auto` tries them."""
    from vinpaint.masks import TRACKERS

    rows = [
        (f"`{name}`", tracker.title, f"`{tracker.weights}`" if tracker.weights else "nothing")
        for name, tracker in TRACKERS.items()
    ]
    return _table(("tracker", "title", "weights"), rows)


def flags() -> str:
    """Return one row for each flag of the command line and each meaning that it has."""
    import typer

    from vinpaint.cli import app

    rows: dict[tuple[str, str], list[str]] = {}
    for name, command in _commands(typer.main.get_command(app)):
        for parameter in command.params:
            if parameter.param_type_name != "option" or parameter.hidden:
                continue
            names = [f"`{flag}`" for flag in (*parameter.opts, *parameter.secondary_opts)]
            if parameter.metavar:
                names[-1] = f"{names[-1][:-1]} {parameter.metavar}`"
            rows.setdefault((", ".join(names), parameter.help or ""), []).append(name)
    heads = ("flag", "commands", "meaning")
    return _table(heads, ((flag, ", ".join(used), text) for (flag, text), used in rows.items()))


def _commands(command: Any, name: str = "") -> Iterable[tuple[str, Any]]:
    """Yield each command with its words: ('models fetch', command)."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from _commands(inner, f"{name} {word}".strip())


def slowest() -> str:
    """Return the ten slowest tests, as `--slowest` read them."""
    if not SLOWEST.exists():
        raise SystemExit(
            f"{SLOWEST.relative_to(ROOT)} does not exist; write it with "
            "'python docs/make_tables.py --slowest FILE'"
        )
    rows = [
        (f"`{entry['test']}`", f"{entry['seconds']:.0f}")
        for entry in json.loads(SLOWEST.read_text(encoding="utf-8"))
    ]
    return _table(("test", "seconds"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "strategies": strategies,
    "weights": weights,
    "engines": engines,
    "metrics": metrics,
    "artifacts": artifacts,
    "mask-sources": mask_sources,
    "trackers": trackers,
    "flags": flags,
    "slowest": slowest,
}


def _summary(thing: object) -> str:
    """Return the first sentence of the docstring of an object's class, on one line."""
    text = " ".join((type(thing).__doc__ or "").split("\n\n")[0].split())
    return text.partition(". ")[0].removesuffix(".")


def documents() -> list[Path]:
    """Return the documents that may hold tables."""
    return [*sorted((ROOT / "docs").glob("*.md")), ROOT / "CONTRIBUTING.md"]


def rewritten(text: str) -> str:
    """Return a document with its tables as they should be. Raises KeyError for an unknown name."""
    return _MARKED.sub(lambda match: f"{match[1]}{TABLES[match[2]]()}{match[4]}", text)


def stale() -> list[Path]:
    """Return the documents whose tables are out of date."""
    texts = {path: path.read_text(encoding="utf-8") for path in documents()}
    return [path for path, text in texts.items() if rewritten(text) != text]


def read_durations(text: str, *, count: int = 10) -> list[dict[str, Any]]:
    """Return the slowest tests of a JUnit XML file or a durations log, slowest first.

    Each is {'test': id, 'seconds': float}; set-up and tear-down count.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    if text.lstrip().startswith("<"):
        for case in ElementTree.fromstring(text).iter("testcase"):
            seconds[_test_id(case.attrib)] += float(case.attrib["time"])
    else:
        for duration, test in _DURATION.findall(text):
            seconds[test] += float(duration)
    ranked = sorted(seconds.items(), key=lambda item: (-item[1], item[0]))
    return [{"test": test, "seconds": round(value, 1)} for test, value in ranked[:count]]


def _test_id(attributes: dict[str, str]) -> str:
    """Return 'tests/x/test_y.py::test_z' for a test case of a JUnit XML file."""
    parts = attributes["classname"].split(".")
    file = max(i for i, part in enumerate(parts) if part.startswith("test_")) + 1
    path = "/".join(parts[:file]) + ".py"
    return "::".join((path, *parts[file:], attributes["name"]))


def main() -> int:
    """Rewrite or check the tables; return the exit code."""
    parser = argparse.ArgumentParser(description="Generate the tables in the documents.")
    parser.add_argument("--check", action="store_true", help="change nothing; 1 if out of date")
    parser.add_argument("--slowest", type=Path, metavar="FILE", help="test durations to read first")
    options = parser.parse_args()
    if options.slowest:
        found = read_durations(options.slowest.read_text(encoding="utf-8"))
        SLOWEST.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    paths = stale()
    for path in paths:
        print(f"{'out of date' if options.check else 'rewritten'}: {path.relative_to(ROOT)}")
        if not options.check:
            path.write_text(rewritten(path.read_text(encoding="utf-8")), encoding="utf-8")
    return int(bool(paths) and options.check)


if __name__ == "__main__":
    raise SystemExit(main())
