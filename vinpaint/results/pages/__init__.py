"""Share pages: a kept run as a plain page of its own, and the evidence that the app shows too."""

from vinpaint.results.pages.evidence import scores_html, settings_html, verdict_html
from vinpaint.results.pages.print_report import printed_html
from vinpaint.results.pages.remedies import remedies_html
from vinpaint.results.pages.share import downloads_html, routes
from vinpaint.results.pages.timeline import timeline_html

__all__ = [
    "downloads_html",
    "printed_html",
    "remedies_html",
    "routes",
    "scores_html",
    "settings_html",
    "timeline_html",
    "verdict_html",
]
