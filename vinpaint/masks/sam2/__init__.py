"""The SAM 2.1 tracker, a network whose weights have to be downloaded.

`tracker.py` implements the tracker interface, and `session.py` wraps the video model of
transformers.
"""
