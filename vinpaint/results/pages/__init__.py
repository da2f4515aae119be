"""Render finished runs as HTML: the share page, the printable report, and the app's evidence panel.

`share.py` renders the share page and `print_report.py` the report, both with the parts from
`evidence.py` and `timeline.py`. `notebook.py` renders a repair for a notebook cell, `remedies.py`
the advice after a repair. Only `routes.py` needs a web server.
"""
