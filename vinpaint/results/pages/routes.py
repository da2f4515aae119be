"""Routes under /share, which serve a stored run and its files. There is no list of runs.

/share/<id>           before/after slider, scores, settings, job
/share/<id>/report    the printable report
/share/<id>/<file>    a file of the run, with support for byte ranges
"""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from vinpaint.core import MediaError, MissingError
from vinpaint.media import open_clip
from vinpaint.results.pages.print_report import POLICY, printed_html
from vinpaint.results.pages.share import missing_html, share_html
from vinpaint.results.store import SavedRun, Store

_MEDIA_TYPES = {".mp4": "video/mp4", ".mkv": "video/x-matroska", ".json": "application/json"}
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
    "img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def share_routes(store: Store) -> list[Route]:
    """Return the routes for the runs of `store`. Unknown runs and files give status 404."""

    def page(request: Request) -> Response:
        try:
            saved = store.load(request.path_params["run_id"])
        except MissingError:
            return _not_found()
        nonce = secrets.token_urlsafe(12)
        return _page(share_html(saved, nonce), nonce)

    def printed(request: Request) -> Response:
        try:
            return _printed(store.load(request.path_params["run_id"]))
        except (MissingError, MediaError):
            return _not_found()

    def file(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            path = store.load(request.path_params["run_id"]).file(name)
        except MissingError:
            path = None
        if path is None:
            return _not_found()
        return FileResponse(
            path,
            media_type=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
            filename=name if "download" in request.query_params else None,
            headers=_HEADERS,
        )

    return [
        Route("/share/{run_id}", page),
        Route("/share/{run_id}/report", printed),
        Route("/share/{run_id}/{name}", file),
    ]


def _printed(saved: SavedRun) -> Response:
    before, after = saved.file("before.mp4"), saved.file("master.mkv") or saved.file("after.mp4")
    if before is None or after is None:
        return _not_found()
    with open_clip(before, trusted=True) as source, open_clip(after, trusted=True) as result:
        html = printed_html(saved.report, source, result)
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, **_HEADERS})


def _not_found() -> Response:
    nonce = secrets.token_urlsafe(12)
    return _page(missing_html(nonce), nonce, status=404)


def _page(html: str, nonce: str, *, status: int = 200) -> Response:
    headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), **_HEADERS}
    return HTMLResponse(html, status, headers)
