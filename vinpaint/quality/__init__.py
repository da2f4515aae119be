"""How good a repair is, measured on the written file.

The gate's limits stand in `gate.py`: RULES, at its top, has one line per kind of fault. `metrics/`
holds one metric per file, `exactness.py` counts what changed outside the mask, `evidence.py` runs
both over a result, `gate.py` turns the scores into a verdict, and `artifacts/` finds faults in a
clip before anything is masked. The formulas are in docs/method.md.
"""
