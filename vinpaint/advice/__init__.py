"""Advice before and after a repair: what to expect, what to do next, and what it costs.

- `forecast/` measures which hole pixels are visible in other frames.
- `decision.py` derives a verdict from those facts: inpaint or regenerate.
- `remedies.py` derives the next steps from the findings of the gate.
- `estimates.py` predicts time and price.
- `surroundings/` describes the light and colours around the hole for a prompt.
- `wording/` contains every sentence.

Start with `decision.py`.
"""
