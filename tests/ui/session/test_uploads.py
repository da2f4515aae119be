from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.ui.conftest import FRAMES
from vinpaint.core import MediaError, no_op
from vinpaint.media import open_clip, write_frames
from vinpaint.ui.examples import EXAMPLES, read_examples
from vinpaint.ui.page.stage import stage_value, uneven_times
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.session import state
from vinpaint.ui.session.uploads import (
    adopt,
    is_playable,
    start_with_example,
    take_example,
    take_upload,
)


@pytest.fixture
def visit() -> Iterator[Visit]:
    visits = Visits()
    yield visits.of("a")
    visits.close()


def copy_of(path: Path, folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(shutil.copyfile(path, folder / name))


def test_an_upload_moves_into_the_visit_under_its_name(
    visit: Visit, small_clip_path: Path, tmp_path: Path
) -> None:
    upload = copy_of(small_clip_path, tmp_path, "holiday.mp4")
    take_upload(visit, upload)
    offered = visit.session.offered
    assert offered is not None
    assert offered.name == "holiday.mp4"
    assert visit.folder in offered.clip.path.parents
    assert not upload.exists()
    assert visit.session.clip is None


def test_a_refused_upload_leaves_no_file_and_keeps_the_clip(
    visit: Visit, small_clip_path: Path, tmp_path: Path
) -> None:
    take_upload(visit, copy_of(small_clip_path, tmp_path, "good.mp4"))
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    files = set(visit.folder.rglob("*"))
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        take_upload(visit, bad)
    assert set(visit.folder.rglob("*")) == files
    assert visit.session.offered is not None
    assert visit.session.offered.name == "good.mp4"


def test_a_playable_clip_is_shown_as_it_is(
    visit: Visit, small_clip_path: Path, tmp_path: Path
) -> None:
    take_upload(visit, copy_of(small_clip_path, tmp_path, "a.mp4"))
    visit.change(adopt(visit, no_op))
    clip = visit.session.clip
    assert clip is not None
    assert clip.is_source
    assert clip.before is not None
    assert clip.before.read_bytes() == small_clip_path.read_bytes()
    assert state(visit.session, "clip") == "done"


def test_another_clip_gets_a_copy_that_plays(visit: Visit, tmp_path: Path) -> None:
    master = tmp_path / "master.mkv"
    frame = np.full((48, 64, 3), 90, np.uint8)
    write_frames(master, [frame] * FRAMES, fps=25, lossless=True)
    take_upload(visit, master)
    told: list[str] = []
    visit.change(adopt(visit, lambda _, words: told.append(words)))
    clip = visit.session.clip
    assert clip is not None
    assert clip.before is not None
    assert not clip.is_source
    assert is_playable(open_clip(clip.before))
    assert open_clip(clip.before).frames == FRAMES
    assert any("frame 5 of 6" in words for words in told)


def test_an_even_rate_needs_no_times(visit: Visit, small_clip_path: Path, tmp_path: Path) -> None:
    take_upload(visit, copy_of(small_clip_path, tmp_path, "a.mp4"))
    offered = visit.session.offered
    assert offered is not None
    assert uneven_times(offered) is None


def test_the_browser_is_told_no_path(visit: Visit, small_clip_path: Path, tmp_path: Path) -> None:
    take_upload(visit, copy_of(small_clip_path, tmp_path, "a.mp4"))
    visit.change(adopt(visit, no_op))
    told = repr(stage_value(visit))
    assert str(visit.folder) not in told
    assert str(tmp_path) not in told


@pytest.mark.skipif(not EXAMPLES, reason="the project's examples are not beside the package")
def test_an_example_starts_marked_and_ready(visit: Visit) -> None:
    for name, example in EXAMPLES.items():
        start_with_example(visit, name)
        assert visit.session.prompts == example.where
        assert visit.session.frames == example.frames
        assert visit.session.clip is not None
        assert 0 <= visit.session.clip.first_frame < visit.session.clip.clip.frames


def test_an_unknown_example_is_named(visit: Visit) -> None:
    with pytest.raises(MediaError, match="nothing-such"):
        take_example(visit, "nothing-such")


def test_without_the_folder_there_are_no_examples(tmp_path: Path) -> None:
    assert read_examples(tmp_path) == {}
