"""Pixel maths with no policy: plain arrays in, plain arrays out.

`flow/` estimates optical flow; `motion/` holds camera motion, motion completed behind a hole, and
propagation chains. The modules at the top blend (`membrane.py`, `poisson.py`), measure and add
noise (`noise.py`) and transfer colour (`colour_transfer.py`).
"""
