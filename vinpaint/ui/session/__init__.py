"""The state of a browser session as immutable values.

`session.py` defines the session and its changes, `state.py` the values it contains, and `marks.py`
the changes of prompts and objects. `browser_sessions.py` holds one session per browser tab,
`tasks.py` runs long tasks in threads, and `uploads.py` imports clips.
"""
