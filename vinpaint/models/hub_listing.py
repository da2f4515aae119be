"""List the files of a Hugging Face repository at one commit, with their sizes and checksums.

This uses the hub's public API (huggingface.co/docs/hub/api): the calls `revision`, and `tree`,
whose result is paged.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vinpaint.core import MissingError
from vinpaint.models.transfer import Download, check_status, request
from vinpaint.models.weights import Weights, WeightsFile

if TYPE_CHECKING:
    import httpx

COMMIT_FILE = "vinpaint.part.json"
"""File in an incomplete download that records its commit, if the registry does not pin one."""


def hub_address() -> str:
    """Return the address of the hub, or of the mirror in HF_ENDPOINT, without a final slash."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def token_header() -> dict[str, str]:
    """Return the HTTP header that identifies the user, or {} if HF_TOKEN is not set."""
    token = os.environ.get("HF_TOKEN", "").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def plan_downloads(
    client: httpx.Client, entry: Weights, folder: Path
) -> tuple[str, list[Download]]:
    """Return (commit, files to download).

    Raises MissingError if the server cannot be reached, refuses the request, or lacks a file.
    """
    if entry.archive_url:
        request(client, "HEAD", entry.archive_url, entry)
        return entry.revision, [Download(entry.files[0], entry.archive_url, archived=True)]
    root = f"{hub_address()}/{entry.repository}/resolve"
    if entry.patterns:
        commit = entry.revision if entry.pinned else _newest_commit(client, entry, folder)
        files = _select(_list_files(client, entry, commit), entry)
    else:
        answer = request(client, "HEAD", f"{root}/{entry.revision}/{entry.files[0].path}", entry)
        commit = str(answer.headers.get("x-repo-commit", entry.revision))
        files = list(entry.files)
    return commit, [Download(file, f"{root}/{commit}/{file.path}") for file in files]


def _newest_commit(client: httpx.Client, entry: Weights, folder: Path) -> str:
    """Return the commit to download.

    It is the newest one, or that of an interrupted download, so that files of two commits are not
    mixed. It is recorded in the folder.
    """
    started = folder / COMMIT_FILE
    if started.is_file():
        return str(json.loads(started.read_text(encoding="utf-8"))["commit"])
    url = f"{hub_address()}/api/models/{entry.repository}/revision/{entry.revision}"
    commit = str(_parse(request(client, "GET", url, entry), "the commit", entry)["sha"])
    started.write_text(json.dumps({"commit": commit}), encoding="utf-8")
    return commit


def _list_files(client: httpx.Client, entry: Weights, commit: str) -> list[WeightsFile]:
    url = f"{hub_address()}/api/models/{entry.repository}/tree/{commit}?recursive=true"
    files: list[WeightsFile] = []
    while url:
        answer = request(client, "GET", url, entry)
        rows = _parse(answer, "the list of files", entry)
        files += [_read_row(row) for row in rows if row["type"] == "file"]
        url = answer.links.get("next", {}).get("url", "")
    return files


def _read_row(row: dict[str, Any]) -> WeightsFile:
    """Return the file that a row of the listing describes.

    Large files (LFS) have a SHA-256; all others are identified by git's blob hash.
    """
    large = row.get("lfs")
    checksum = f"sha256:{large['oid']}" if large else f"git:{row['oid']}"
    return WeightsFile(str(row["path"]), int(row["size"]), checksum)


def _parse(answer: httpx.Response, subject: str, entry: Weights) -> Any:
    check_status(answer, subject, entry)
    try:
        return answer.json()
    except ValueError as error:
        raise MissingError(
            f"{subject} of {entry.repository} could not be read; check that {hub_address()} is a "
            "Hugging Face hub"
        ) from error


def _select(files: list[WeightsFile], entry: Weights) -> list[WeightsFile]:
    """Return the files that match the entry's patterns, smallest first.

    Raises MissingError if a file that the entry names is not among them.
    """
    selected = [
        file
        for file in files
        if any(fnmatchcase(file.path, pattern) for pattern in entry.patterns)
        and ".." not in Path(file.path).parts
    ]
    absent = {file.path for file in entry.files} - {file.path for file in selected}
    if absent:
        raise MissingError(
            f"{entry.repository} holds no {min(absent)}; the repository has changed, so put the "
            "files into a folder of your own"
        )
    return sorted(selected, key=lambda file: (file.bytes, file.path))
