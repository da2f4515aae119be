"""Download weights from the hub, only when asked to.

huggingface_hub cannot replace this code: from version 2 (read at 2.4.0,
`file_download._download_to_tmp_and_move`) it writes to a temporary file with a random name, and
deletes it whenever a download fails or is cancelled. A connection cut after 30 of 33 GB would start
again at 0. Here the partial file stays, and a later run resumes it.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from vinpaint.core import MissingError, OutputError, Progress, no_op
from vinpaint.models import transfer
from vinpaint.models.hub_listing import COMMIT_FILE, plan_downloads, token_header
from vinpaint.models.paths import (
    MARKER,
    display_title,
    download_folder,
    manual_folder,
    offline,
    weights_folder,
)
from vinpaint.models.registry import weights_entry
from vinpaint.models.transfer import Download, ReportBytes, fetch_file
from vinpaint.models.weights import (
    Weights,
    describe_files,
    describe_licence,
    describe_weights,
    fetch_command,
    format_bytes,
    format_bytes_done,
)


def fetch(name: str, *, accept_licence: bool = False, progress: Progress = no_op) -> Path:
    """Download weights into `download_folder()`, resuming an interrupted download.

    Returns the folder; weights that are present already are not fetched again. `accept_licence`:
    the user has read and accepted a licence that requires it; the folder's marker records that.

    Raises MissingError (licence not accepted, offline, server unreachable, file damaged),
    OutputError (disk), Cancelled.
    """
    if (existing := weights_folder(name)) is not None:
        progress(1.0, f"{display_title(name)} is here already")
        return existing
    entry = weights_entry(name)
    if entry.needs_acceptance and not accept_licence:
        raise MissingError(f"{describe_licence(entry)}; accept it with '{fetch_command(entry)}'")
    if offline():
        raise MissingError(
            f"{describe_weights(entry)}: not fetched, since HF_HUB_OFFLINE or VINPAINT_OFFLINE is "
            f"set; unset it, or put {describe_files(entry)} into {manual_folder(name)}"
        )
    folder = download_folder() / name
    progress(0.0, f"asking for {entry.title}")
    with _disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(folder, entry, entry.bytes)
        _fetch_all(entry, folder, progress)
    progress(1.0, f"{entry.title} is here")
    return folder


def _check_room(folder: Path, entry: Weights, size: int) -> None:
    """Raise OutputError if the disk has no room for the part that is still missing."""
    fetched = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    free = shutil.disk_usage(folder).free
    if free < (size - fetched) * 1.05:
        raise OutputError(
            f"{entry.title} takes {format_bytes(size)}, but {folder} has {format_bytes(free)} "
            "left; free some space, or let XDG_CACHE_HOME name another disk"
        )


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot write there ({error.strerror}); free space, allow writing, or let "
            "XDG_CACHE_HOME name another folder"
        ) from error


def _fetch_all(entry: Weights, folder: Path, progress: Progress) -> None:
    import httpx

    headers = {} if entry.archive_url else token_header()
    limit = transfer.REACH_SECONDS
    with httpx.Client(follow_redirects=True, timeout=limit, headers=headers) as client:
        commit, downloads = plan_downloads(client, entry, folder)
        total = sum(download.file.bytes for download in downloads)
        if entry.patterns:  # the true size is known only now
            _check_room(folder, entry, total)
        else:
            total = max(total, entry.bytes)
        done = 0
        try:
            for download in downloads:
                target = folder / download.file.path
                if not target.is_file():
                    report = _byte_reporter(entry, done, total, progress)
                    fetch_file(client, download, folder, entry, report)
                done += target.stat().st_size
        except httpx.HTTPError as error:
            raise MissingError(
                f"the connection broke while {entry.title} was fetched ({error}); run "
                f"'{fetch_command(entry)}' again, and it goes on from there"
            ) from error
    _write_marker(folder, entry, commit, downloads)
    (folder / COMMIT_FILE).unlink(missing_ok=True)


def _byte_reporter(entry: Weights, done_before: int, total: int, progress: Progress) -> ReportBytes:
    def report(file_bytes: int, activity: str) -> None:
        done = done_before + file_bytes
        whole = max(total, done)
        progress(
            min(0.98, done / whole), f"{activity} {entry.title}, {format_bytes_done(done, whole)}"
        )

    return report


def _write_marker(folder: Path, entry: Weights, commit: str, downloads: Sequence[Download]) -> None:
    """Record that the folder is complete, its origin, and the accepted licence."""
    facts: dict[str, object] = {
        "repository": entry.repository,
        "commit": commit,
        "files": {download.file.path: download.file.checksum for download in downloads},
        "licence": entry.licence,
    }
    if entry.needs_acceptance:
        facts["licence_accepted"] = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    (folder / MARKER).write_text(json.dumps(facts, indent=1), encoding="utf-8")
