"""The stages of a repair, called by `backend.run`.

`check.py` and `output_paths.py` validate the job and its paths. `preparation.py` gets the job ready
to be filled: `mask.py` finds and tunes the mask, and `plan.py` divides the work into pieces.
`fill.py` runs the strategy window by window, and `composite.py` blends the fill with the source.
`outputs.py` writes the repaired frames and measures the result. `checkpoints.py` keeps the finished
windows of a stopped run, `zerogpu.py` runs windows on a ZeroGPU space, and `score.py` measures
existing repairs. `arguments.py` turns the arguments of the Python API into jobs and masks.
"""
