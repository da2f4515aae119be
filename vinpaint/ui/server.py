"""Starting the app: the page, the pictures' and the share pages' addresses, one server."""

from __future__ import annotations

import atexit
import signal
import sys

import gradio as gr

from vinpaint.core import SettingsError
from vinpaint.pipeline import zerogpu
from vinpaint.results.pages import routes as share_routes
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page.layout import build_page
from vinpaint.ui.page.media_routes import routes as picture_routes
from vinpaint.ui.page.stage import STATIC, static
from vinpaint.ui.page.theme import build_theme
from vinpaint.ui.session.browser_sessions import Visits
from vinpaint.ui.session.uploads import MAX_UPLOAD


def serve(*, host: str | None, port: int | None, example: str | None, open_browser: bool) -> None:
    """What `vinpaint.ui.launch` promises."""
    if example is not None and example not in EXAMPLES:
        known = ", ".join(EXAMPLES) or "none here"
        raise SettingsError(f"--example {example}: there is no such example; there are: {known}")
    for line in zerogpu.preload_models():
        sys.stdout.write(line + "\n")
    visits, store = Visits(), Store()
    page = build_page(visits, store, example=example)
    page.queue(default_concurrency_limit=None)
    atexit.register(visits.close)
    # A service manager ends us with SIGTERM: leave in order, so that visits' folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        address = _start(page, visits, store, host=host, port=port, open_browser=open_browser)
    except OSError as error:
        raise SettingsError(
            f"port {port or 'from 7860 on'} cannot be used ({error}); choose another with --port"
        ) from error
    sys.stdout.write(texts.RUNNING.format(address=address) + "\n")
    sys.stdout.flush()
    page.block_thread()


def _start(
    page: gr.Blocks,
    visits: Visits,
    store: Store,
    *,
    host: str | None,
    port: int | None,
    open_browser: bool,
) -> str:
    """Start the server in a thread of its own; its address."""
    _, address, _ = page.launch(
        server_name=host,
        server_port=port,
        inbrowser=open_browser,
        quiet=True,
        prevent_thread_lock=True,
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
    return str(address)


def _style() -> str:
    """Our styles. Not as `css=`: Gradio breaks selectors that hold a comma in brackets.

    Nested in `:root`, they outweigh Gradio's own rules for headings, lists and buttons.
    """
    pieces = static("pieces.css") + static("app.css")
    return f"<style>{static('tokens.css')} :root {{ {pieces} }}</style>"
