"""The SAM 2.1 tracker, which needs downloaded weights.

`tracker.py` implements the tracker interface; `session.py` wraps the video model of transformers.
"""
