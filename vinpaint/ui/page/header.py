"""The header of the page: title, number of repairs, dark mode, help."""

from __future__ import annotations

from html import escape
from typing import Any

from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import markup
from vinpaint.ui.page.stage import static
from vinpaint.ui.session.session import Session

_MOON = '<path d="M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3Z"/>'


def build_header() -> None:
    """Lay out the header. Keyboard shortcuts and the dark mode switch are in keys.js."""
    markup(_header(), js_on_load=static("keys.js"), elem_id="header")


def build_run_count(controller: PageController) -> None:
    """Show the number of repairs, such as '3 repairs'."""
    count = markup(elem_id="run-count")

    def draw(session: Session) -> dict[Any, Any]:
        number = len(session.runs)
        text = texts.RUN_COUNTS[min(number, 2)].format(count=number)
        return {count: f"<p>{text}</p>"}

    controller.add_view(draw)


def _header() -> str:
    return (
        f'<div class="vp-head"><div><h1>{texts.TITLE}</h1><p>{texts.TAGLINE}</p></div><nav>'
        f'<button type="button" class="vp-icon vp-theme" data-dark="{texts.DARK}" '
        f'data-light="{texts.LIGHT}" aria-label="{texts.DARK}">'
        f'<svg viewBox="0 0 20 20" aria-hidden="true">{_MOON}</svg></button>'
        f'<button type="button" class="vp-icon vp-help-button" title="{texts.HELP}" '
        f'aria-label="{texts.HELP}"><b aria-hidden="true">?</b></button></nav></div>{_help()}'
    )


def _help() -> str:
    steps = "".join(
        f"<li><b>{escape(name)}</b> {escape(what)}</li>" for name, what in texts.HELP_STEPS
    )
    keys = "".join(
        f"<div><dt><kbd>{escape(key)}</kbd></dt><dd>{escape(what)}</dd></div>"
        for key, what in texts.KEYS
    )
    return (
        f'<dialog id="vp-help" aria-labelledby="vp-help-title"><h2 id="vp-help-title">'
        f"{texts.HELP_TITLE}</h2><ol>{steps}</ol><h2>{texts.KEYS_TITLE}</h2><dl>{keys}</dl>"
        f'<form method="dialog"><button>{texts.CLOSE}</button></form></dialog>'
    )
