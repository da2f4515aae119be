"""Strategies that run another program, described by a TOML engine file.

`engine_file.py` parses the file, `exchange.py` exports frames and imports the result,
`subprocess_runner.py` runs the program, and `external.py` is the strategy. `engines/` holds the
files that ship with vinpaint.
"""
