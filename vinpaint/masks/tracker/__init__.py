"""The classical tracker: colour models, graph cuts and optical flow, without weights.

`classical.py` implements the tracker interface and is the place to start. `segmentation.py`
segments the object on one frame, `sequence.py` follows it through the clip, `tracking_step.py`
advances the mask by one frame, and `occlusion.py` searches for an object that is hidden.
"""
