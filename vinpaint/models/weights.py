"""A registry entry, which describes one set of learned weights, and its wording in messages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Layout = Literal["model", "pipeline", "file"]
"""Contents of the folder: a transformers model, a diffusers pipeline, or one state-dict file."""

WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json")
"""File names of which `from_pretrained` of a model needs one."""


@dataclass(frozen=True)
class WeightsFile:
    """One file of a set of weights.

    Args:
        path: path relative to the folder of the weights.
        bytes: size of the file, 0 if unknown.
        checksum: 'sha256:HEX', 'sha1:HEX' or 'git:HEX' (git's blob hash, of size and content), ''
            if unknown.
    """

    path: str
    bytes: int = 0
    checksum: str = ""


@dataclass(frozen=True)
class Weights:
    """One set of weights in the registry.

    Args:
        name: key in the registry, and name of the folder.
        title: display name.
        purpose: use of the weights, in a few words.
        repository: 'owner/name' on the Hugging Face hub (on GitHub with `archive_url`).
        revision: commit to download. With 'main' it is the newest commit, which is then recorded.
        bytes: size of the download; an estimate unless `exact_size`.
        licence: name of the licence.
        commercial: whether the licence allows commercial use.
        memory_gb, gpu_gb: memory in GB that the model needs on a CPU and on a GPU, in addition to
            the clip; estimates unless `memory_measured`.
        licence_page: web address of the licence.
        layout: see `Layout`.
        files: files whose names are known in advance.
        patterns: patterns of file names. If there are any, all files of the repository that match
            one of them are downloaded.
        archive_url: address of a .zip that holds the only file, instead of a hub repository.
        dtype: the preferred torch dtype on a GPU.
        note: known uncertainties of this entry.
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
        """Whether every download yields the same files: a commit or an archive is given."""
        return bool(self.archive_url or re.fullmatch(r"[0-9a-f]{40}", self.revision))

    @property
    def needs_acceptance(self) -> bool:
        """Whether the user must accept the licence before a download."""
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
    """Return a phrase for the files to copy by hand: 'the files of facebook/sam2.1-hiera-tiny'."""
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
