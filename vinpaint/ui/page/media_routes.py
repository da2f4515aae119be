"""Routes that serve frames, masks and videos to the stage. The token of a session is random.

/visit/<token>/status                                    the step that is busy, as JSON
/visit/<token>/<clip>/frame/<n>.jpg
/visit/<token>/<clip>/prepare/<n>                        POST: get ready for a click on a frame
/visit/<token>/<clip>/mask/<kind>/<version>/<n>.png      kind: found, tuned, forecast
/visit/<token>/<clip>/mask-<version>.<kind>              the tracked mask as a file
/visit/<token>/media/<name>
/example/<file>.jpg
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from vinpaint import backend
from vinpaint.core import Floats, Job, Tuning, VinpaintError
from vinpaint.media import Clip, open_clip
from vinpaint.ui import texts
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page.outline import jpeg, layered_png
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.state import OpenedClip
from vinpaint.ui.tabs.masking import forecast_layers, frame_masks, prepare_click, tuned_frame

LONGEST_PX = 1600
_CARD_PX = 320
_KEEP = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}


def routes(browsers: BrowserSessions) -> list[Route]:
    """Return the routes. The handlers are not coroutines, so that slow ones run in threads."""

    def session_of(request: Request) -> BrowserSession:
        browser = browsers.by_token(request.path_params["token"])
        if browser is None:
            raise HTTPException(404)
        return browser

    def clip_of(request: Request) -> tuple[BrowserSession, OpenedClip, int]:
        """Return the session, the clip and the frame number of a URL, or raise status 404."""
        browser = session_of(request)
        number = int(request.path_params.get("number", 0))
        for clip in (browser.session.clip, browser.session.opened):
            if clip and clip.key == request.path_params["clip"] and number < clip.clip.frames:
                return browser, clip, number
        raise HTTPException(404)

    def status(request: Request) -> Response:
        browser = session_of(request)
        return JSONResponse({"busy": browser.session.busy}, headers={"Cache-Control": "no-store"})

    def frame(request: Request) -> Response:
        _, opened, number = clip_of(request)
        data = jpeg(opened.clip[number], longest_px=LONGEST_PX)
        return Response(data, media_type="image/jpeg", headers=_KEEP)

    def prepare(request: Request) -> Response:
        browser, opened, number = clip_of(request)
        if browser.preparing.acquire(blocking=False):
            try:
                prepare_click(browser.session, opened.clip, number)
            finally:
                browser.preparing.release()
        return Response(status_code=204)

    def mask(request: Request) -> Response:
        browser, opened, number = clip_of(request)
        layers = _mask_layers(browser, opened.clip, number, kind=request.path_params["kind"])
        data = layered_png(layers, longest_px=LONGEST_PX)
        return Response(data, media_type="image/png", headers=_KEEP)

    def mask_file(request: Request) -> Response:
        browser, opened, _ = clip_of(request)
        kind = request.path_params["kind"]
        path = _mask_file(browser, opened, kind)
        name = f"{Path(opened.name).stem}-mask.{kind}"
        return FileResponse(path, filename=name, headers=_KEEP)

    def media(request: Request) -> Response:
        path = session_of(request).media_file(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=_KEEP)

    def card(request: Request) -> Response:
        example = EXAMPLES.get(request.path_params["name"])
        if example is None:
            raise HTTPException(404)
        return Response(_card(example.path), media_type="image/jpeg", headers=_KEEP)

    return [
        Route("/visit/{token}/status", status),
        Route("/visit/{token}/media/{name}", media),
        Route("/visit/{token}/{clip}/mask-{version}.{kind}", mask_file),
        Route("/visit/{token}/{clip}/frame/{number:int}.jpg", frame),
        Route("/visit/{token}/{clip}/prepare/{number:int}", prepare, methods=["POST"]),
        Route("/visit/{token}/{clip}/mask/{kind}/{version}/{number:int}.png", mask),
        Route("/example/{name}.jpg", card),
    ]


def _mask_layers(
    browser: BrowserSession, clip: Clip, number: int, *, kind: str
) -> dict[int, Floats]:
    """Return the masks to show by object number.

    If the mask cannot be computed, it is empty; the status line shows the error.
    """
    nothing = {1: np.zeros((clip.height, clip.width), np.float32)}
    try:
        if kind == "forecast":
            return forecast_layers(browser.session, clip, number)
        if kind == "tuned":
            return {1: tuned_frame(browser.session, clip, number)}
        return frame_masks(browser, number) or nothing
    except VinpaintError:
        return nothing


def _mask_file(browser: BrowserSession, opened: OpenedClip, kind: str) -> Path:
    """Write the tracked mask, before tuning, to a file; status 404 if there is none."""
    if kind not in dict(texts.SAVE_KINDS):
        raise HTTPException(404)
    try:
        track = browser.session.tracked_mask()
    except VinpaintError as error:
        raise HTTPException(404) from error
    path = browser.folder / f"saved-{browser.session.version}.{kind}"
    untuned = Job(str(opened.clip.path), tuning=Tuning(0, 0, 0))
    with browser.frame_lock:
        if not path.exists():
            backend.write_mask(untuned, path, mask_track=track)
    return path


@functools.lru_cache(maxsize=16)
def _card(path: Path) -> bytes:
    try:
        with open_clip(path) as clip:
            return jpeg(clip[clip.frames // 2], longest_px=_CARD_PX)
    except VinpaintError as error:
        raise HTTPException(404) from error
