"""Download weights from the Hugging Face hub, on request only.

huggingface_hub is not used, because it cannot resume a download. From version 2 on (checked in
2.4.0, `file_download._download_to_tmp_and_move`) it writes to a temporary file with a random name
and deletes it if the download fails or is cancelled. If the connection broke after 30 of 33 GB, the
download would start again from 0. Here the partial file is kept, and a later call resumes it.
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
    """Download weights into `download_folder()` and return their folder.

    An interrupted download is resumed. Weights that are already on this machine are not downloaded
    again.

    Args:
        name: a name in the registry.
        accept_licence: whether the user has read and accepted the licence. Some licences require
            this; the acceptance is recorded in the folder.
        progress: called with the share that is done; it may raise Cancelled.

    Raises SettingsError for an unknown name; MissingError if the licence was not accepted, the
    machine is offline, the server cannot be reached, or a file arrives damaged; OutputError if the
    files cannot be written.
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
    """Raise OutputError if the disk has no space for the part that is still missing.

    size: bytes of the complete download.
    """
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
        if entry.patterns:  # the size is known exactly only after listing the files
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
    """Write the file that marks the folder as complete.

    It records the origin of the files, their checksums, and the date on which the licence was
    accepted.
    """
    facts: dict[str, object] = {
        "repository": entry.repository,
        "commit": commit,
        "files": {download.file.path: download.file.checksum for download in downloads},
        "licence": entry.licence,
    }
    if entry.needs_acceptance:
        facts["licence_accepted"] = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    (folder / MARKER).write_text(json.dumps(facts, indent=1), encoding="utf-8")
