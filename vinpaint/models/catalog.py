"""What learned weights there are: where they come from, what they weigh, what they may be used for.

Commits, sizes and checksums were looked up in public records of the repositories, each in at least
two independent ones (the hub itself was out of reach); the sizes of SAM 2.1 were also counted from
the architectures. Where sizes and checksums of a pipeline's files are not known, they stand not
here: the hub is asked for them, at the commit, when the weights are fetched, and what comes is
compared with its answer. The sizes of such downloads are sums of their known parts, and estimates.
The checksums of what pytorchcv offers are those of its own table (0.0.74).
"""

from __future__ import annotations

from vinpaint.models.weights import File, Weights

_FOLLOWS = "follows what is clicked, boxed or painted through turns and occlusion"
_APACHE = "https://www.apache.org/licenses/LICENSE-2.0"
_S_LAB = "https://github.com/sczhou/ProPainter/blob/main/LICENSE"
_ZOO = "osmr/imgclsmob"
_ZOO_FILES = f"https://github.com/{_ZOO}/releases/download/v0.0.570"
_PIPELINE = ("model_index.json", "*/*.json", "*/*.txt", "*/*.model")
"""What every pipeline has beside its weights."""
_INDEX = (File("model_index.json"),)


def _files(
    size: int, sha256: str, *small: str, large: str = "model.safetensors"
) -> tuple[File, ...]:
    """A model's files, the large one last: the rest is there by then."""
    return (
        *(File(name) for name in ("config.json", *small)),
        File(large, size, f"sha256:{sha256}"),
    )


def _zoo(name: str, sha1: str) -> tuple[str, tuple[File, ...]]:
    """Address and file of a network of pytorchcv."""
    file = f"{name}-0000-{sha1[:8]}.pth"
    return f"{_ZOO_FILES}/{file}.zip", (File(file, checksum=f"sha1:{sha1}"),)


_RAFT = _zoo("raft_things", "d74fed4b7511a95ca9713b69ff19a132210a1016")
_PROPAINTER_FLOW = _zoo("propainter_rfc", "a865ddc0281f27ff0814939a8c0101e936678312")
_PROPAINTER = _zoo("propainter", "5f3cc1e7083fb5c49a7e5c574a06d41c763550a5")

_MASKS = (
    Weights(
        name="sam2.1-hiera-tiny",
        title="SAM 2.1 tiny",
        purpose=f"{_FOLLOWS}; the quickest of its kind",
        repository="facebook/sam2.1-hiera-tiny",
        revision="de431c4043854a71d8101e17995dfe596bf101a5",
        bytes=155_908_064,
        files=_files(
            155_908_064, "48c14467e5cf9e51870511feb72c89688e82dd74523142c0538b663e193ac2a7"
        ),
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=1.0,
        gpu_gb=2.0,
        memory_measured=True,
    ),
    Weights(
        name="sam2.1-hiera-small",
        title="SAM 2.1 small",
        purpose=f"{_FOLLOWS}; somewhat surer than tiny",
        repository="facebook/sam2.1-hiera-small",
        revision="ee5bba1d82bb8749febdf90f45e84b687142ba03",
        bytes=184_305_280,
        files=_files(
            184_305_280, "0a4067b11ce1e23d5229203f11c718a823060d15a4b23fa2372a7d4b77cbbc60"
        ),
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=1.1,
        gpu_gb=2.0,
    ),
    Weights(
        name="sam2.1-hiera-base-plus",
        title="SAM 2.1 base plus",
        purpose=f"{_FOLLOWS}; surer than small, and slower",
        repository="facebook/sam2.1-hiera-base-plus",
        revision="b7320756a13354e7530a63935656d35b2f91a290",
        bytes=323_476_296,
        files=_files(
            323_476_296, "2012733a0de5d03efd1bba550a2847c4551be9ef2e0d497c83074df66189f780"
        ),
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=1.4,
        gpu_gb=2.5,
    ),
    Weights(
        name="sam2.1-hiera-large",
        title="SAM 2.1 large",
        purpose=f"{_FOLLOWS}; the surest and slowest",
        repository="facebook/sam2.1-hiera-large",
        revision="665f8e2ad61cf5f53d65644ff27c8ee525124610",
        bytes=897_897_416,
        files=_files(
            897_897_416, "dc407dce21301fd94abb395c5099b4f2c455fdc8a8f261ac3d0ea6d4cd197230"
        ),
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=2.5,
        gpu_gb=4.0,
    ),
    Weights(
        name="grounding-dino-tiny",
        title="Grounding DINO tiny",
        purpose="finds things by words",
        repository="IDEA-Research/grounding-dino-tiny",
        revision="a2bb814dd30d776dcf7e30523b00659f4f141c71",
        bytes=689_359_096,
        files=_files(
            689_359_096,
            "1a2412ef99bd74bcd3c2a246fa1e48581f8889a1300c9051974741314fc042f3",
            "preprocessor_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.txt",
        ),
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=2.0,
        gpu_gb=2.5,
        memory_measured=True,
    ),
)

_NETWORKS = (
    Weights(
        name="raft-things",
        title="RAFT",
        purpose="optical flow on a card, and for ProPainter",
        repository=_ZOO,
        revision="v0.0.570",
        release=_RAFT[0],
        files=_RAFT[1],
        layout="file",
        bytes=21_030_144,
        exact=False,
        licence="BSD-3-Clause",
        licence_page="https://github.com/princeton-vl/RAFT/blob/master/LICENSE",
        commercial=True,
        memory_gb=1.5,
        gpu_gb=3.0,
    ),
    Weights(
        name="propainter-flow",
        title="ProPainter's flow completion",
        purpose="completes optical flow in the hole, for ProPainter",
        repository=_ZOO,
        revision="v0.0.570",
        release=_PROPAINTER_FLOW[0],
        files=_PROPAINTER_FLOW[1],
        layout="file",
        bytes=20_318_220,
        exact=False,
        licence="S-Lab License 1.0",
        licence_page=_S_LAB,
        commercial=False,
        memory_gb=4.0,
        gpu_gb=4.0,
    ),
    Weights(
        name="propainter",
        title="ProPainter",
        purpose="fills by propagation and a transformer over the frames",
        repository=_ZOO,
        revision="v0.0.570",
        release=_PROPAINTER[0],
        files=_PROPAINTER[1],
        layout="file",
        bytes=157_718_668,
        exact=False,
        licence="S-Lab License 1.0",
        licence_page=_S_LAB,
        commercial=False,
        memory_gb=8.0,
        gpu_gb=10.0,
    ),
)

_PICTURES = (
    Weights(
        name="stable-diffusion-inpainting",
        title="Stable Diffusion 1.5 inpainting",
        purpose="invents what no frame shows, frame by frame; the smallest of its kind",
        repository="stable-diffusion-v1-5/stable-diffusion-inpainting",
        revision="8a4288a76071f7280aedbdb3253bdb9e9d5d84bb",
        layout="pipeline",
        files=_INDEX,
        wanted=(*_PIPELINE, "*/*.fp16.safetensors"),
        bytes=2_740_000_000,
        exact=False,
        licence="CreativeML OpenRAIL-M",
        licence_page="https://huggingface.co/spaces/CompVis/stable-diffusion-license",
        commercial=True,
        memory_gb=6.0,
        gpu_gb=4.0,
        dtype="float16",
    ),
    Weights(
        name="sdxl-inpainting",
        title="Stable Diffusion XL inpainting",
        purpose="invents what no frame shows, frame by frame, at 1024 pixels",
        repository="diffusers/stable-diffusion-xl-1.0-inpainting-0.1",
        revision="115134f363124c53c7d878647567d04daf26e41e",
        layout="pipeline",
        files=_INDEX,
        wanted=(*_PIPELINE, "*/*.fp16.safetensors"),
        bytes=6_940_000_000,
        exact=False,
        licence="CreativeML OpenRAIL++-M",
        licence_page=(
            "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md"
        ),
        commercial=True,
        memory_gb=16.0,
        gpu_gb=9.0,
        dtype="float16",
    ),
    Weights(
        name="flux-fill",
        title="FLUX.1 Fill",
        purpose="invents what no frame shows, frame by frame; the largest of its kind",
        repository="black-forest-labs/FLUX.1-Fill-dev",
        revision="358293da0354175698b67ec8299acf928313a78a",
        layout="pipeline",
        files=_INDEX,
        wanted=(*_PIPELINE, "*/*.safetensors"),
        bytes=33_700_000_000,
        exact=False,
        licence="FLUX.1 [dev] Non-Commercial License",
        licence_page="https://huggingface.co/black-forest-labs/FLUX.1-Fill-dev/blob/main/LICENSE.md",
        commercial=False,
        memory_gb=36.0,
        gpu_gb=26.0,
        dtype="bfloat16",
        note="the hub gives it only to an account that accepted its terms (HF_TOKEN)",
    ),
)

_VIDEOS = (
    Weights(
        name="wan-vace-1.3b",
        title="Wan 2.1 VACE 1.3B",
        purpose="invents what no frame shows, over all frames together",
        repository="Wan-AI/Wan2.1-VACE-1.3B-diffusers",
        revision="ec4d2cb062b548996b179d493fdd05340de702a1",
        layout="pipeline",
        files=_INDEX,
        wanted=(*_PIPELINE, "*/*.safetensors"),
        bytes=19_040_000_000,
        exact=False,
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=24.0,
        gpu_gb=14.0,
        dtype="bfloat16",
    ),
    Weights(
        name="wan-vace-14b",
        title="Wan 2.1 VACE 14B",
        purpose="the same, with a network of ten times the size",
        repository="Wan-AI/Wan2.1-VACE-14B-diffusers",
        revision="db79b90c60bbb45ceec9e41b9d5a4df934538ac4",
        layout="pipeline",
        files=_INDEX,
        wanted=(*_PIPELINE, "*/*.safetensors"),
        bytes=75_000_000_000,
        exact=False,
        licence="Apache-2.0",
        licence_page=_APACHE,
        commercial=True,
        memory_gb=55.0,
        gpu_gb=45.0,
        dtype="bfloat16",
    ),
    Weights(
        name="easyanimate-inpaint",
        title="EasyAnimate 5.1 12B inpainting",
        purpose="invents what no frame shows, over all frames together; a second family",
        repository="alibaba-pai/EasyAnimateV5.1-12b-zh-InP-diffusers",
        revision="main",
        layout="pipeline",
        files=_INDEX,
        wanted=(*_PIPELINE, "*/*.safetensors"),
        bytes=41_000_000_000,
        exact=False,
        licence="Apache-2.0",
        licence_page="https://github.com/aigc-apps/EasyAnimate/blob/main/LICENSE",
        commercial=True,
        memory_gb=48.0,
        gpu_gb=40.0,
        dtype="bfloat16",
        note="the licence is the project's; that of this repository's card was not read",
    ),
)

_JUDGES = (
    Weights(
        name="clip-vit-b32",
        title="CLIP ViT-B/32",
        purpose="measures how well the fill answers the prompt",
        repository="openai/clip-vit-base-patch32",
        revision="3d74acf9a28c67741b2f4f2ea7635f0aaf6f0268",
        bytes=605_247_071,
        files=_files(
            605_247_071,
            "a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f",
            "preprocessor_config.json",
            "special_tokens_map.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "vocab.json",
            "merges.txt",
            large="pytorch_model.bin",
        ),
        licence="MIT",
        licence_page="https://github.com/openai/CLIP/blob/main/LICENSE",
        commercial=True,
        memory_gb=1.2,
        gpu_gb=1.0,
    ),
)

ENTRIES = (*_MASKS, *_NETWORKS, *_PICTURES, *_VIDEOS, *_JUDGES)
