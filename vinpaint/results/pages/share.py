"""The pages under /share: one run each, with its files; no list of runs anywhere.

/share/<id>           before and after under one wipe, the numbers, the settings, the job
/share/<id>/report    the same on one page to print
/share/<id>/<file>    one of the run's files, by byte ranges too
"""

from __future__ import annotations

import json
import secrets
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from vinpaint.core import MediaError, MissingError
from vinpaint.media import open_clip
from vinpaint.results.pages import texts
from vinpaint.results.pages.evidence import scores_html, settings_html, source_html, verdict_html
from vinpaint.results.pages.print_report import POLICY, printed_html
from vinpaint.results.pages.timeline import timeline_html
from vinpaint.results.store import SavedRun, Store

_STATIC = Path(__file__).parents[2] / "ui" / "static"
_STYLES = ("tokens", "pieces", "page")
_SCRIPTS = ("wipe.js", "timeline.js", "page.js")
_MEDIA_TYPES = {".mp4": "video/mp4", ".mkv": "video/x-matroska", ".json": "application/json"}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
    "img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def routes(store: Store) -> list[Route]:
    """The two addresses above, on the runs of `store`."""

    def page(request: Request) -> Response:
        try:
            saved = store.load(request.path_params["run_id"])
        except MissingError:
            return _lost()
        return _html(_page(saved))

    def printed(request: Request) -> Response:
        try:
            return _printed(store.load(request.path_params["run_id"]))
        except (MissingError, MediaError):
            return _lost()

    def file(request: Request) -> Response:
        name = request.path_params["name"]
        try:
            path = store.load(request.path_params["run_id"]).file(name)
        except MissingError:
            path = None
        if path is None:
            return _lost()
        return FileResponse(
            path,
            media_type=_MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
            filename=name if "download" in request.query_params else None,
            headers={"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"},
        )

    return [
        Route("/share/{run_id}", page),
        Route("/share/{run_id}/report", printed),
        Route("/share/{run_id}/{name}", file),
    ]


def downloads_html(run_id: str) -> str:
    """Links to a run's files, to be saved under names that say what they are."""
    links = "".join(
        f'<a href="share/{run_id}/{name}?download" download="{_download_name(name)}">'
        f"{escape(title)}</a>"
        for name, title in texts.DOWNLOADS.items()
    )
    links += f'<a href="share/{run_id}/report" target="_blank" rel="noopener">{texts.PRINTABLE}</a>'
    return f'<nav class="vp-downloads" aria-label="{texts.PAGE_DOWNLOADS}">{links}</nav>'


def _download_name(name: str) -> str:
    return {"after.mp4": "repaired.mp4"}.get(name, name)


def _printed(saved: SavedRun) -> Response:
    before, after = saved.file("before.mp4"), saved.file("master.mkv") or saved.file("after.mp4")
    if before is None or after is None:
        return _lost()
    with open_clip(before, trusted=True) as source, open_clip(after, trusted=True) as result:
        html = printed_html(saved.report, source, result)
    headers = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, headers=headers)


def _lost() -> Response:
    body = f"<main><h1>{texts.LOST_TITLE}</h1><p>{texts.LOST}</p></main>"
    return _html((texts.LOST_TITLE, body, ""), status=404)


def _html(parts: tuple[str, str, str], *, status: int = 200) -> Response:
    title, body, script = parts
    nonce = secrets.token_urlsafe(12)
    style = "".join((_STATIC / f"{name}.css").read_text() for name in _STYLES)
    html = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)}</title><style nonce="{nonce}">{style}</style></head>'
        f'<body class="vp-page">{body}<script nonce="{nonce}">{script}</script></body></html>'
    )
    headers = {
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return HTMLResponse(html, status, headers)


def _page(saved: SavedRun) -> tuple[str, str, str]:
    """(title, body, script) of a run's page."""
    source = saved.report.get("source", {})
    title = f"{texts.PAGE_TITLE}: {source.get('name', '')}"
    facts = {
        "fps": float(source.get("fps") or 25),
        "frames": int(source.get("frames") or 1),
        "width": int(source.get("width") or 16),
        "height": int(source.get("height") or 9),
        "base": saved.id,
        "outline": saved.file("outline.json") is not None,
        "play": texts.PLAY,
        "pause": texts.PAUSE,
        "where": texts.WHERE,
    }
    # A closing tag inside the data would end the script, so '<' is written as an escape.
    data = json.dumps(facts).replace("<", "\\u003c")
    scripts = "\n".join((_STATIC / name).read_text() for name in _SCRIPTS)
    return title, _body(saved), f"const run = {data};\n{scripts}"


def _body(saved: SavedRun) -> str:
    report = saved.report
    name = escape(str(report.get("source", {}).get("name", "")))
    return (
        f'<main><header><h1>{texts.PAGE_TITLE}</h1><p title="{name}">{name}</p></header>'
        f"{_player(saved)}"
        f"<section><h2>{texts.PAGE_EVIDENCE}</h2>{verdict_html(report)}"
        f"{timeline_html(report)}{scores_html(report)}</section>"
        f'<section><h2>{texts.PAGE_SETTINGS}</h2><div class="two">{source_html(report)}'
        f"{settings_html(report)}</div></section>{_job(saved)}</main>"
    )


def _player(saved: SavedRun) -> str:
    outline = ""
    if saved.file("outline.json"):
        outline = (
            f'<button type="button" id="outline" aria-pressed="false" '
            f'title="{texts.OUTLINE_HELP}">{texts.OUTLINE}</button>'
        )
    return (
        '<section class="player"><div class="vp-frame">'
        f'<video class="vp-before" src="{saved.id}/before.mp4" playsinline muted preload="auto">'
        '</video><div class="vp-under-wipe"><video class="vp-after" '
        f'src="{saved.id}/after.mp4" playsinline preload="auto"></video></div>'
        '<canvas class="vp-over"></canvas><div class="vp-wipe" role="slider" tabindex="0" '
        f'aria-label="{texts.WIPE}" aria-valuemin="0" aria-valuemax="100"><span></span></div></div>'
        f'<div class="vp-sides"><span>{texts.BEFORE}</span><span>{texts.AFTER}</span></div>'
        f'<div class="controls"><button type="button" id="play">{texts.PLAY}</button>'
        f'<input type="range" id="scrub" min="0" value="0" step="1" aria-label="{texts.SCRUB}">'
        f'<output id="clock"></output>{outline}</div></section>'
    )


def _job(saved: SavedRun) -> str:
    files = ", ".join(sorted(_needed(saved)))
    return (
        f"<section><h2>{texts.PAGE_DOWNLOADS}</h2>"
        f"{downloads_html(saved.id).replace('share/' + saved.id, saved.id)}</section>"
        f"<section><h2>{texts.PAGE_JOB}</h2>"
        f"<p>{escape(texts.PAGE_JOB_HELP.format(files=files))}</p>"
        f"<pre>{texts.PAGE_COMMAND}</pre>"
        f'<details class="vp-details"><summary>job.json</summary><pre>{escape(saved.job_json)}'
        "</pre></details></section>"
    )


def _needed(saved: SavedRun) -> set[str]:
    """The files that the job names, as links would name them."""
    job = json.loads(saved.job_json)
    named = {job.get("source", "")} | {one.get("path", "") for one in job.get("where", ())}
    fill = job.get("fill", {})
    named |= {fill.get("reference", ""), fill.get("generation", {}).get("example", "")}
    return {name for name in named if name and saved.file(name)}
