"""The state of one browser session as plain values, and the steps that change it.

`state.py` holds the values, `session.py` the steps, `browser_sessions.py` keeps one per browser
tab, `tasks.py` runs long work, `uploads.py` takes clips in.
"""
