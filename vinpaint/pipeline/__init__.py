"""The stages of a repair, called by `backend.run`.

`check.py` and `output_paths.py` validate the job and its paths. `mask.py` finds and tunes the mask,
`plan.py` divides the work into pieces, `fill.py` runs the strategy window by window, and
`composite.py` blends the fill with the source. `checkpoints.py` keeps the finished windows of a
stopped run, `zerogpu.py` runs windows on a ZeroGPU space, and `score.py` measures existing repairs.
"""
