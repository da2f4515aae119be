"""What learned weights there are: where they come from, what they weigh, what they may be used for.

Commits, sizes and checksums were looked up in public records of the repositories, each in at least
two independent ones (the hub itself was out of reach); the sizes of SAM 2.1 were also counted from
the architectures. Fetching compares the checksum in any case.
"""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.errors import MissingError, SettingsError

WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True)
class Weights:
    """One set of weights. `bytes` and `sha256` are those of its model.safetensors.

    `memory_gb`: what the work takes beside the clip, on a CPU; measured for SAM 2.1 tiny and
    Grounding DINO, estimated for the others. `commercial`: the licence allows commercial use.
    `revision`: the commit that is fetched.
    """

    name: str
    title: str
    purpose: str
    repository: str
    revision: str
    bytes: int
    sha256: str
    licence: str
    commercial: bool
    memory_gb: float
    files: tuple[str, ...] = ("config.json", WEIGHTS_FILE)


_FOLLOWS = "follows what is clicked, boxed or painted through turns and occlusion"
_READER_FILES = (
    "config.json",
    "preprocessor_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    WEIGHTS_FILE,
)

WEIGHTS: dict[str, Weights] = {
    entry.name: entry
    for entry in (
        Weights(
            name="sam2.1-hiera-tiny",
            title="SAM 2.1 tiny",
            purpose=f"{_FOLLOWS}; the quickest of its kind",
            repository="facebook/sam2.1-hiera-tiny",
            revision="de431c4043854a71d8101e17995dfe596bf101a5",
            bytes=155_908_064,
            sha256="48c14467e5cf9e51870511feb72c89688e82dd74523142c0538b663e193ac2a7",
            licence="Apache-2.0",
            commercial=True,
            memory_gb=1.0,
        ),
        Weights(
            name="sam2.1-hiera-small",
            title="SAM 2.1 small",
            purpose=f"{_FOLLOWS}; somewhat surer than tiny",
            repository="facebook/sam2.1-hiera-small",
            revision="ee5bba1d82bb8749febdf90f45e84b687142ba03",
            bytes=184_305_280,
            sha256="0a4067b11ce1e23d5229203f11c718a823060d15a4b23fa2372a7d4b77cbbc60",
            licence="Apache-2.0",
            commercial=True,
            memory_gb=1.1,
        ),
        Weights(
            name="sam2.1-hiera-base-plus",
            title="SAM 2.1 base plus",
            purpose=f"{_FOLLOWS}; surer than small, and slower",
            repository="facebook/sam2.1-hiera-base-plus",
            revision="b7320756a13354e7530a63935656d35b2f91a290",
            bytes=323_476_296,
            sha256="2012733a0de5d03efd1bba550a2847c4551be9ef2e0d497c83074df66189f780",
            licence="Apache-2.0",
            commercial=True,
            memory_gb=1.4,
        ),
        Weights(
            name="sam2.1-hiera-large",
            title="SAM 2.1 large",
            purpose=f"{_FOLLOWS}; the surest and slowest",
            repository="facebook/sam2.1-hiera-large",
            revision="665f8e2ad61cf5f53d65644ff27c8ee525124610",
            bytes=897_897_416,
            sha256="dc407dce21301fd94abb395c5099b4f2c455fdc8a8f261ac3d0ea6d4cd197230",
            licence="Apache-2.0",
            commercial=True,
            memory_gb=2.5,
        ),
        Weights(
            name="grounding-dino-tiny",
            title="Grounding DINO tiny",
            purpose="finds things by words",
            repository="IDEA-Research/grounding-dino-tiny",
            revision="a2bb814dd30d776dcf7e30523b00659f4f141c71",
            bytes=689_359_096,
            sha256="1a2412ef99bd74bcd3c2a246fa1e48581f8889a1300c9051974741314fc042f3",
            licence="Apache-2.0",
            commercial=True,
            memory_gb=2.0,
            files=_READER_FILES,
        ),
    )
}


def weights_of(name: str) -> Weights:
    """The entry of a name. Raises SettingsError for a name that is not registered."""
    if name not in WEIGHTS:
        names = ", ".join(WEIGHTS)
        raise SettingsError(f"there are no weights called '{name}'; choose one of: {names}")
    return WEIGHTS[name]


def facts_in_words(entry: Weights) -> str:
    """'SAM 2.1 tiny, 156 MB, Apache-2.0'."""
    return f"{entry.title}, {megabytes(entry.bytes)} MB, {entry.licence}"


def megabytes(count: int) -> int:
    """Bytes as a download page counts them."""
    return round(count / 1e6)


def fetch_command(name: str) -> str:
    """What to type to fetch the weights."""
    return f"vinpaint models fetch {name}"


def absent(name: str, *, instead: str) -> MissingError:
    """The error that says what is missing, what fetching costs, and what to do instead."""
    entry = weights_of(name)
    return MissingError(
        f"{entry.title} is not on this machine; fetch it with '{fetch_command(name)}' "
        f"({megabytes(entry.bytes)} MB, {entry.licence}), or {instead}"
    )
