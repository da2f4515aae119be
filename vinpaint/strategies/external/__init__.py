"""Strategies that run another program, described by a TOML engine file.

Start with `external.py`, the strategy. `engine_file.py` parses the file, `exchange.py` exports
frames and imports the result, and `subprocess_runner.py` runs the program. `engines/` holds the
files that ship with vinpaint.
"""
