"""Render the share page of a stored run: a before/after slider, the scores and the job.

This module returns HTML; `routes.py` serves it.
"""

from __future__ import annotations

import json
import re
from html import escape

from vinpaint.results.pages import texts
from vinpaint.results.pages.evidence import (
    leftover_sentence,
    scores_html,
    settings_html,
    source_html,
    verdict_html,
)
from vinpaint.results.pages.print_report import STATIC, styles
from vinpaint.results.pages.timeline import timeline_html
from vinpaint.results.store import SavedRun

_SCRIPTS = ("wipe.js", "timeline.js", "page.js")


def share_html(saved: SavedRun, nonce: str) -> str:
    """Return the share page. `nonce` authorises its styles and scripts in the security policy."""
    source = saved.report.get("source", {})
    title = f"{texts.PAGE_TITLE}: {source.get('name', '')}"
    facts = {
        "fps": float(source.get("fps") or 25),
        "frames": int(source.get("frames") or 1),
        "width": int(source.get("width") or 16),
        "height": int(source.get("height") or 9),
        "base": saved.id,
        "play": texts.PLAY,
        "pause": texts.PAUSE,
        "where": texts.WHERE,
    }
    # Escape '<', because a closing tag in the data would end the script.
    data = json.dumps(facts).replace("<", "\\u003c")
    scripts = "\n".join((STATIC / name).read_text() for name in _SCRIPTS)
    return _document(title, _body(saved), f"const run = {data};\n{scripts}", nonce)


def missing_html(nonce: str) -> str:
    """Return the page for an unknown run."""
    body = f"<main><h1>{texts.LOST_TITLE}</h1><p>{texts.LOST}</p></main>"
    return _document(texts.LOST_TITLE, body, "", nonce)


def _document(title: str, body: str, script: str, nonce: str) -> str:
    sheet = styles("page") + _dark_colours()
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)}</title><style nonce="{nonce}">{sheet}</style></head>'
        f'<body class="vp-page">{body}<script nonce="{nonce}">{script}</script></body></html>'
    )


def _dark_colours() -> str:
    """Return the dark colours of tokens.css, for browsers that are set to dark mode."""
    block = re.search(r"^\.dark (\{.*?^\})", (STATIC / "tokens.css").read_text(), re.M | re.S)
    return f"@media (prefers-color-scheme: dark) {{ :root {block[1]} }}" if block else ""


def _body(saved: SavedRun) -> str:
    report = saved.report
    name = escape(str(report.get("source", {}).get("name", "")))
    return (
        f'<main><header><h1>{texts.PAGE_TITLE}</h1><p title="{name}">{name}</p></header>'
        f"{_player(saved)}"
        f"<section><h2>{texts.PAGE_EVIDENCE}</h2>{verdict_html(report)}"
        f"{_leftover(saved)}{timeline_html(report)}{scores_html(report)}</section>"
        f'<section><h2>{texts.PAGE_SETTINGS}</h2><div class="two">{source_html(report)}'
        f"{settings_html(report)}</div></section>{_job(saved)}</main>"
    )


def _leftover(saved: SavedRun) -> str:
    """Return what the verdict says of the rest of the object; empty if nothing is left over."""
    sentence = leftover_sentence(saved.report)
    return f'<p class="vp-left">{escape(sentence)}</p>' if sentence else ""


def _player(saved: SavedRun) -> str:
    views = ""
    if saved.file("leftover.json"):
        views += _view("left", texts.LEFT, texts.LEFT_HELP)
    if saved.file("outline.json"):
        views += _view("outline", texts.OUTLINE, texts.OUTLINE_HELP)
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
        f'<output id="clock"></output>{views}</div></section>'
    )


def _view(name: str, label: str, title: str) -> str:
    """Return a button that switches a layer over the picture on and off."""
    button = f'<button type="button" id="{name}" aria-pressed="false"'
    return f'{button} title="{title}">{label}</button>'


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
    """Return the names of the stored files that the job refers to."""
    job = json.loads(saved.job_json)
    named = {job.get("source", "")} | {one.get("path", "") for one in job.get("where", ())}
    fill = job.get("fill", {})
    named |= {fill.get("reference", ""), fill.get("generation", {}).get("example", "")}
    return {name for name in named if name and saved.file(name)}


def downloads_html(run_id: str) -> str:
    """Return download links for the files of a run."""
    saved_as = {"after.mp4": "repaired.mp4"}
    links = "".join(
        f'<a href="share/{run_id}/{name}?download" download="{saved_as.get(name, name)}">'
        f"{escape(title)}</a>"
        for name, title in texts.DOWNLOADS.items()
    )
    links += f'<a href="share/{run_id}/report" target="_blank" rel="noopener">{texts.PRINTABLE}</a>'
    return f'<nav class="vp-downloads" aria-label="{texts.PAGE_DOWNLOADS}">{links}</nav>'
