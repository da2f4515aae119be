"""One set of weights: what the register says of it, and how that reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Layout = Literal["model", "pipeline", "file"]
"""What the folder holds: transformers' model, diffusers' pipeline, or one file of states."""

WEIGHTS_FILES = ("model.safetensors", "pytorch_model.bin", "model.safetensors.index.json")
"""What `from_pretrained` of a model looks for; one of them is enough."""


@dataclass(frozen=True)
class File:
    """One file of the folder. `bytes`: its size, 0 where it is not known.

    `checksum`: 'sha256:...', 'sha1:...', or 'git:...' (git's own, of the size and the content);
    '' where none is known.
    """

    path: str
    bytes: int = 0
    checksum: str = ""


@dataclass(frozen=True)
class Weights:
    """One set of weights.

    `revision`: the commit that is fetched; 'main' where no commit could be looked up: then fetch
    takes the newest and notes which it was. `files`: what is fetched, known beforehand. Where
    `wanted` stands, the hub is asked for its list of files, with sizes and checksums, and those
    that match one of the patterns are fetched as well. `release`: the address of a .zip with the
    one file. `bytes`: the size of the download, `exact` or an estimate. `memory_gb`, `gpu_gb`:
    what the work takes beside the clip, on the processor and on a card; estimates, but where
    `memory_measured`. `commercial`: the licence allows commercial use. `dtype`: what it is best
    loaded as on a card. `note`: what was not certain.
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
    files: tuple[File, ...] = ()
    wanted: tuple[str, ...] = ()
    release: str = ""
    exact: bool = True
    memory_measured: bool = False
    dtype: str = "float32"
    note: str = ""

    @property
    def pinned(self) -> bool:
        """Whether fetch can only ever bring the same bytes."""
        return bool(re.fullmatch(r"[0-9a-f]{40}", self.revision)) or bool(self.release)

    @property
    def asks_acceptance(self) -> bool:
        """Whether the licence must be accepted before anything is fetched."""
        return not self.commercial

    @property
    def page(self) -> str:
        """Where a person can read about it."""
        host = "github.com" if self.release else "huggingface.co"
        return f"https://{host}/{self.repository}"


def facts_in_words(entry: Weights) -> str:
    """'SAM 2.1 tiny, 156 MB, Apache-2.0'; what is not for commercial use is said to be so."""
    use = "" if entry.commercial else ", not for commercial use"
    return f"{entry.title}, {size_in_words(entry)}, {entry.licence}{use}"


def size_in_words(entry: Weights) -> str:
    """'156 MB', 'about 2.7 GB'."""
    return sized(entry.bytes) if entry.exact else f"about {sized(entry.bytes)}"


def sized(count: int) -> str:
    """Bytes as a download page counts them: '156 MB', '6.9 GB'."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{round(count / 1e6)} MB"


def done_in_words(done: int, total: int) -> str:
    """'2 of 156 MB', '0.3 of 6.9 GB'."""
    if total >= 1e9:
        return f"{done / 1e9:.1f} of {total / 1e9:.1f} GB"
    return f"{round(done / 1e6)} of {round(total / 1e6)} MB"


def files_in_words(entry: Weights) -> str:
    """What to put into the folder by hand: 'the files of facebook/sam2.1-hiera-tiny'."""
    if entry.release:
        return f"{entry.files[0].path} from {entry.release}"
    return f"the files of {entry.repository}"


def fetch_command(entry: Weights) -> str:
    """What to type to fetch the weights."""
    accept = " --accept-licence" if entry.asks_acceptance else ""
    return f"vinpaint models fetch {entry.name}{accept}"
