"""The addresses that the stage reads its pictures from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.ui.conftest import FRAMES, HEIGHT, WIDTH
from tests.ui.session.test_session import tracked_for
from vinpaint.core import Click, Tuning
from vinpaint.masks.tracker.scene_cache import scene_of
from vinpaint.masks.tracker.working_crop import make_crop
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page.media_routes import routes
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session


@pytest.fixture
def browsers() -> Iterator[BrowserSessions]:
    made = BrowserSessions()
    yield made
    made.close()


@pytest.fixture
def browser(browsers: BrowserSessions, session: Session) -> BrowserSession:
    made = browsers.get("a")
    made.change(lambda _: session)
    return made


@pytest.fixture
def client(browsers: BrowserSessions) -> TestClient:
    return TestClient(Starlette(routes=routes(browsers)))


def decoded(content: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_frame_is_a_jpeg_of_its_own_size(client: TestClient, browser: BrowserSession) -> None:
    answer = client.get(f"/visit/{browser.token}/key/frame/2.jpg")
    assert answer.status_code == 200
    assert decoded(answer.content).shape == (HEIGHT, WIDTH, 3)


def test_a_frame_is_prepared_for_its_first_click(
    client: TestClient, browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = browser.session.clip_in_use()
    address = f"/visit/{browser.token}/key/prepare/2"
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 204

    def read_again(*_: object) -> None:
        raise AssertionError("the regions of the frame are computed a second time")

    monkeypatch.setattr("vinpaint.masks.tracker.scene_cache.read_scene", read_again)
    whole = make_crop(clip.box, clip.width, clip.height)
    assert scene_of(clip, 2, whole).graph.labels.shape == whole.size[::-1]
    assert client.post(f"/visit/{browser.token}/key/prepare/{FRAMES}").status_code == 404


def test_a_mask_is_grey_and_follows_the_tuning(client: TestClient, browser: BrowserSession) -> None:
    browser.change(lambda session: add(session, Click(0, 15, 15)))
    browser.change(lambda session: session.with_tracked(tracked_for(session)))
    plain = Tuning(0, 0, 0)
    browser.change(lambda session: session.retune(tuning=plain, invert=False, frames=None))
    found = client.get(f"/visit/{browser.token}/key/mask/found/1/3.png")
    assert int((decoded(found.content) == 255).sum()) == 400
    grown = Tuning(5, 0, 0)
    browser.change(lambda session: session.retune(tuning=grown, invert=False, frames=None))
    tuned = client.get(f"/visit/{browser.token}/key/mask/tuned/2/3.png")
    assert int((decoded(tuned.content) == 255).sum()) > 500


@pytest.mark.parametrize(
    "address",
    [
        "/visit/wrong-token/key/frame/0.jpg",
        "/visit/{token}/wrong-clip/frame/0.jpg",
        f"/visit/{{token}}/key/frame/{FRAMES}.jpg",
        "/visit/{token}/key/frame/-1.jpg",
        "/visit/{token}/media/before-nothing.mp4",
        "/visit/{token}/media/..%2f..%2fetc%2fpasswd",
        "/example/nothing.jpg",
        "/example/..%2fexamples.jpg",
    ],
)
def test_what_is_not_there_is_not_found(
    client: TestClient, browser: BrowserSession, address: str
) -> None:
    assert client.get(address.format(token=browser.token)).status_code == 404


def test_marks_that_find_nothing_show_an_empty_mask(
    client: TestClient, browser: BrowserSession
) -> None:
    browser.change(lambda session: add(session, Click(0, 15, 15, add=False)))
    answer = client.get(f"/visit/{browser.token}/key/mask/found/1/0.png")
    assert answer.status_code == 200
    assert decoded(answer.content)[..., 2].max() == 0


def test_media_come_by_byte_ranges(client: TestClient, browser: BrowserSession) -> None:
    path: Path = browser.new_path("before", ".mp4")
    path.write_bytes(bytes(range(100)))
    address = f"/visit/{browser.token}/media/{path.name}"
    answer = client.get(address, headers={"Range": "bytes=10-19"})
    assert answer.status_code == 206
    assert answer.content == bytes(range(10, 20))


def test_every_example_has_a_picture(client: TestClient) -> None:
    for name in EXAMPLES:
        picture = decoded(client.get(f"/example/{name}.jpg").content)
        assert max(picture.shape) <= 320
