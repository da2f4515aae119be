"""Before and after a repair: what to expect, what to do, and what it costs.

`forecast/` measures which hole pixels other frames show. `decision.py` turns those facts into a
verdict (inpaint or regenerate), `remedies.py` turns gate findings into next steps, `estimates.py`
predicts time and price, `surroundings/` describes the light and colours around the hole for a
prompt. `wording/` holds every sentence. Start with `decision.py`.
"""
