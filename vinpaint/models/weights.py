"""A registry entry: one set of learned weights, and how messages describe it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Layout = Literal["model", "pipeline", "file"]
"""Contents of the folder: a transformers model, a diffusers pipeline, or one state-dict file."""

WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json")
"""The files that `from_pretrained` of a model looks for; one of them is enough."""


@dataclass(frozen=True)
class WeightsFile:
    """One file of a folder of weights.

    path: relative to the folder; bytes: its size, 0 if unknown; checksum: 'sha256:HEX', 'sha1:HEX'
    or 'git:HEX' (git's blob hash, over size and content), '' if unknown.
    """

    path: str
    bytes: int = 0
    checksum: str = ""


@dataclass(frozen=True)
class Weights:
    """One set of weights in the registry.

    Args:
        name: the key in the registry and the name of its folder.
        title, purpose: what it is called, and what it is for, in a few words.
        repository: 'owner/name' on the Hugging Face hub (on GitHub with `archive_url`).
        revision: the commit to fetch; 'main' fetches the newest commit and records which it was.
        bytes: size of the download; an estimate unless `exact_size`.
        commercial: the licence allows commercial use.
        memory_gb, gpu_gb: memory used beside the clip, on the CPU and on a GPU; estimates unless
            `memory_measured`.
        files: the files known in advance.
        patterns: further files to fetch. The hub lists its files with sizes and checksums; those
            that match one of these patterns are fetched.
        archive_url: address of a .zip that holds the only file, instead of a hub repository.
        dtype: the preferred torch dtype on a GPU.
        note: what remains uncertain about this entry.
    """

    name: str
    title: str
    purpose: str
    repository: str
    revision: str
    bytes: int
    licence: str
    commercial: bool
    memory_gb: float
    gpu_gb: float
    licence_page: str
    layout: Layout = "model"
    files: tuple[WeightsFile, ...] = ()
    patterns: tuple[str, ...] = ()
    archive_url: str = ""
    exact_size: bool = True
    memory_measured: bool = False
    dtype: str = "float32"
    note: str = ""

    @property
    def pinned(self) -> bool:
        """Whether fetching always returns the same bytes."""
        return bool(self.archive_url or re.fullmatch(r"[0-9a-f]{40}", self.revision))

    @property
    def needs_acceptance(self) -> bool:
        """Whether the user must accept the licence before anything is fetched."""
        return not self.commercial

    @property
    def page(self) -> str:
        """The web page of the repository."""
        host = "github.com" if self.archive_url else "huggingface.co"
        return f"https://{host}/{self.repository}"


def describe_weights(entry: Weights) -> str:
    """Return title, size and licence: 'SAM 2.1 tiny, 156 MB, Apache-2.0'."""
    use = "" if entry.commercial else ", not for commercial use"
    return f"{entry.title}, {describe_size(entry)}, {entry.licence}{use}"


def describe_size(entry: Weights) -> str:
    """Return the size of the download: '156 MB', 'about 2.7 GB'."""
    return f"{'' if entry.exact_size else 'about '}{format_bytes(entry.bytes)}"


def describe_licence(entry: Weights) -> str:
    """Return the licence of non-commercial weights in one sentence, with its address."""
    return (
        f"{entry.title} is under the {entry.licence}, not for commercial use ({entry.licence_page})"
    )


def describe_files(entry: Weights) -> str:
    """Return what to place in a folder by hand: 'the files of facebook/sam2.1-hiera-tiny'."""
    if entry.archive_url:
        return f"{entry.files[0].path} from {entry.archive_url}"
    return f"the files of {entry.repository}"


def fetch_command(entry: Weights) -> str:
    """Return the command that fetches the weights."""
    accept = " --accept-licence" if entry.needs_acceptance else ""
    return f"vinpaint models fetch {entry.name}{accept}"


def format_bytes(count: float) -> str:
    """Format a number of bytes in decimal units: '156 MB', '6.9 GB'."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{round(count / 1e6)} MB"


def format_bytes_done(done: int, total: int) -> str:
    """Format a download's progress: '2 of 156 MB', '0.3 of 6.9 GB'."""
    if total >= 1e9:
        return f"{done / 1e9:.1f} of {format_bytes(total)}"
    return f"{round(done / 1e6)} of {format_bytes(total)}"
