"""Strategy `plate`: copy the hole from a clean plate (a frame, a picture, or another place).

`plate.py` is the strategy. `reference/` reads the plate and places it on every frame; `align.py`
keeps those homographies steady over time.
"""
