"""Strategies that generate with diffusion models: `frames`, `hybrid` and `joint`.

Start with `frames.py`. `image_models.py` and `video_models.py` run the models, `pipelines.py` loads
them. `repaint.py` and `latent_blending.py` serve models without inpainting training;
`boundary_guidance.py` and `temporal_smoothing.py` improve the results. `cost.py` estimates time and
memory.
"""
