"""The browser app. Everything heavy loads only when it starts."""

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

    Without `host` and `port`, GRADIO_SERVER_NAME and GRADIO_SERVER_PORT decide, else 127.0.0.1
    and the first free port from 7860. `example`: the clip to start with. Raises SettingsError.
    """
    from vinpaint.ui.server import serve

    serve(host=host, port=port, example=example, open_browser=open_browser)
