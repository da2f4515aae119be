"""Image processing on plain arrays, independent of jobs, settings and files.

`flow/` estimates optical flow. `motion/` estimates camera motion, completes motion behind a hole,
and traces pixels through time. `effects/` finds the shadow and the reflection of a masked object.
`membrane.py` interpolates over a hole, `poisson.py` blends, `colour_transfer.py` matches colours,
`noise.py` measures and adds film grain, and `morphology.py` dilates and erodes masks.
"""
