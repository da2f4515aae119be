"""What every test may want: real clips, odd media, and a home of its own for results."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # One thread a worker: the tests' networks are tiny, and threads that wait for one another
    # take twice the time. Set before torch is imported; processes that tests start inherit it.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

MEDIA = {
    "clips": ("VINPAINT_CLIPS", "a folder of DAVIS-style clips"),
    "odd_media": ("VINPAINT_ODD_MEDIA", "a folder of odd media files"),
    "bugs": ("VINPAINT_BUGS", "a folder of inputs that once went wrong"),
}
"""Marker: the variable that names its folder, and what lies there."""
REQUIRED = "VINPAINT_REQUIRE_MEDIA"
"""With this set to 1, a test that lacks its media fails instead of being skipped."""


def pytest_configure() -> None:
    """A developer's own engines are not seen either; they are read when strategies are imported."""
    os.environ["XDG_CONFIG_HOME"] = str(Path(__file__).parent / "no-such-folder")
    os.environ.pop("VINPAINT_ENGINES", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever takes a folder of media as a fixture is marked by its name."""
    for item in items:
        for name in MEDIA:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, (variable, what) in MEDIA.items():
        if item.get_closest_marker(name) and not _folder(variable):
            missing = f"{variable} does not name {what}"
            if os.environ.get(REQUIRED) == "1":
                pytest.fail(missing, pytrace=False)
            pytest.skip(missing)


@pytest.fixture(autouse=True, scope="session")
def no_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a developer's machine has fetched is not seen: 'auto' means the same everywhere."""
    empty = str(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", empty)
        patch.setenv("HF_HOME", empty)
        patch.delenv("VINPAINT_MODELS", raising=False)
        yield


def _folder(variable: str) -> Path | None:
    path = Path(os.environ.get(variable, ""))
    return path if variable in os.environ and path.is_dir() else None


@pytest.fixture(scope="session")
def clips() -> Path:
    """`<clip>/frames/*.jpg` and `<clip>/masks/*.png` (white = the object)."""
    return Path(os.environ["VINPAINT_CLIPS"])


@pytest.fixture(scope="session")
def odd_media() -> Path:
    """The odd and hostile files."""
    return Path(os.environ["VINPAINT_ODD_MEDIA"])


@pytest.fixture(scope="session")
def bugs() -> Path:
    """`<id>/...`: inputs on which the software went wrong, with a README each."""
    return Path(os.environ["VINPAINT_BUGS"])


@pytest.fixture(scope="session", autouse=True)
def results_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """No test writes among the user's own results."""
    folder = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VINPAINT_RESULTS", str(folder))
        yield folder


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for the user's own engines, which are forgotten afterwards."""
    from vinpaint import strategies

    monkeypatch.setenv("VINPAINT_ENGINES", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    before = dict(strategies.ENGINES)
    yield tmp_path / "own"
    for name in strategies.ENGINES.keys() - before.keys():
        del strategies.ENGINES[name], strategies.STRATEGIES[name]
