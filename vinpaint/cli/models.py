"""The commands `vinpaint models`: list weights, download them, and show where they are stored."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from vinpaint.cli import flags
from vinpaint.models import Weights
from vinpaint.runtime.progress_bar import ProgressBar

models_app = typer.Typer(
    name="models",
    help="List, download and locate model weights. Nothing is downloaded unasked.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@models_app.command("list", epilog="Example:  vinpaint models list --commercial-safe")
def list_models(
    commercial_safe: flags.CommercialSafe = False, as_json: flags.AsJson = False
) -> None:
    """List the weights with their size, memory, licence, purpose and whether they are here."""
    from vinpaint import models

    shown = [
        entry
        for name, entry in models.WEIGHTS.items()
        if models.licence_allows(name, commercial_safe=commercial_safe)
    ]
    if as_json:
        print(json.dumps([_plain(entry) for entry in shown], indent=1))
        return
    for entry in shown:
        here = "here" if models.present(entry.name) else "not here"
        print(f"{entry.name:28} {here:9} {models.describe_weights(entry)}{_remarks(entry)}")
        print(f"{'':38} {entry.purpose}")
        print(f"{'':38} {_memory(entry)}; from {_origin(entry)}")


def _remarks(entry: Weights) -> str:
    """Return remarks for the user, such as '; no commit pinned: the newest is fetched'."""
    newest = "" if entry.pinned else "; no commit pinned: the newest is fetched"
    return f"{newest}{'; ' + entry.note if entry.note else ''}"


def _memory(entry: Weights) -> str:
    how = "measured" if entry.memory_measured else "estimated"
    return f"{entry.memory_gb:g} GB of memory ({how}), about {entry.gpu_gb:g} GB on a GPU"


def _origin(entry: Weights) -> str:
    """Return page and revision: 'huggingface.co/facebook/sam2.1-hiera-tiny at de431c404384'."""
    return f"{entry.page.removeprefix('https://')} at {entry.revision[:12]}"


def _plain(entry: Weights) -> dict[str, object]:
    """Return the JSON output for an entry."""
    from vinpaint import models

    folder = models.weights_folder(entry.name)
    return {
        "name": entry.name,
        "title": entry.title,
        "purpose": entry.purpose,
        "page": entry.page,
        "repository": entry.repository,
        "revision": entry.revision,
        "pinned": entry.pinned,
        "bytes": entry.bytes,
        "bytes_are_exact": entry.exact_size,
        "licence": entry.licence,
        "licence_page": entry.licence_page,
        "commercial": entry.commercial,
        "memory_gb": entry.memory_gb,
        "gpu_gb": entry.gpu_gb,
        "memory_is_measured": entry.memory_measured,
        "note": entry.note,
        "folder": None if folder is None else str(folder),
    }


@models_app.command(epilog="Example:  vinpaint models fetch sam2.1-hiera-tiny")
def fetch(
    name: Annotated[str, typer.Argument(help="Name from 'vinpaint models list'.")],
    accept_licence: Annotated[
        bool,
        typer.Option(
            "--accept-licence", help="Confirm that you have read the licence and accept it."
        ),
    ] = False,
    progress: flags.ShowProgress = False,
) -> None:
    """Download weights, and resume an interrupted download."""
    from vinpaint import models

    entry = models.weights_entry(name)
    ask = entry.needs_acceptance and not models.present(name) and not accept_licence
    if ask and sys.stdin.isatty():
        print(f"{models.describe_licence(entry)}.")
        accept_licence = typer.confirm("Have you read it, and do you accept it?")
    with ProgressBar(always=progress) as bar:
        folder = models.fetch(name, accept_licence=accept_licence, progress=bar.update)
    print(f"{models.describe_weights(entry)}: {folder}")


@models_app.command(epilog="Example:  vinpaint models where")
def where(as_json: flags.AsJson = False) -> None:
    """Show the folders that are searched for weights, and what was found."""
    from vinpaint import models

    given = models.configured_folder()
    found = {name: models.weights_folder(name) for name in models.WEIGHTS}
    if as_json:
        plain = {name: None if path is None else str(path) for name, path in found.items()}
        folders = {"given": given and str(given), "own": str(models.download_folder())}
        print(json.dumps({"folders": folders, "weights": plain}, indent=1))
        return
    print(f"{'VINPAINT_MODELS':28} {given or 'not set'}")
    print(f"{'fetched weights':28} {models.download_folder()}")
    for name, path in found.items():
        print(f"{name:28} {path or 'not here'}")
