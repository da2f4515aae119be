"""vinpaint: repair one region of a video, leave everything else untouched, and prove it."""

__version__ = "0.1.0"
