"""Strategy `propainter`: the published networks of ProPainter (Zhou et al., 2023).

`propainter.py` is the strategy, `network.py` loads and runs the networks, and `deformable_conv.py`
is a deformable convolution in plain torch.
"""
