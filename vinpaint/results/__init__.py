"""Finished runs on disk, and the pages that show them.

`store.py` keeps each run in a folder of its own, `past_runs.py` reads their timings, and `pages/`
makes the share page and the printed report.
"""
