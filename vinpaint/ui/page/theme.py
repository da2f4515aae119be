"""Gradio's theme, mapped onto our own tokens (static/tokens.css), the same for dark and light."""

from __future__ import annotations

import gradio as gr

_TOKENS = {
    "body_background_fill": "bg",
    "background_fill_primary": "surface",
    "background_fill_secondary": "bg",
    "body_text_color": "ink",
    "body_text_color_subdued": "muted",
    "border_color_primary": "line",
    "border_color_accent": "accent",
    "color_accent_soft": "accent-soft",
    "block_background_fill": "surface",
    "block_border_color": "line",
    "block_label_text_color": "muted",
    "block_title_text_color": "ink",
    "block_info_text_color": "muted",
    "input_background_fill": "surface",
    "input_background_fill_focus": "surface",
    "input_border_color": "control",
    "input_border_color_focus": "accent",
    "input_placeholder_color": "muted",
    "button_primary_background_fill": "accent",
    "button_primary_background_fill_hover": "accent-strong",
    "button_primary_border_color": "accent",
    "button_primary_text_color": "on-accent",
    "button_primary_text_color_hover": "on-accent",
    "button_secondary_background_fill": "surface",
    "button_secondary_background_fill_hover": "accent-soft",
    "button_secondary_border_color": "control",
    "button_secondary_text_color": "ink",
    "button_secondary_text_color_hover": "ink",
    "slider_color": "accent",
    "checkbox_background_color": "surface",
    "checkbox_background_color_selected": "accent",
    "checkbox_border_color": "control",
    "checkbox_border_color_selected": "accent",
    "checkbox_label_background_fill": "surface",
    "checkbox_label_background_fill_hover": "accent-soft",
    "checkbox_label_background_fill_selected": "accent-soft",
    "checkbox_label_border_color": "line",
    "checkbox_label_text_color": "ink",
    "checkbox_label_text_color_selected": "ink",
    "link_text_color": "accent",
}


def build_theme() -> gr.themes.Base:
    """No fonts from elsewhere; every colour from tokens.css."""
    theme = gr.themes.Base(
        font=["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "DejaVu Sans", "sans-serif"],
        font_mono=["ui-monospace", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"],
        radius_size=gr.themes.sizes.radius_sm,
    )
    colours = {name: f"var(--vp-{token})" for name, token in _TOKENS.items()}
    dark = {f"{name}_dark": value for name, value in colours.items()}
    return theme.set(**colours, **dark)
