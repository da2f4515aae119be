"""Post-processing of a mask.

`tuning.py` dilates and blurs it, `matte.py` estimates a soft alpha matte, `shadow.py` finds the
object's shadow, `interpolation.py` interpolates between keyframes, and `self_check.py` lists
suspicious frames.
"""
