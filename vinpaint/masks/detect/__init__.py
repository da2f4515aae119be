"""Detectors that propose what to mask: objects named in words, burned-in text, logos.

`grounding_dino.py` finds boxes for words, `ocr.py` reads text, `text_lines.py` tracks text lines
over time, `glyphs.py` segments letters, `logo.py` finds a static logo.
"""
