"""Store finished runs on disk, and render them as pages.

`store.py` stores each run in a folder, `past_runs.py` reads the timings of stored runs, and
`pages/` renders the share page and the printable report.
"""
