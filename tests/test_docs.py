"""What the README's tables say of strategies, engines and weights is what the code knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vinpaint import models
from vinpaint.core import FillSettings
from vinpaint.strategies import ENGINES, STRATEGIES
from vinpaint.strategies.external.engine_file import read_engine_file
from vinpaint.strategies.external.external import SHIPPED

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def table(first: str) -> dict[str, dict[str, str]]:
    """The table whose first heading is this: rows by their bare name, cells by their heading."""
    lines = iter(TEXT.splitlines())
    heads = next(cells(line) for line in lines if line.startswith(f"| {first} |"))
    next(lines)
    rows = {}
    for line in lines:
        if not line.startswith("|"):
            return rows
        name, *rest = cells(line)
        rows[name.strip("*`")] = dict(zip(heads[1:], rest, strict=True))
    return rows


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


STRATEGY_ROWS, ENGINE_ROWS, WEIGHT_ROWS = table("strategy"), table("engine"), table("weights")


def test_every_strategy_and_every_engine_has_its_row_and_no_cell_is_empty() -> None:
    own = [name for name in STRATEGIES if name not in ENGINES]
    assert list(STRATEGY_ROWS) == [*own, "outside:NAME"]
    assert set(ENGINE_ROWS) == {f"outside:{path.stem}" for path in SHIPPED.glob("*.toml")}
    heads = {"best for", "needs", "licence", "measured here", "not measured"}
    assert all(set(row) == heads for row in STRATEGY_ROWS.values())
    for rows in (STRATEGY_ROWS, ENGINE_ROWS, WEIGHT_ROWS):
        assert all(cell for row in rows.values() for cell in row.values())


@pytest.mark.parametrize("name", [name for name in STRATEGIES if name not in ENGINES])
def test_size_and_licence_of_what_a_strategy_needs_are_the_register_s(name: str) -> None:
    row = STRATEGY_ROWS[name]
    needed = [models.weights_entry(one) for one in STRATEGIES[name].weights(FillSettings(name))]
    for entry in needed:
        assert entry.licence in row["licence"]
        size = models.describe_size(entry).removeprefix("about ")
        number, unit = size.split()
        said = row["needs"] if "the same" not in row["needs"] else STRATEGY_ROWS["hybrid"]["needs"]
        assert re.search(rf"\b{re.escape(number)}\b.*\b{unit}\b", said), (size, said)
    if not needed:
        assert row["licence"] == "this project's"
    sold = all(entry.commercial for entry in needed)
    assert ("not for commercial use" in row["licence"]) is not sold


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_what_is_said_of_an_engine_is_what_its_file_says(path: Path) -> None:
    recipe, row = read_engine_file(path), ENGINE_ROWS[f"outside:{path.stem}"]
    assert recipe.licence in row["licence"]
    assert ("commercial use" in row["licence"]) is not recipe.commercial
    assert [f"`{name}`" for name in recipe.unset_variables()] == [
        row["needs: your checkout, named by"]
    ]


def test_the_table_of_weights_has_every_size_and_licence() -> None:
    said = "\n".join(" | ".join((name, *row.values())) for name, row in WEIGHT_ROWS.items())
    for entry in models.WEIGHTS.values():
        size = models.describe_size(entry).removeprefix("about ").removesuffix(".0 GB")
        assert re.search(rf"\b{re.escape(size.split()[0])}\b", said), entry.name
        licence = entry.licence.removeprefix("CreativeML OpenRAIL").split(" Non-Commercial")[0]
        assert licence in said, entry.name
