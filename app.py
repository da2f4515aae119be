"""Start the vinpaint app: `python app.py`, then open the address that it prints."""

from __future__ import annotations

import argparse
import sys

from vinpaint.core import VinpaintError


def main() -> int:
    """Read the options and serve the app until it is interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", help="address to listen on (127.0.0.1 if not given)")
    parser.add_argument("--port", type=int, help="port (the first free one from 7860)")
    parser.add_argument("--example", metavar="NAME", help="start with this example")
    parser.add_argument("--open", action="store_true", help="open a browser window")
    options = parser.parse_args()

    from vinpaint.ui import launch

    try:
        launch(
            host=options.host, port=options.port, example=options.example, open_browser=options.open
        )
    except VinpaintError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
