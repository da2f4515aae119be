"""Weights from the hub to this machine; only ever when asked for."""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vinpaint.core import MissingError, OutputError, Progress, no_op
from vinpaint.models import transfer
from vinpaint.models.listing import forget_begun, planned, token_header
from vinpaint.models.paths import MARKER, by_hand, offline, own_folder, path_of, title_of
from vinpaint.models.registry import weights_of
from vinpaint.models.transfer import Tell, Wanted, fetch_file
from vinpaint.models.weights import (
    Weights,
    done_in_words,
    facts_in_words,
    fetch_command,
    files_in_words,
    sized,
)

if TYPE_CHECKING:
    import httpx


def fetch(name: str, *, accept_licence: bool = False, progress: Progress = no_op) -> Path:
    """Download weights into `own_folder()`, going on from where a broken download stopped.

    Returns the folder; weights that are present already are not fetched again. `accept_licence`:
    the user has read and accepted a licence that asks for it; the folder's marker keeps that.
    Raises MissingError (licence not accepted, offline, out of reach, damaged on the way),
    OutputError (disk), Cancelled.
    """
    if (here := path_of(name)) is not None:
        progress(1.0, f"{title_of(name)} is here already")
        return here
    entry = weights_of(name)
    if entry.asks_acceptance and not accept_licence:
        raise MissingError(f"{licence_in_words(entry)}; accept it with '{fetch_command(entry)}'")
    if offline():
        raise MissingError(
            f"{facts_in_words(entry)}: not fetched, since HF_HUB_OFFLINE or VINPAINT_OFFLINE is "
            f"set; unset it, or put {files_in_words(entry)} into {by_hand(name)}"
        )
    folder = own_folder() / name
    progress(0.0, f"asking for {entry.title}")
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(folder, entry, entry.bytes)
        _fetch_all(entry, folder, progress)
    progress(1.0, f"{entry.title} is here")
    return folder


def licence_in_words(entry: Weights) -> str:
    """'ProPainter is under the S-Lab License 1.0, not for commercial use (https://...)'."""
    return (
        f"{entry.title} is under the {entry.licence}, not for commercial use ({entry.licence_page})"
    )


def _check_room(folder: Path, entry: Weights, size: int) -> None:
    """Raises OutputError where the disk has no room for what is still to come."""
    come = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder).free
    if free < (size - come) * 1.05:
        raise OutputError(
            f"{entry.title} takes {sized(size)}, but {folder} has {sized(free)} left; "
            "free some, or let XDG_CACHE_HOME name another disk"
        )


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot write there ({error.strerror}); free space, allow writing, or let "
            "XDG_CACHE_HOME name another folder"
        ) from error


def _fetch_all(entry: Weights, folder: Path, progress: Progress) -> None:
    import httpx

    headers = {} if entry.release else token_header()
    limit = transfer.REACH_SECONDS
    with httpx.Client(follow_redirects=True, timeout=limit, headers=headers) as client:
        commit, batch = planned(client, entry, folder)
        if entry.wanted:  # only now the true size is known
            _check_room(folder, entry, sum(wanted.file.bytes for wanted in batch))
        try:
            _fetch_batch(client, batch, folder, entry, progress)
        except httpx.HTTPError as error:
            raise MissingError(
                f"the connection broke while {entry.title} was fetched ({error}); run "
                f"'{fetch_command(entry)}' again, and it goes on from there"
            ) from error
    _mark(folder, entry, commit, batch)
    forget_begun(folder)


def _fetch_batch(
    client: httpx.Client, batch: Sequence[Wanted], folder: Path, entry: Weights, progress: Progress
) -> None:
    total = max(entry.bytes if not entry.wanted else 0, sum(want.file.bytes for want in batch))
    done = 0
    for wanted in batch:
        target = folder / wanted.file.path
        if not target.is_file():
            fetch_file(client, wanted, folder, entry, _teller(entry, done, total, progress))
        done += target.stat().st_size


def _teller(entry: Weights, before: int, total: int, progress: Progress) -> Tell:
    def tell(bytes_here: int, doing: str) -> None:
        done = before + bytes_here
        whole = max(total, done)
        words = f"{doing} {entry.title}, {done_in_words(done, whole)}"
        progress(min(0.98, done / whole), words)

    return tell


def _mark(folder: Path, entry: Weights, commit: str, batch: Sequence[Wanted]) -> None:
    """Note that the folder is whole, what it is, and who may use it."""
    made: dict[str, object] = {
        "repository": entry.repository,
        "commit": commit,
        "files": {wanted.file.path: wanted.file.checksum for wanted in batch},
        "licence": entry.licence,
    }
    if entry.asks_acceptance:
        made["licence_accepted"] = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    (folder / MARKER).write_text(json.dumps(made, indent=1), encoding="utf-8")
