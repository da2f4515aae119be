"""Learned weights: the registry of models, and finding, downloading and loading their weights.

Start with `registry.py` and `catalog.toml`, which list the models. Then read `paths.py` (find
weights on this machine), `download.py` (`fetch`) and `loading.py` (`load_cached`).

Nothing is downloaded unless `fetch` is called. Weights are searched in this order:
`$VINPAINT_MODELS/<name>`, the folder that `fetch` writes to, and the Hugging Face cache. Functions
that find or load weights accept a name in the registry or the path of a user's own folder.
"""

from vinpaint.models.download import fetch
from vinpaint.models.loading import (
    check_no_missing_keys,
    inference,
    load_cached,
    load_state_dict_from,
    weights_variant,
)
from vinpaint.models.paths import (
    configured_folder,
    display_title,
    download_folder,
    offline,
    present,
    weights_folder,
)
from vinpaint.models.registry import (
    WEIGHTS,
    check_licence,
    licence_allows,
    missing_weights,
    weights_entry,
)
from vinpaint.models.weights import (
    Weights,
    WeightsFile,
    describe_licence,
    describe_size,
    describe_weights,
    fetch_command,
)

__all__ = [
    "WEIGHTS",
    "Weights",
    "WeightsFile",
    "check_licence",
    "check_no_missing_keys",
    "configured_folder",
    "describe_licence",
    "describe_size",
    "describe_weights",
    "display_title",
    "download_folder",
    "fetch",
    "fetch_command",
    "inference",
    "licence_allows",
    "load_cached",
    "load_state_dict_from",
    "missing_weights",
    "offline",
    "present",
    "weights_entry",
    "weights_folder",
    "weights_variant",
]
