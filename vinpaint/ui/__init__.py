"""The browser app. Heavy imports are deferred until `launch`."""

from __future__ import annotations

__all__ = ["launch"]


def launch(
    *,
    host: str | None = None,
    port: int | None = None,
    example: str | None = None,
    open_browser: bool = False,
) -> None:
    """Serve the app until it is interrupted.

    Args:
        host: Address to listen on. By default GRADIO_SERVER_NAME, or 127.0.0.1.
        port: Port to listen on. By default GRADIO_SERVER_PORT, or the first free port from 7860.
        example: Name of the example that new sessions start with.
        open_browser: Open a browser window.

    Raises:
        SettingsError: The port cannot be used, or there is no such example.
    """
    from vinpaint.ui.server import serve

    serve(host=host, port=port, example=example, open_browser=open_browser)
