"""Download one file: limit the waiting time, resume a partial file, and verify the checksum."""

from __future__ import annotations

import hashlib
import shutil
import threading
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vinpaint.core import MissingError
from vinpaint.models.paths import manual_folder
from vinpaint.models.weights import (
    Weights,
    WeightsFile,
    describe_files,
    describe_weights,
    fetch_command,
)

if TYPE_CHECKING:
    import httpx

REACH_SECONDS = 8.0
"""Maximum time to wait for the first answer of a server."""
_BLOCK_BYTES = 1 << 20

ReportBytes = Callable[[int, str], None]
"""Callback `report(bytes, activity)` with the bytes of this file on disk, and 'fetching' or
'checking'. It may raise Cancelled."""


@dataclass(frozen=True)
class Download:
    """A file to download and its address. archived: the address is that of a .zip with the file."""

    file: WeightsFile
    url: str
    archived: bool = False


def request(client: httpx.Client, method: str, url: str, entry: Weights) -> httpx.Response:
    """Send an HTTP request and return the answer.

    Raises MissingError if the server cannot be reached within REACH_SECONDS. The request runs in a
    thread, because a DNS lookup has no time limit of its own.
    """
    import httpx

    answers: list[httpx.Response | Exception] = []

    def send() -> None:
        try:
            answers.append(client.request(method, url, follow_redirects=method != "HEAD"))
        except Exception as error:  # passed to the waiting thread
            answers.append(error)

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    thread.join(REACH_SECONDS)
    answer = answers[0] if answers else None
    if isinstance(answer, httpx.Response):
        return answer
    if answer is not None and not isinstance(answer, httpx.HTTPError):
        raise answer
    reason = f"no answer within {REACH_SECONDS:.0f} seconds"
    if answer is not None:
        reason = str(answer) or type(answer).__name__
    raise MissingError(
        f"{describe_weights(entry)}: not fetched, since {url.split('/')[2]} cannot be reached "
        f"({reason}); check the connection and try again, or put {describe_files(entry)} into "
        f"{manual_folder(entry.name)}"
    ) from answer


def check_status(answer: httpx.Response, subject: str, entry: Weights) -> None:
    """Raise MissingError if the server refused the request (a status other than 200 or 206).

    subject: what was requested, for the error.
    """
    if answer.status_code in {200, 206}:
        return
    remedy = "try again later"
    if answer.status_code in {401, 403}:
        remedy = f"sign in at {entry.page}, accept its terms, and set HF_TOKEN"
    raise MissingError(
        f"{subject} of {entry.repository} was refused (HTTP {answer.status_code}); {remedy}, "
        f"or put the files into {manual_folder(entry.name)}"
    )


def fetch_file(
    client: httpx.Client, download: Download, folder: Path, entry: Weights, report: ReportBytes
) -> None:
    """Download one file into `folder`, resuming a partial download.

    The file gets its final name only after it is complete and verified.

    Raises MissingError if the server refuses the request or the file arrives damaged,
    httpx.HTTPError if the connection breaks, OSError if the file cannot be written.
    """
    target = folder / download.file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + (".zip.part" if download.archived else ".part"))
    headers = {"Accept-Encoding": "identity"}
    if partial.exists() and (size := partial.stat().st_size):
        headers["Range"] = f"bytes={size}-"
    with client.stream("GET", download.url, headers=headers) as answer:
        if answer.status_code != 416:  # 416: the partial file is complete already
            check_status(answer, download.file.path, entry)
            _save(answer, partial, report)
    if download.archived:
        partial = _unpack(partial, target, entry)
    _verify(partial, download.file, entry, report)
    partial.replace(target)


def _save(answer: httpx.Response, partial: Path, report: ReportBytes) -> None:
    """Append the answer to the partial file, or overwrite it if the server ignored the range."""
    with partial.open("ab" if answer.status_code == 206 else "wb") as stream:
        for block in answer.iter_bytes(_BLOCK_BYTES):
            stream.write(block)
            report(stream.tell(), "fetching")


def _unpack(packed: Path, target: Path, entry: Weights) -> Path:
    """Extract the file from its .zip, remove the .zip, and return the extracted partial file.

    Raises MissingError if the archive is damaged or does not contain the file.
    """
    out = target.with_name(f"{target.name}.part")
    try:
        with (
            zipfile.ZipFile(packed) as archive,
            archive.open(target.name) as member,
            out.open("wb") as stream,
        ):
            shutil.copyfileobj(member, stream, _BLOCK_BYTES)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        out.unlink(missing_ok=True)
        raise _damaged(entry, f"{packed.name.removesuffix('.part')} cannot be unpacked") from error
    finally:
        packed.unlink()
    return out


def _verify(partial: Path, file: WeightsFile, entry: Weights, report: ReportBytes) -> None:
    """Compare the size and checksum of a file with the expected ones.

    If one differs, remove the file and raise MissingError.
    """
    size = partial.stat().st_size
    kind, _, expected = file.checksum.partition(":")
    fault = ""
    if file.bytes and size != file.bytes:
        fault = f"{file.path} has {size} bytes in place of {file.bytes}"
    elif kind:
        actual = _checksum(partial, kind, lambda: report(size, "checking"))
        if actual != expected:
            fault = f"its checksum is {actual[:12]} in place of {expected[:12]}"
    if fault:
        partial.unlink()
        raise _damaged(entry, fault)


def _checksum(path: Path, kind: str, heartbeat: Callable[[], None]) -> str:
    """Return the hexadecimal digest of a file; kind: 'sha256', 'sha1' or 'git'."""
    digest = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
    if kind == "git":
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            heartbeat()
            digest.update(block)
    return digest.hexdigest()


def _damaged(entry: Weights, fault: str) -> MissingError:
    return MissingError(
        f"{entry.title} arrived damaged: {fault}; run '{fetch_command(entry)}' again"
    )
