"""The page and its parts.

`layout.py` builds the page from the header, the stage and the tabs. `controller.py` turns events
into updates of components. `media_routes.py` serves frames, masks and videos to the stage.
"""
