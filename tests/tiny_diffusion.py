"""Tiny diffusion pipelines with random weights, saved as the real ones are.

They load through the same `from_pretrained(path, local_files_only=True)`. What they paint means
nothing; what is done with it can be tested.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIDE_PX = 32
"""The own size of the tiny picture models: latents of 16 x 16, two pixels each."""

WORDS = ("a", "pickup", "truck", "red", "sand", "user", "text", "blurry")


def tokenizer(length: int, *, chat: bool = False) -> Any:
    """A tokenizer of a few words, padded to `length`."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    marks = ["<pad>", "</s>", "<unk>", "<s>"]
    vocabulary = {word: place for place, word in enumerate([*marks, *WORDS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 3), ("</s>", 1)]
    )
    made = PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token="<pad>",
        eos_token="</s>",
        bos_token="<s>",
        unk_token="<unk>",
        model_max_length=length,
    )
    if chat:
        made.chat_template = "{{ messages[0]['content'][0]['text'] }}"
    return made


def _clip_text(kind: str = "CLIPTextModel") -> Any:
    import transformers

    config = transformers.CLIPTextConfig(
        vocab_size=16,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
        projection_dim=16,
        pad_token_id=0,
        bos_token_id=3,
        eos_token_id=1,
    )
    return getattr(transformers, kind)(config)


def _vae() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(8, 8),
        in_channels=3,
        out_channels=3,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=SIDE_PX,
    )


def _unet(channels: int, **more: Any) -> Any:
    from diffusers import UNet2DConditionModel

    return UNet2DConditionModel(
        block_out_channels=(8, 16),
        layers_per_block=1,
        sample_size=SIDE_PX // 2,
        in_channels=channels,
        out_channels=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        norm_num_groups=4,
        **{"cross_attention_dim": 16, "attention_head_dim": 8, **more},
    )


def _schedule() -> Any:
    from diffusers import DDIMScheduler

    return DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    )  # fmt: skip


def save_sd(
    folder: Path, *, inpainting: bool = True, scheduler: str = "DDIMScheduler", seed: int = 0
) -> Path:
    """Stable Diffusion 1.5: trained for inpainting (9 channels), or text to image (4)."""
    import diffusers
    import torch
    from diffusers import StableDiffusionInpaintPipeline, StableDiffusionPipeline

    torch.manual_seed(seed)
    kind = StableDiffusionInpaintPipeline if inpainting else StableDiffusionPipeline
    pipe = kind(
        vae=_vae(),
        text_encoder=_clip_text(),
        tokenizer=tokenizer(16),
        unet=_unet(9 if inpainting else 4),
        scheduler=getattr(diffusers, scheduler).from_config(_schedule().config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipe.save_pretrained(folder)
    return folder


def save_sdxl(folder: Path, *, seed: int = 0) -> Path:
    """Stable Diffusion XL inpainting."""
    import torch
    from diffusers import StableDiffusionXLInpaintPipeline

    torch.manual_seed(seed)
    pipe = StableDiffusionXLInpaintPipeline(
        vae=_vae(),
        text_encoder=_clip_text(),
        text_encoder_2=_clip_text("CLIPTextModelWithProjection"),
        tokenizer=tokenizer(16),
        tokenizer_2=tokenizer(16),
        unet=_unet(
            9,
            cross_attention_dim=32,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            transformer_layers_per_block=(1, 1),
            projection_class_embeddings_input_dim=16 + 6 * 8,
            use_linear_projection=True,
        ),
        scheduler=_schedule(),
    )
    pipe.save_pretrained(folder)
    return folder


def _t5(kind: str) -> Any:
    import transformers

    config = getattr(transformers, kind.replace("EncoderModel", "Config"))(
        vocab_size=16, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2
    )
    return getattr(transformers, kind)(config)


def save_flux(folder: Path, *, seed: int = 0) -> Path:
    """FLUX.1 Fill."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxFillPipeline, FluxTransformer2DModel

    torch.manual_seed(seed)
    packed = 4 * 4
    pipe = FluxFillPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_flux_vae(),
        text_encoder=_clip_text(),
        tokenizer=tokenizer(16),
        text_encoder_2=_t5("T5EncoderModel"),
        tokenizer_2=tokenizer(16),
        transformer=FluxTransformer2DModel(
            patch_size=1,
            in_channels=2 * packed + 4 * 2 * 2,
            out_channels=packed,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=1,
            joint_attention_dim=16,
            pooled_projection_dim=16,
            axes_dims_rope=(4, 4, 8),
            guidance_embeds=True,
        ),
    )
    pipe.save_pretrained(folder)
    return folder


def _flux_vae() -> Any:
    vae = _vae()
    vae.register_to_config(shift_factor=0.1, scaling_factor=0.36)
    return vae


def _wan_vae() -> Any:
    from diffusers import AutoencoderKLWan

    return AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )


def _wan_schedule() -> Any:
    from diffusers import UniPCMultistepScheduler

    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    )


_WAN = {
    "patch_size": (1, 2, 2),
    "num_attention_heads": 2,
    "attention_head_dim": 12,
    "in_channels": 16,
    "out_channels": 16,
    "text_dim": 16,
    "freq_dim": 32,
    "ffn_dim": 16,
    "num_layers": 2,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 128,
}


def save_vace(folder: Path, *, seed: int = 0) -> Path:
    """Wan 2.1 VACE."""
    import torch
    from diffusers import WanVACEPipeline, WanVACETransformer3DModel

    torch.manual_seed(seed)
    pipe = WanVACEPipeline(
        tokenizer=tokenizer(64),
        text_encoder=_t5("UMT5EncoderModel"),
        vae=_wan_vae(),
        scheduler=_wan_schedule(),
        transformer=WanVACETransformer3DModel(**_WAN, vace_layers=[0], vace_in_channels=96),
    )
    pipe.save_pretrained(folder)
    return folder


def save_wan(folder: Path, *, seed: int = 0) -> Path:
    """Wan 2.1, text to video: it takes no mask."""
    import torch
    from diffusers import WanPipeline, WanTransformer3DModel

    torch.manual_seed(seed)
    pipe = WanPipeline(
        tokenizer=tokenizer(64),
        text_encoder=_t5("UMT5EncoderModel"),
        vae=_wan_vae(),
        scheduler=_wan_schedule(),
        transformer=WanTransformer3DModel(**_WAN),
    )
    pipe.save_pretrained(folder)
    return folder


def save_easyanimate(folder: Path, *, seed: int = 0) -> Path:
    """EasyAnimate 5.1 inpainting."""
    import torch
    from diffusers import (
        AutoencoderKLMagvit,
        EasyAnimateInpaintPipeline,
        EasyAnimateTransformer3DModel,
        FlowMatchEulerDiscreteScheduler,
    )
    from transformers import Qwen2Config, Qwen2Model

    torch.manual_seed(seed)
    text = Qwen2Config(
        vocab_size=16,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        bos_token_id=3,
        eos_token_id=1,
        pad_token_id=0,
    )
    pipe = EasyAnimateInpaintPipeline(
        tokenizer=tokenizer(16, chat=True),
        text_encoder=Qwen2Model(text),
        vae=AutoencoderKLMagvit(
            in_channels=3,
            out_channels=3,
            down_block_types=("SpatialDownBlock3D",) + ("SpatialTemporalDownBlock3D",) * 3,
            up_block_types=("SpatialUpBlock3D",) + ("SpatialTemporalUpBlock3D",) * 3,
            block_out_channels=(8, 8, 8, 8),
            latent_channels=4,
            layers_per_block=1,
            norm_num_groups=2,
            spatial_group_norm=False,
        ),
        transformer=EasyAnimateTransformer3DModel(
            num_attention_heads=2,
            attention_head_dim=16,
            in_channels=9,
            out_channels=4,
            time_embed_dim=2,
            text_embed_dim=16,
            num_layers=1,
            sample_width=16,
            sample_height=16,
            patch_size=2,
            resize_inpaint_mask_directly=True,
            add_noise_in_inpaint_model=True,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(),
    )
    pipe.vae.register_to_config(cache_mag_vae=True)  # stands in the published file
    pipe.save_pretrained(folder)
    return folder


def save_clip(folder: Path, *, seed: int = 0) -> Path:
    """CLIP, of 32 pixels a side."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    torch.manual_seed(seed)
    text = {
        "vocab_size": 16,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 16,
        "pad_token_id": 0,
        "bos_token_id": 3,
        "eos_token_id": 1,
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 8,
    }
    CLIPModel(
        CLIPConfig(text_config=text, vision_config=vision, projection_dim=16)
    ).save_pretrained(folder)
    tokenizer(16).save_pretrained(folder)
    return folder
