"""Strategy `propainter`: the published network (Zhou et al., 2023).

`propainter.py` is the strategy, `network.py` runs its three networks, and `deformable_conv.py` is a
deformable convolution in plain torch.
"""
