"""Motion of a scene: camera motion, background flow behind a hole, and propagation chains.

`camera.py` fits homographies, `completion.py` completes the flow of the background behind the hole,
`chains.py` traces hole pixels through time to frames that show them, and `sampling.py` samples the
colours there.
"""
