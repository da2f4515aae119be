"""Fetching whole folders and packed files, from a hub that lives in this test."""

from __future__ import annotations

import hashlib
import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from vinpaint import models
from vinpaint.core import MissingError, SettingsError
from vinpaint.models import WEIGHTS, Weights, WeightsFile, transfer

COMMIT = "c0ffee" + "0" * 34
NEWER = "beef" + "0" * 36
LARGE = bytes(range(256)) * 4_000
FILES = {
    "model_index.json": b'{"_class_name": "P", "unet": ["diffusers", "U"], "extra": [null, null]}',
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.fp16.safetensors": LARGE,
    "unet/diffusion_pytorch_model.safetensors": b"twice as large",
    "tokenizer/merges.txt": b"a b",
    "whole.safetensors": b"for another program",
    "README.md": b"# words",
}
WANTED = [name for name in FILES if "/" in name and not name.endswith("model.safetensors")]
WANTED.append("model_index.json")


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No weights anywhere, and a cache of its own."""
    for name in ("VINPAINT_MODELS", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HF_HUB_OFFLINE", "VINPAINT_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@dataclass
class Hub:
    """Serves one repository at its newest commit, and keeps what it was asked for."""

    commit: str = COMMIT
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    requested: list[str] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    corrupted: frozenset[str] = frozenset()
    truncated: frozenset[str] = frozenset()
    gated: bool = False
    address: str = ""

    def rows(self) -> list[dict[str, object]]:
        return [{"type": "directory", "path": "unet", "size": 0, "oid": "0"}] + [
            self.row(name, body) for name, body in self.files.items()
        ]

    def row(self, name: str, body: bytes) -> dict[str, object]:
        made: dict[str, object] = {"type": "file", "path": name, "size": len(body)}
        if name.endswith(".safetensors"):
            made["lfs"] = {"oid": hashlib.sha256(body).hexdigest(), "size": len(body)}
        made["oid"] = hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()
        return made

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        self.requested.append(handler.path)
        self.tokens.add(handler.headers.get("Authorization"))
        path, _, query = handler.path.partition("?")
        api = "/api/models/some/pipeline"
        resolve = f"/some/pipeline/resolve/{self.commit}/"
        if self.gated and not handler.headers.get("Authorization"):
            handler.send_error(401)
        elif path == f"{api}/revision/main":
            self.send(handler, json.dumps({"sha": self.commit}).encode())
        elif path == f"{api}/tree/{self.commit}":
            rows = self.rows()
            half = rows[3:] if "cursor" in query else rows[:3]
            more = "" if "cursor" in query else f"<{self.address}{path}?recursive=true&cursor=x>"
            self.send(handler, json.dumps(half).encode(), more)
        elif path.startswith(resolve) and path[len(resolve) :] in self.files:
            name = path[len(resolve) :]
            body = self.files[name]
            self.send(
                handler,
                body[:-1] + b"?" if name in self.corrupted else body,
                stop=name in self.truncated,
            )
        elif path == "/packed.zip":
            self.send(handler, self.files["packed.zip"])
        else:
            handler.send_error(404)

    def send(
        self, handler: BaseHTTPRequestHandler, body: bytes, more: str = "", *, stop: bool = False
    ) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        if more:
            handler.send_header("Link", f'{more}; rel="next"')
        handler.end_headers()
        if handler.command == "GET":
            handler.wfile.write(body[: len(body) // 2] if stop else body)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    serving = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            serving.answer(self)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    serving.address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", serving.address)
    yield serving
    server.shutdown()
    server.server_close()


def entry_of(monkeypatch: pytest.MonkeyPatch, name: str, **changes: object) -> Weights:
    entry = replace(WEIGHTS[name], repository="some/pipeline", bytes=1000, **changes)  # type: ignore[arg-type]
    monkeypatch.setitem(WEIGHTS, name, entry)
    return entry


PIPE = "stable-diffusion-inpainting"


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Weights:
    return entry_of(monkeypatch, PIPE, revision=COMMIT)


@pytest.fixture
def newest(monkeypatch: pytest.MonkeyPatch) -> Weights:
    return entry_of(monkeypatch, PIPE, revision="main")


def files_in(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_pipeline_comes_whole_and_nothing_beside_it(hub: Hub, pipe: Weights) -> None:
    reports: list[float] = []
    folder = models.fetch(PIPE, progress=lambda fraction, _: reports.append(fraction))
    assert files_in(folder) == sorted([*WANTED, "vinpaint.json"])
    assert models.weights_folder(PIPE) == folder
    assert models.weights_variant(folder) == "fp16"
    note = json.loads((folder / "vinpaint.json").read_text())
    assert note["commit"] == COMMIT
    assert note["files"]["unet/diffusion_pytorch_model.fp16.safetensors"].startswith("sha256:")
    assert "licence_accepted" not in note
    assert reports == sorted(reports)
    assert not any("revision" in path for path in hub.requested), "the commit is pinned"


@pytest.mark.parametrize(
    "file", ["unet/diffusion_pytorch_model.fp16.safetensors", "model_index.json"]
)
def test_each_file_is_compared_with_what_the_hub_says_of_it(
    hub: Hub, pipe: Weights, file: str
) -> None:
    hub.corrupted = frozenset([file])
    with pytest.raises(MissingError, match="arrived damaged: its checksum is"):
        models.fetch(PIPE)
    assert not models.present(PIPE)
    hub.corrupted = frozenset()
    models.fetch(PIPE)


def test_a_broken_download_does_not_begin_anew(hub: Hub, pipe: Weights) -> None:
    hub.truncated = frozenset(["unet/diffusion_pytorch_model.fp16.safetensors"])
    with pytest.raises(MissingError, match="it goes on from there"):
        models.fetch(PIPE)
    assert not models.present(PIPE)
    hub.truncated, hub.requested = frozenset(), []
    models.fetch(PIPE)
    assert len([path for path in hub.requested if "/resolve/" in path]) == 1


def test_where_no_commit_is_pinned_the_newest_is_taken_and_noted(hub: Hub, newest: Weights) -> None:
    note = json.loads((models.fetch(PIPE) / "vinpaint.json").read_text())
    assert note["commit"] == COMMIT
    assert not newest.pinned


def test_two_commits_are_never_mixed(hub: Hub, newest: Weights) -> None:
    hub.truncated = frozenset(["unet/diffusion_pytorch_model.fp16.safetensors"])
    with pytest.raises(MissingError):
        models.fetch(PIPE)
    hub.commit, hub.truncated = NEWER, frozenset()
    with pytest.raises(MissingError, match=r"refused \(HTTP 404\)"):
        models.fetch(PIPE)  # this hub has forgotten the old commit; a real one has not
    assert not models.present(PIPE)


def test_a_hub_that_asks_who_is_there_is_told(
    hub: Hub, pipe: Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.gated = True
    with pytest.raises(MissingError, match=r"HTTP 401\); sign in at https://huggingface.co/some/p"):
        models.fetch(PIPE)
    monkeypatch.setenv("HF_TOKEN", "secret")
    models.fetch(PIPE)
    assert "Bearer secret" in hub.tokens


def test_an_acceptance_is_asked_for_once_and_kept(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry_of(monkeypatch, "flux-fill", revision=COMMIT)
    with pytest.raises(MissingError, match=r"FLUX.1 \[dev\] Non-Commercial License, not for comm"):
        models.fetch("flux-fill")
    assert hub.requested == []
    folder = models.fetch("flux-fill", accept_licence=True)
    note = json.loads((folder / "vinpaint.json").read_text())
    assert len(note["licence_accepted"]) == len("2026-01-31")
    assert models.fetch("flux-fill") == folder


# ---- one packed file ----


def packed(name: str, body: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(name, body)
    return made.getvalue()


@pytest.fixture
def packed_network(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """RAFT's entry, for a file that this test makes."""
    made = io.BytesIO()
    torch.save({"module.weight": torch.ones(2, 3), "module.bias": torch.zeros(2)}, made)
    hub.files["packed.zip"] = packed("net.pth", made.getvalue())
    sha1 = hashlib.sha1(made.getvalue()).hexdigest()
    files = (WeightsFile("net.pth", checksum=f"sha1:{sha1}"),)
    return entry_of(
        monkeypatch, "raft-things", files=files, archive_url=f"{hub.address}/packed.zip"
    )


def test_a_packed_file_is_unpacked_checked_and_loaded(packed_network: Weights) -> None:
    folder = models.fetch("raft-things")
    assert files_in(folder) == ["net.pth", "vinpaint.json"]
    layer = torch.nn.Linear(3, 2)
    models.load_state_dict_from(layer, folder)
    assert layer.weight.sum() == 6
    with pytest.raises(MissingError, match="lack 3 parts, 'num_batches_tracked' among them"):
        models.load_state_dict_from(torch.nn.BatchNorm1d(2), folder)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (packed("net.pth", b"another"), "its checksum is"),
        (packed("other.pth", b""), "cannot be unpacked"),
        (b"no archive", "cannot be unpacked"),
    ],
)
def test_a_packed_file_that_is_wrong_is_thrown_away(
    hub: Hub, packed_network: Weights, body: bytes, message: str
) -> None:
    hub.files["packed.zip"] = body
    with pytest.raises(MissingError, match=f"arrived damaged: .*{message}"):
        models.fetch("raft-things")
    assert files_in(models.download_folder() / "raft-things") == []


# ---- out of reach ----


@pytest.mark.parametrize("name", ["raft-things", PIPE, "easyanimate-inpaint", "clip-vit-b32"])
def test_any_server_out_of_reach_is_one_sentence_in_time(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(transfer, "REACH_SECONDS", 0.4)
    with socket.create_server(("127.0.0.1", 0)) as no_op:
        address = f"http://127.0.0.1:{no_op.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", address)
        if WEIGHTS[name].archive_url:
            entry_of(monkeypatch, name, archive_url=f"{address}/packed.zip")
        else:
            entry_of(monkeypatch, name)
        start = time.monotonic()
        with pytest.raises(MissingError, match="cannot be reached") as caught:
            models.fetch(name)
    assert time.monotonic() - start < 5
    assert "\n" not in str(caught.value)
    assert transfer.REACH_SECONDS < 10


# ---- folders of one's own ----


def write(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(FILES.get(name, b"{}"))
    return folder


def test_a_given_folder_serves_in_place_of_any_entry(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VINPAINT_MODELS", str(empty_home / "mine"))
    first_files = {"pipeline": ["model_index.json"], "model": ["config.json", "model.safetensors"]}
    for name, entry in WEIGHTS.items():
        assert not models.present(name)
        folder = write(empty_home / "mine" / name, *first_files.get(entry.layout, ["any.pth"]))
        assert models.weights_folder(name) == folder


def test_a_path_serves_in_place_of_a_name(empty_home: Path) -> None:
    folder = write(empty_home / "my model", "model_index.json")
    assert models.weights_folder(str(folder)) == folder
    assert models.display_title(str(folder)) == "my model"
    got = models.load_cached(str(folder), lambda folder, *_: folder, instead="")
    assert got == folder
    with pytest.raises(SettingsError, match="there are no weights called"):
        models.weights_folder(str(empty_home / "nowhere"))

    def fail(*_: object) -> object:
        raise ValueError("header too short")

    with pytest.raises(MissingError, match=r"\(header too short\); repair or replace that folder"):
        models.load_cached(str(folder), fail, dtype="float16", instead="")


def test_a_half_filled_cache_of_another_program_does_not_count(empty_home: Path) -> None:
    entry = WEIGHTS[PIPE]
    cache = empty_home / "cache" / "huggingface" / "hub"
    shared = cache / f"models--{entry.repository.replace('/', '--')}" / "snapshots" / entry.revision
    write(shared, "model_index.json")
    assert not models.present(PIPE), "no unet"
    write(shared, "unet/config.json")
    assert models.weights_folder(PIPE) == shared
    index = shared / "unet" / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}))
    write(shared, "unet/one.safetensors")
    assert not models.present(PIPE), "a shard lacks"
    write(shared, "unet/two.safetensors")
    assert models.present(PIPE)
