"""How good a repair is, measured on the written file.

`metrics/` holds one measure a file, `exactness.py` counts what changed outside the mask,
`evidence.py` runs both over a result, `gate.py` turns scores into a verdict, and `artifacts/` finds
faults in a clip before anything is masked. The gate's limits stand in `gate.py`.
"""
