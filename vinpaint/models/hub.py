"""Weights from the hub to this machine; only ever when asked for."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vinpaint.errors import MissingError, OutputError
from vinpaint.models.places import MARKER, by_hand, offline, own_folder, path_of
from vinpaint.models.register import (
    WEIGHTS_FILE,
    Weights,
    facts_in_words,
    fetch_command,
    megabytes,
    weights_of,
)
from vinpaint.types import Progress, silent

if TYPE_CHECKING:
    import httpx

REACH_SECONDS = 8.0
"""So long may the hub take to answer at all."""
_BLOCK = 1 << 20


def fetch(name: str, *, progress: Progress = silent) -> Path:
    """Download weights into `own_folder()`, going on from where a broken download stopped.

    Returns the folder; weights that are present already are not fetched again. Raises
    MissingError (offline, hub out of reach, damaged on the way), OutputError (disk), Cancelled.
    """
    entry = weights_of(name)
    if (here := path_of(name)) is not None:
        progress(1.0, f"{entry.title} is here already")
        return here
    if offline():
        raise MissingError(
            f"{facts_in_words(entry)}: not fetched, since HF_HUB_OFFLINE or VINPAINT_OFFLINE is "
            f"set; unset it, or put the files of {entry.repository} into {by_hand(name)}"
        )
    folder = own_folder() / name
    progress(0.0, f"asking for {entry.title}")
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(folder, entry)
        _fetch_all(entry, folder, progress)
    progress(1.0, f"{entry.title} is here")
    return folder


def _check_room(folder: Path, entry: Weights) -> None:
    free = shutil.disk_usage(folder).free
    if free < entry.bytes * 1.05:
        raise OutputError(
            f"{entry.title} takes {megabytes(entry.bytes)} MB, but {folder} has "
            f"{megabytes(free)} MB left; free some, or let XDG_CACHE_HOME name another disk"
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

    base = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    root = f"{base}/{entry.repository}/resolve/{entry.revision}"
    with httpx.Client(follow_redirects=True, timeout=REACH_SECONDS) as client:
        try:
            commit = _commit(client, f"{root}/config.json", entry)
        except httpx.HTTPError as error:
            raise _out_of_reach(entry, base, str(error) or type(error).__name__) from error
        try:
            for file in entry.files:
                if not (folder / file).is_file():
                    _fetch_file(client, f"{root}/{file}", folder / file, entry, progress)
        except httpx.HTTPError as error:
            raise MissingError(
                f"the connection broke while {entry.title} was fetched ({error}); run "
                f"'{fetch_command(entry.name)}' again, and it goes on from there"
            ) from error
    made = {"repository": entry.repository, "commit": commit, "sha256": entry.sha256}
    (folder / MARKER).write_text(json.dumps(made, indent=1), encoding="utf-8")


def _commit(client: httpx.Client, url: str, entry: Weights) -> str:
    """The commit that the hub serves; it must answer in time, so a thread does the asking.

    A look-up of a host's name knows no time limit of its own.
    """
    answers: list[httpx.Response | Exception] = []

    def ask() -> None:
        try:
            answers.append(client.head(url, follow_redirects=False))
        except Exception as error:  # handed over to the thread that waits
            answers.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACH_SECONDS)
    if not answers:
        host = url.split("/")[2]
        raise _out_of_reach(entry, host, f"no answer within {REACH_SECONDS:.0f} seconds")
    if isinstance(answers[0], Exception):
        raise answers[0]
    return str(answers[0].headers.get("x-repo-commit", entry.revision))


def _out_of_reach(entry: Weights, where: str, reason: str) -> MissingError:
    return MissingError(
        f"{facts_in_words(entry)}: not fetched, since {where} cannot be reached ({reason}); check "
        f"the connection and try again, or put the files of {entry.repository} into "
        f"{by_hand(entry.name)}"
    )


def _fetch_file(
    client: httpx.Client, url: str, target: Path, entry: Weights, progress: Progress
) -> None:
    partial = target.with_name(f"{target.name}.part")
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code != 416:  # 416: nothing is left to send, so it only wants checking
            _check_answer(answer, target.name, entry)
            _save(answer, partial, entry, progress)
    if target.name == WEIGHTS_FILE:
        _check_sum(partial, entry, progress)
    partial.replace(target)


def _check_answer(answer: httpx.Response, file: str, entry: Weights) -> None:
    if answer.status_code not in {200, 206}:
        raise MissingError(
            f"{file} of {entry.repository} was refused (HTTP {answer.status_code}); try again "
            f"later, or put the files into {by_hand(entry.name)}"
        )


def _save(answer: httpx.Response, partial: Path, entry: Weights, progress: Progress) -> None:
    """Add to the part that is here; a server that knows no ranges sends it all again."""
    resumed = answer.status_code == 206
    with partial.open("ab" if resumed else "wb") as stream:
        done = stream.tell()
        for block in answer.iter_bytes(_BLOCK):
            stream.write(block)
            done += len(block)
            total = max(entry.bytes, done)
            words = f"fetching {entry.title}, {megabytes(done)} of {megabytes(total)} MB"
            progress(min(0.97, done / total), words)


def _check_sum(partial: Path, entry: Weights, progress: Progress) -> None:
    progress(0.98, f"checking {entry.title}")
    total = hashlib.sha256()
    with partial.open("rb") as stream:
        while block := stream.read(_BLOCK):
            total.update(block)
    if total.hexdigest() != entry.sha256:
        partial.unlink()
        raise MissingError(
            f"{entry.title} arrived damaged: its checksum is {total.hexdigest()[:12]} in place of "
            f"{entry.sha256[:12]}; run '{fetch_command(entry.name)}' again"
        )
