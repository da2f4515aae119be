"""Measure the quality of a repair on the written file.

- `metrics/` contains one metric per file.
- `exactness.py` measures differences outside the mask.
- `evidence.py` runs both on a result.
- `gate.py` turns the scores into a verdict. Its limits are in RULES, one line per kind of fault.
- `artifacts/` finds artifacts in a clip before anything is masked.

The formulas are in docs/method.md.
"""
