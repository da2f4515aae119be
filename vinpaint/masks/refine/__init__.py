"""Post-processing of masks.

`tuning.py` dilates, blurs and smooths a mask over time, `matte.py` estimates a soft edge,
`shadow.py` finds the shadow of an object, `interpolation.py` interpolates between keyframes, and
`self_check/` lists frames on which a mask may be wrong.
"""
