"""Strategy `propagate`: real pixels of other frames, moved into the hole along optical flow.

`propagate.py` is the strategy, `window_fill.py` fills one temporal window, `foreground.py`
continues what moves in front of the background, `patchmatch.py` makes texture for what no frame
shows, and `temporal_filter.py` suppresses flicker.
"""
