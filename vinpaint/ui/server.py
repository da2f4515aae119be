"""Starting the app: the page, the pictures' and the share pages' addresses, one server."""

from __future__ import annotations

import atexit

from vinpaint.errors import SettingsError
from vinpaint.pages import routes as share_routes
from vinpaint.store import Store
from vinpaint.ui.clips import MAX_UPLOAD
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page import build_page
from vinpaint.ui.pictures import routes as picture_routes
from vinpaint.ui.stage import STATIC, static
from vinpaint.ui.theme import build_theme
from vinpaint.ui.visits import Visits


def serve(*, host: str | None, port: int | None, example: str | None, open_browser: bool) -> None:
    """What `vinpaint.ui.launch` promises."""
    if example is not None and example not in EXAMPLES:
        known = ", ".join(EXAMPLES) or "none here"
        raise SettingsError(f"--example {example}: there is no such example; there are: {known}")
    visits, store = Visits(), Store()
    atexit.register(visits.close)
    page = build_page(visits, store, example=example)
    page.queue(default_concurrency_limit=None)
    page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        ssr_mode=False,
        show_error=False,
        footer_links=[],
        run_history=False,
        max_file_size=MAX_UPLOAD,
        favicon_path=STATIC / "favicon.svg",
        theme=build_theme(),
        head=_style(),
        app_kwargs={"routes": [*picture_routes(visits), *share_routes(store)]},
    )


def _style() -> str:
    """Our styles. Not as `css=`: Gradio breaks selectors that hold a comma in brackets.

    Nested in `:root`, they outweigh Gradio's own rules for headings, lists and buttons.
    """
    pieces = static("pieces.css") + static("app.css")
    return f"<style>{static('tokens.css')} :root {{ {pieces} }}</style>"
