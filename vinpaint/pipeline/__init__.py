"""The stages that `backend.run` strings together.

`plan.py` cuts the work into pieces, `mask.py` finds and tunes the mask, `fill.py` runs the strategy
window by window, `composite.py` puts the fill over the source. `checkpoints.py` keeps finished
windows of a stopped run; `zerogpu.py` runs a window on a GPU that a hosted space lends.
"""
