"""The learned tracker: SAM 2.1 through transformers.

`tracker.py` implements the tracker interface; `session.py` runs the video
model with bounded memory.
"""
