"""Strategies that generate with diffusion models: `frames`, `hybrid` and `joint`.

Start with `frames.py`. `pipelines.py` loads the models, `image_models.py` and `video_models.py` run
them. `latent_blending.py` and `repaint.py` inpaint with models that have no inpainting training.
`boundary_guidance.py` reduces seams, `temporal_smoothing.py` reduces flicker. `cost.py` estimates
time and memory, and `preload.py` loads models before the first request.
"""
