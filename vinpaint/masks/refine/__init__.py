"""What is done to a mask once it is found.

`tuning.py` dilates and blurs it, `matte.py` estimates a soft alpha matte, `shadow.py` adds the
shadow, `interpolation.py` fills in shapes between keyframes, `self_check.py` lists suspicious
frames.
"""
