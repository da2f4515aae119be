"""The register of learned weights: what there is, where it lies on this machine, how it gets here.

Nothing is fetched unless `fetch` is called. Weights are looked for in this order: the folder
`$VINPAINT_MODELS/<name>`, the app's own cache, the Hugging Face cache (at the pinned commit). All
hold what `from_pretrained(path, local_files_only=True)` reads, or one file of network states. In
place of a name every function takes the path of a folder of one's own, where that makes sense.
"""

from vinpaint.models.hub import fetch, licence_in_words
from vinpaint.models.loading import (
    check_whole,
    inference,
    load_once,
    put_states,
    read_states,
    variant_of,
)
from vinpaint.models.paths import given_folder, offline, own_folder, path_of, present, title_of
from vinpaint.models.registry import WEIGHTS, absent, allowed, check_allowed, weights_of
from vinpaint.models.weights import File, Weights, facts_in_words, fetch_command, size_in_words

__all__ = [
    "WEIGHTS",
    "File",
    "Weights",
    "absent",
    "allowed",
    "check_allowed",
    "check_whole",
    "facts_in_words",
    "fetch",
    "fetch_command",
    "given_folder",
    "inference",
    "licence_in_words",
    "load_once",
    "offline",
    "own_folder",
    "path_of",
    "present",
    "put_states",
    "read_states",
    "size_in_words",
    "title_of",
    "variant_of",
    "weights_of",
]
