"""Share pages: a kept run as a plain page of its own, and the evidence that the app shows too."""

from vinpaint.pages.after import after_html
from vinpaint.pages.evidence import scores_html, settings_html, verdict_html
from vinpaint.pages.printed import printed_html
from vinpaint.pages.share import downloads_html, routes
from vinpaint.pages.timeline import timeline_html

__all__ = [
    "after_html",
    "downloads_html",
    "printed_html",
    "routes",
    "scores_html",
    "settings_html",
    "timeline_html",
    "verdict_html",
]
