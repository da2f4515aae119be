"""What the hub says of a repository: its commit, and its files with sizes and checksums.

The answers are those of the hub's public interface (huggingface.co/docs/hub/api): `revision` and
`tree`, the latter in pages.
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vinpaint.core import MissingError
from vinpaint.models.transfer import Wanted, check_answer, reach
from vinpaint.models.weights import File, Weights

if TYPE_CHECKING:
    import httpx

_BEGUN = "vinpaint.part.json"
"""In a folder that is being fetched: the commit, where the register does not pin it."""


def hub_address() -> str:
    """Of the hub, or of the mirror that HF_ENDPOINT names."""
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def token_header() -> dict[str, str]:
    """What lets the hub know who asks, where HF_TOKEN is set: some weights need that."""
    token = os.environ.get("HF_TOKEN", "").strip()
    return {"Authorization": f"Bearer {token}"} if token else {}


def planned(client: httpx.Client, entry: Weights, folder: Path) -> tuple[str, list[Wanted]]:
    """(commit, what to fetch). Raises MissingError where a server is out of reach or refuses."""
    if entry.release:
        reach(client, "HEAD", entry.release, entry)
        return entry.revision, [Wanted(entry.files[0], entry.release, packed=True)]
    root = f"{hub_address()}/{entry.repository}/resolve"
    if not entry.wanted:
        answer = reach(client, "HEAD", f"{root}/{entry.revision}/{entry.files[0].path}", entry)
        commit = str(answer.headers.get("x-repo-commit", entry.revision))
        files = list(entry.files)
    else:
        commit = entry.revision if entry.pinned else _commit(client, entry, folder)
        files = _chosen(_tree(client, entry, commit), entry)
    return commit, [Wanted(file, f"{root}/{commit}/{file.path}") for file in files]


def _commit(client: httpx.Client, entry: Weights, folder: Path) -> str:
    """The newest commit, or the one that a broken download began with: two must not be mixed."""
    begun = folder / _BEGUN
    if begun.is_file():
        return str(json.loads(begun.read_text(encoding="utf-8"))["commit"])
    url = f"{hub_address()}/api/models/{entry.repository}/revision/{entry.revision}"
    commit = str(_json(reach(client, "GET", url, entry), "the commit", entry)["sha"])
    begun.write_text(json.dumps({"commit": commit}), encoding="utf-8")
    return commit


def forget_begun(folder: Path) -> None:
    """The download has ended."""
    (folder / _BEGUN).unlink(missing_ok=True)


def _tree(client: httpx.Client, entry: Weights, commit: str) -> list[File]:
    url = f"{hub_address()}/api/models/{entry.repository}/tree/{commit}?recursive=true"
    files: list[File] = []
    while url:
        answer = reach(client, "GET", url, entry)
        rows = _json(answer, "the list of files", entry)
        files += [_file(row) for row in rows if row["type"] == "file"]
        url = answer.links.get("next", {}).get("url", "")
    return files


def _json(answer: httpx.Response, what: str, entry: Weights) -> Any:
    check_answer(answer, what, entry)
    try:
        return answer.json()
    except ValueError as error:
        raise MissingError(
            f"{what} of {entry.repository} is not what the hub answers otherwise; check that "
            f"{hub_address()} is a hub"
        ) from error


def _file(row: dict[str, Any]) -> File:
    """Large files have a SHA-256; the others are known by git's own checksum."""
    large = row.get("lfs")
    checksum = f"sha256:{large['oid']}" if large else f"git:{row['oid']}"
    return File(str(row["path"]), int(row["size"]), checksum)


def _chosen(files: list[File], entry: Weights) -> list[File]:
    """Those that are wanted, the small ones first. Raises MissingError where a needed one lacks."""
    chosen = [file for file in files if any(fnmatchcase(file.path, p) for p in entry.wanted)]
    chosen = [file for file in chosen if ".." not in Path(file.path).parts]
    known = {file.path for file in chosen}
    for needed in entry.files:
        if needed.path not in known:
            raise MissingError(
                f"{entry.repository} holds no {needed.path}; it is not what it was, so put the "
                "files into a folder of your own"
            )
    return sorted(chosen, key=lambda file: (file.bytes, file.path))
