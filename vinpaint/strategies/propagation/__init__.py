"""Strategy `propagate`: real pixels of other frames, moved into the hole along optical flow.

`propagate.py` is the strategy, `window_fill.py` fills one temporal window, `foreground.py`
propagates the layer that moves in front of the background, `patchmatch.py` synthesises texture for
pixels that no frame shows, and `temporal_filter.py` suppresses flicker.
"""
