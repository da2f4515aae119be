"""Motion of a scene: the camera's homography, flow completed behind a hole, and pixel chains.

`camera.py` fits homographies, `completion.py` estimates background motion behind an occluder,
`chains.py` follows hole pixels through time to frames that show them, `sampling.py` reads colours
there with bicubic interpolation.
"""
