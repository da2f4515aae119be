"""What the stage shows: frames, masks and videos of one visit, under addresses nobody can guess.

/visit/<token>/<clip>/frame/<n>.jpg
/visit/<token>/<clip>/mask/<kind>/<version>/<n>.png      kind: found, tuned, forecast
/visit/<token>/<clip>/mask-<version>.<kind>             the followed mask as a file
/visit/<token>/media/<name>
/example/<file>.jpg
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from vinpaint import backend
from vinpaint.core import Floats, Frames, Job, Span, Tuning, VinpaintError
from vinpaint.media import Clip, open_clip
from vinpaint.ui import texts
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page.outline import jpeg, layered_png
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.state import Loaded
from vinpaint.ui.session.tracked_objects import hidden_of
from vinpaint.ui.tabs.masking import forecast_layers, sketch, tuned_frame

LONGEST_PX = 1600
_CARD_PX = 320
_KEEP = {"Cache-Control": "private, max-age=86400, immutable", "X-Content-Type-Options": "nosniff"}


def routes(visits: Visits) -> list[Route]:
    """The addresses above. Plain functions: each runs in a thread and may take its time."""

    def frame(request: Request) -> Response:
        _, loaded, number = _asked(visits, request)
        rgb = read_frame(loaded.clip, number)
        return Response(jpeg(rgb, longest_px=LONGEST_PX), media_type="image/jpeg", headers=_KEEP)

    def mask(request: Request) -> Response:
        visit, loaded, number = _asked(visits, request)
        layers = _mask_layers(visit, loaded.clip, number, kind=request.path_params["kind"])
        data = layered_png(layers, longest_px=LONGEST_PX)
        return Response(data, media_type="image/png", headers=_KEEP)

    def mask_file(request: Request) -> Response:
        visit, loaded, _ = _asked(visits, request)
        path = _mask_file(visit, loaded, request.path_params["kind"])
        name = f"{Path(loaded.name).stem}-mask.{request.path_params['kind']}"
        return FileResponse(path, filename=name, headers=_KEEP)

    def media(request: Request) -> Response:
        visit = visits.by_token(request.path_params["token"])
        path = visit.media(request.path_params["name"]) if visit else None
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=_KEEP)

    def card(request: Request) -> Response:
        example = EXAMPLES.get(request.path_params["name"])
        if example is None:
            raise HTTPException(404)
        return Response(_card(example.path), media_type="image/jpeg", headers=_KEEP)

    return [
        Route("/visit/{token}/media/{name}", media),
        Route("/visit/{token}/{clip}/mask-{version}.{kind}", mask_file),
        Route("/visit/{token}/{clip}/frame/{number:int}.jpg", frame),
        Route("/visit/{token}/{clip}/mask/{kind}/{version}/{number:int}.png", mask),
        Route("/example/{name}.jpg", card),
    ]


def read_frame(clip: Clip, number: int) -> Frames:
    """One frame: (H, W, 3) uint8 RGB."""
    frame: Frames = clip.read(Span(number, number + 1)).frames[0]
    return frame


def _mask_layers(visit: Visit, clip: Clip, number: int, *, kind: str) -> dict[int, Floats]:
    """The masks to show; empty where the marks find nothing (the step's sentence says so)."""
    nothing = {1: np.zeros((clip.height, clip.width), np.float32)}
    try:
        if kind == "forecast":
            return forecast_layers(visit.session, clip, number)
        if kind == "tuned":
            return {1: tuned_frame(visit.session, clip, number)}
        return sketch(visit, number) or nothing
    except VinpaintError:
        return nothing


def _mask_file(visit: Visit, loaded: Loaded, kind: str) -> Path:
    """The followed mask as a file, before tuning. 404 where there is none to write."""
    session = visit.session
    track = session.found.track(hidden_of(session.objects)) if session.found else None
    if track is None or kind not in dict(texts.SAVE_KINDS):
        raise HTTPException(404)
    path = visit.folder / f"saved-{session.version}.{kind}"
    as_found = Job(str(loaded.clip.path), tuning=Tuning(0, 0, 0))
    with visit.reading:
        if not path.exists():
            backend.write_mask(as_found, path, mask_track=track)
    return path


def _asked(visits: Visits, request: Request) -> tuple[Visit, Loaded, int]:
    """The visit, the clip and the frame that an address names; 404 where there is none."""
    visit = visits.by_token(request.path_params["token"])
    number = int(request.path_params.get("number", 0))
    known = (visit.session.clip, visit.session.offered) if visit else ()
    for loaded in known:
        if loaded and loaded.key == request.path_params["clip"] and number < loaded.clip.frames:
            return visit, loaded, number  # type: ignore[return-value]
    raise HTTPException(404)


@functools.lru_cache(maxsize=16)
def _card(path: Path) -> bytes:
    try:
        with open_clip(path) as clip:
            return jpeg(read_frame(clip, clip.frames // 2), longest_px=_CARD_PX)
    except VinpaintError as error:
        raise HTTPException(404) from error
