"""One file from a server to the disk: within a time limit, going on where it stopped, checked."""

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
from vinpaint.models.paths import by_hand
from vinpaint.models.weights import File, Weights, facts_in_words, fetch_command, files_in_words

if TYPE_CHECKING:
    import httpx

REACH_SECONDS = 8.0
"""So long may a server take to answer at all."""
_BLOCK = 1 << 20

Tell = Callable[[int, str], None]
"""`tell(bytes of this file that are here, 'fetching' or 'checking')`; raises Cancelled."""


@dataclass(frozen=True)
class Wanted:
    """A file to fetch, and its address. `packed`: the address is a .zip that holds it."""

    file: File
    url: str
    packed: bool = False


def reach(client: httpx.Client, method: str, url: str, entry: Weights) -> httpx.Response:
    """The server's answer, or MissingError within REACH_SECONDS.

    A look-up of a host's name knows no time limit of its own, so a thread does the asking.
    """
    import httpx

    answers: list[httpx.Response | Exception] = []

    def ask() -> None:
        try:
            answers.append(client.request(method, url, follow_redirects=method != "HEAD"))
        except Exception as error:  # handed over to the thread that waits
            answers.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(REACH_SECONDS)
    host = url.split("/")[2]
    if not answers:
        raise _out_of_reach(entry, host, f"no answer within {REACH_SECONDS:.0f} seconds")
    answer = answers[0]
    if isinstance(answer, httpx.HTTPError):
        raise _out_of_reach(entry, host, str(answer) or type(answer).__name__) from answer
    if isinstance(answer, Exception):
        raise answer
    return answer


def _out_of_reach(entry: Weights, where: str, reason: str) -> MissingError:
    return MissingError(
        f"{facts_in_words(entry)}: not fetched, since {where} cannot be reached ({reason}); check "
        f"the connection and try again, or put {files_in_words(entry)} into "
        f"{by_hand(entry.name)}"
    )


def check_answer(answer: httpx.Response, what: str, entry: Weights) -> None:
    """Raises MissingError where the server refused."""
    if answer.status_code in {200, 206}:
        return
    terms = (
        f"sign in at {entry.page}, accept its terms, and set HF_TOKEN"
        if answer.status_code in {401, 403}
        else "try again later"
    )
    raise MissingError(
        f"{what} of {entry.repository} was refused (HTTP {answer.status_code}); {terms}, "
        f"or put the files into {by_hand(entry.name)}"
    )


def fetch_file(
    client: httpx.Client, wanted: Wanted, folder: Path, entry: Weights, tell: Tell
) -> None:
    """One file into the folder, in its place only when it is whole and right.

    Raises MissingError where it was refused or came damaged, httpx.HTTPError where the connection
    broke, OSError.
    """
    target = folder / wanted.file.path
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + (".zip.part" if wanted.packed else ".part"))
    have = partial.stat().st_size if partial.exists() else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    with client.stream("GET", wanted.url, headers=headers) as answer:
        if answer.status_code != 416:  # 416: nothing is left to send, so it only wants checking
            check_answer(answer, wanted.file.path, entry)
            _save(answer, partial, tell)
    if wanted.packed:
        partial = _unpacked(partial, target, entry)
    _check(partial, wanted.file, entry, tell)
    partial.replace(target)


def _save(answer: httpx.Response, partial: Path, tell: Tell) -> None:
    """Add to the part that is here; a server that knows no ranges sends it all again."""
    resumed = answer.status_code == 206
    with partial.open("ab" if resumed else "wb") as stream:
        done = stream.tell()
        for block in answer.iter_bytes(_BLOCK):
            stream.write(block)
            done += len(block)
            tell(done, "fetching")


def _unpacked(packed: Path, target: Path, entry: Weights) -> Path:
    """The file out of its .zip, which is thrown away."""
    out = target.with_name(f"{target.name}.part")
    try:
        with (
            zipfile.ZipFile(packed) as archive,
            archive.open(target.name) as member,
            out.open("wb") as stream,
        ):
            shutil.copyfileobj(member, stream, _BLOCK)
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        out.unlink(missing_ok=True)
        raise _damaged(entry, f"{packed.name.removesuffix('.part')} cannot be unpacked") from error
    finally:
        packed.unlink()
    return out


def _check(partial: Path, file: File, entry: Weights, tell: Tell) -> None:
    size = partial.stat().st_size
    if file.bytes and size != file.bytes:
        partial.unlink()
        raise _damaged(entry, f"{file.path} has {size} bytes in place of {file.bytes}")
    kind, _, wanted = file.checksum.partition(":")
    if not kind:
        return
    found = checksum(partial, kind, lambda: tell(size, "checking"))
    if found != wanted:
        partial.unlink()
        raise _damaged(entry, f"its checksum is {found[:12]} in place of {wanted[:12]}")


def checksum(path: Path, kind: str, beat: Callable[[], None] = lambda: None) -> str:
    """Of a file, in hexadecimal digits; kind: 'sha256', 'sha1' or 'git'."""
    total = hashlib.sha256() if kind == "sha256" else hashlib.sha1(usedforsecurity=False)
    if kind == "git":
        total.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            beat()
            total.update(block)
    return total.hexdigest()


def _damaged(entry: Weights, how: str) -> MissingError:
    return MissingError(f"{entry.title} arrived damaged: {how}; run '{fetch_command(entry)}' again")
