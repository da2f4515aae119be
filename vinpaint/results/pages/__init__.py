"""Render finished runs as HTML: the share page, the printable report, and the app's evidence panel.

`share.py` renders the share page and `print_report.py` the report, both with the parts from
`evidence.py` and `timeline.py`. `notebook.py` renders a repair for a notebook cell, `remedies.py`
the advice after a repair. Only `routes.py` needs a web server.
"""

from vinpaint.results.pages.evidence import scores_html, settings_html, verdict_html
from vinpaint.results.pages.print_report import printed_html
from vinpaint.results.pages.remedies import remedies_html
from vinpaint.results.pages.share import downloads_html
from vinpaint.results.pages.timeline import timeline_html

__all__ = [
    "downloads_html",
    "printed_html",
    "remedies_html",
    "scores_html",
    "settings_html",
    "timeline_html",
    "verdict_html",
]
