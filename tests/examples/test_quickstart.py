"""The quickstart notebook runs from its first cell to its last, and shows the result."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.making import short_walker

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples" / "quickstart.ipynb"


@pytest.mark.slow
def test_the_notebook_runs_and_shows_the_repair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    short_walker(tmp_path / "walker.mp4", frames=60)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert len(notebook.cells) == 6
    client = NotebookClient(notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    shown = [output for output in notebook.cells[3].outputs if output.output_type != "stream"]
    html = shown[0]["data"]["text/html"]
    assert html.count("data:image/jpeg") == 2
    assert "<table>" in html
    assert (tmp_path / "fixed.mkv").stat().st_size > 100_000


def test_no_output_is_committed() -> None:
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        assert cell.cell_type == "code"
        assert cell.outputs == []
