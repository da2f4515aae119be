"""The register of learned weights: what there is, where it lies on this machine, how it gets here.

Nothing is fetched unless `fetch` is called. Weights are looked for in this order: the folder
`$VINPAINT_MODELS/<name>`, the app's own cache, the Hugging Face cache (at the pinned commit). All
hold what `from_pretrained(path, local_files_only=True)` reads.
"""

from vinpaint.models.hub import fetch
from vinpaint.models.load import check_whole, inference, load_once
from vinpaint.models.places import given_folder, offline, own_folder, path_of, present
from vinpaint.models.register import (
    WEIGHTS,
    Weights,
    absent,
    facts_in_words,
    fetch_command,
    megabytes,
    weights_of,
)

__all__ = [
    "WEIGHTS",
    "Weights",
    "absent",
    "check_whole",
    "facts_in_words",
    "fetch",
    "fetch_command",
    "given_folder",
    "inference",
    "load_once",
    "megabytes",
    "offline",
    "own_folder",
    "path_of",
    "present",
    "weights_of",
]
