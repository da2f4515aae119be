"""Tiny models with random weights, saved as the real ones are: a download nobody has to make.

They load through the same `from_pretrained(path, local_files_only=True)`. What they find means
nothing; what is done with it can be tested.
"""

from __future__ import annotations

from pathlib import Path

SAM2_SIDE_PX = 128


def save_sam2(folder: Path, *, seed: int = 0) -> Path:
    """A SAM 2.1 of a few hundred kilobytes that looks at 128 x 128 pixels."""
    import torch
    from transformers import Sam2HieraDetConfig, Sam2VideoConfig, Sam2VideoModel, Sam2VisionConfig

    side, hidden = SAM2_SIDE_PX, 128
    widths = [8, 16, 32, 64]
    backbone = Sam2HieraDetConfig(
        hidden_size=widths[0],
        image_size=[side, side],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=widths,
        num_attention_heads_per_stage=[1, 1, 2, 2],
        global_attention_blocks=[3],
    )
    vision = Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=widths[::-1],
        backbone_feature_sizes=[[side // 4] * 2, [side // 8] * 2, [side // 16] * 2],
        fpn_hidden_size=hidden,
    )
    config = Sam2VideoConfig(
        vision_config=vision,
        prompt_encoder_config={"hidden_size": hidden, "image_size": side, "mask_input_channels": 8},
        mask_decoder_config={
            "hidden_size": hidden,
            "mlp_dim": 64,
            "num_attention_heads": 2,
            "iou_head_hidden_dim": hidden,
        },
        image_size=side,
        memory_attention_hidden_size=hidden,
        memory_attention_num_layers=1,
        memory_attention_feed_forward_hidden_size=64,
        memory_attention_rope_feat_sizes=[side // 16, side // 16],
        memory_encoder_hidden_size=hidden,
        memory_encoder_output_channels=64,
        mask_downsampler_embed_dim=hidden,
        memory_fuser_embed_dim=hidden,
        memory_fuser_intermediate_dim=64,
    )
    torch.manual_seed(seed)
    model = Sam2VideoModel(config)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if value.abs().max() == 0 and name.startswith(("no_", "memory_", "occlusion")):
                value.normal_(0, 0.1)
        model.mask_decoder.pred_obj_score_head.proj_out.bias.fill_(5.0)  # it sees an object
    model.save_pretrained(folder)
    return folder


PLACES = {"[PAD]": 0, "[UNK]": 100, "[CLS]": 101, "[SEP]": 102, "[MASK]": 103}
PLACES |= {".": 1012, "?": 1029, "the": 1030, "red": 1031, "car": 1032, "dog": 1033}
"""Few words. The marks stand where BERT has them, since the model knows them by their numbers."""


def vocabulary() -> list[str]:
    """A line for every number up to the last word's."""
    words = {place: word for word, place in PLACES.items()}
    return [words.get(i, f"[unused{i}]") for i in range(max(words) + 1)]


def save_grounding_dino(folder: Path, *, seed: int = 0) -> Path:
    """A Grounding DINO of a few hundred kilobytes, with the files that the hub has."""
    import torch
    from transformers import (
        BertConfig,
        BertTokenizerFast,
        GroundingDinoConfig,
        GroundingDinoForObjectDetection,
        SwinConfig,
    )
    from transformers.models.grounding_dino.image_processing_pil_grounding_dino import (
        GroundingDinoImageProcessorPil,
    )

    hidden = 32
    config = GroundingDinoConfig(
        backbone_config=SwinConfig(
            embed_dim=8,
            depths=[1, 1, 1, 1],
            num_heads=[1, 1, 2, 2],
            window_size=4,
            out_indices=[2, 3, 4],
        ),
        text_config=BertConfig(
            vocab_size=len(vocabulary()),
            hidden_size=hidden,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=64,
        ),
        num_queries=12,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        d_model=hidden,
    )
    torch.manual_seed(seed)
    model = GroundingDinoForObjectDetection(config)
    model.save_pretrained(folder)
    words = folder / "vocab.txt"
    words.write_text("\n".join(vocabulary()) + "\n", encoding="utf-8")
    BertTokenizerFast(vocab=str(words), model_max_length=64).save_pretrained(folder)
    side = {"shortest_edge": 64, "longest_edge": 96}
    GroundingDinoImageProcessorPil(size=side).save_pretrained(folder)
    return folder


def save_propainter(folder: Path) -> Path:
    """The three networks as published, with random weights that make something of their input."""
    import torch
    from pytorchcv.models.raft import raft_things

    from vinpaint.strategies.propainter import network

    nets = network._pytorchcv()
    torch.manual_seed(0)
    made = {
        "raft-things": raft_things(),
        "propainter-flow": nets.propainter_rfc(),
        "propainter": nets.propainter(),
    }
    with torch.no_grad():
        for name, value in made["propainter"].named_parameters():
            if value.dim() > 1 and "pool_layer" not in name:
                torch.nn.init.kaiming_normal_(value, nonlinearity="leaky_relu", a=0.5)
        for value in made["propainter-flow"].hg.parameters():
            if value.abs().max() == 0:
                value.normal_(0, 0.05)  # else no place of a deformable kernel moves
    for name, net in made.items():
        (folder / name).mkdir(parents=True)
        torch.save(net.state_dict(), folder / name / f"{name}.pth")
    return folder
