"""The Gradio theme, with the colours of static/tokens.css in both light and dark mode."""

from __future__ import annotations

import gradio as gr

_TOKENS = {
    "bg": "body_background_fill background_fill_secondary",
    "surface": (
        "background_fill_primary block_background_fill input_background_fill  "
        "input_background_fill_focus button_secondary_background_fill  "
        "checkbox_background_color checkbox_label_background_fill"
    ),
    "ink": (
        "body_text_color block_title_text_color button_secondary_text_color  "
        "button_secondary_text_color_hover checkbox_label_text_color  "
        "checkbox_label_text_color_selected"
    ),
    "muted": (
        "body_text_color_subdued block_label_text_color block_info_text_color  "
        "input_placeholder_color"
    ),
    "line": "border_color_primary block_border_color checkbox_label_border_color",
    "accent": (
        "border_color_accent input_border_color_focus button_primary_background_fill  "
        "button_primary_border_color slider_color checkbox_background_color_selected  "
        "checkbox_border_color_selected link_text_color"
    ),
    "accent-soft": (
        "color_accent_soft button_secondary_background_fill_hover  "
        "checkbox_label_background_fill_hover checkbox_label_background_fill_selected"
    ),
    "control": "input_border_color button_secondary_border_color checkbox_border_color",
    "accent-strong": "button_primary_background_fill_hover",
    "on-accent": "button_primary_text_color button_primary_text_color_hover",
}
"""Colours of tokens.css, each with the properties of the Gradio theme that use it."""


def build_theme() -> gr.themes.Base:
    """Return the theme. It uses system fonts only, and all colours are from tokens.css."""
    theme = gr.themes.Base(
        font=["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "DejaVu Sans", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"],
        radius_size=gr.themes.sizes.radius_sm,
    )
    colours = {
        name: f"var(--vp-{token})" for token, names in _TOKENS.items() for name in names.split()
    }
    dark = {f"{name}_dark": value for name, value in colours.items()}
    return theme.set(**colours, **dark)
