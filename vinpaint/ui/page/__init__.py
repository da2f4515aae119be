"""The page and its parts: layout, stage, header, footer, controller and media routes.

`layout.py` builds the whole page; `controller.py` turns events into updates of its components.
"""
