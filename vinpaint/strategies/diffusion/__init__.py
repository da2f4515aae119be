"""Strategies that generate with diffusion models: `frames`, `hybrid` and `joint`.

`image_models.py` and `video_models.py` list the models, `pipelines.py` loads them. `repaint.py` and
`latent_blending.py` serve models that were not trained for inpainting; `boundary_guidance.py` and
`temporal_smoothing.py` improve what they make. `cost.py` estimates time and memory.
"""
