"""Detectors that propose what to mask: objects named in words, burned-in text, logos.

`grounding_dino.py` detects objects named in words, `ocr.py` recognises text, `text_lines.py` tracks
lines of text over time, `glyphs.py` segments letters, and `logo.py` finds static logos.
"""
