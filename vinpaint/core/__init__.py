"""Values that travel between the packages, and the conventions for what they hold.

Frames are RGB, masks are 1 where pixels are replaced, flow is (dx, dy) in pixels. Nothing here
reads files or computes images. Start with `frames.py`, `masks.py` and `job.py`.
"""
