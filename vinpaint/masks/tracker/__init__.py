"""The built-in tracker, which needs no weights: colour, outline and motion.

`classical.py` implements the tracker interface. `segmentation.py` finds the object on one frame,
`sequence.py` follows it, `tracking_step.py` advances one frame, and `occlusion.py` handles an
object that is hidden. The other modules are their parts.
"""
