"""Share pages: a kept run as a plain page of its own, and the evidence that the app shows too."""

from vinpaint.pages.evidence import scores_html, settings_html, verdict_html
from vinpaint.pages.share import downloads_html, routes

__all__ = ["downloads_html", "routes", "scores_html", "settings_html", "verdict_html"]
