"""Start the server with the page, its media routes and the share pages."""

from __future__ import annotations

import atexit
import signal
import sys

from vinpaint.core import SettingsError
from vinpaint.pipeline import zerogpu
from vinpaint.results.pages.routes import share_routes
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.examples import find_example
from vinpaint.ui.page.layout import build_page
from vinpaint.ui.page.media_routes import routes as media_routes
from vinpaint.ui.page.stage import STATIC, static
from vinpaint.ui.page.theme import build_theme
from vinpaint.ui.session.browser_sessions import BrowserSessions
from vinpaint.ui.session.uploads import MAX_UPLOAD


def serve(*, host: str | None, port: int | None, example: str | None, open_browser: bool) -> None:
    """Serve the app; see `vinpaint.ui.launch`."""
    if example is not None:
        find_example(example)
    for line in zerogpu.preload_models():
        print(line)  # noqa: T201
    browsers, store = BrowserSessions(), Store()
    page = build_page(browsers, store, example=example)
    page.queue(default_concurrency_limit=None)
    atexit.register(browsers.close)
    # Exit normally on SIGTERM, so that the atexit handler removes uploads.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
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
            app_kwargs={"routes": [*media_routes(browsers), *share_routes(store)]},
        )
    except OSError as error:
        tried = f"port {port}" if port else "the ports from 7860 on"
        raise SettingsError(f"Cannot use {tried} ({error}); choose another port.") from error
    print(texts.RUNNING.format(address=address), flush=True)  # noqa: T201
    page.block_thread()


def _style() -> str:
    """Return the style sheets as a <style> element for the head of the page.

    Gradio's parameter `css=` breaks selectors with a comma in brackets. Nested in `:root`, the
    rules take precedence over Gradio's rules for headings, lists and buttons.
    """
    rules = static("pieces.css") + static("app.css")
    return f"<style>{static('tokens.css')} :root {{ {rules} }}</style>"
