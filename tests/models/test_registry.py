"""The register of weights, and fetching from a hub that lives in this test."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch

from vinpaint import models
from vinpaint.core import Cancelled, MissingError, OutputError, SettingsError, VinpaintError
from vinpaint.models import WEIGHTS, WeightsFile, transfer

NAME = "sam2.1-hiera-tiny"
COMMIT = WEIGHTS[NAME].revision
BODY = bytes(range(256)) * 20_000
"""Five megabytes that stand for weights."""


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No weights anywhere, and a cache of its own."""
    for name in ("VINPAINT_MODELS", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HF_HUB_OFFLINE", "VINPAINT_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


# ---- the register ----


@pytest.mark.parametrize("entry", WEIGHTS.values(), ids=list(WEIGHTS))
def test_every_entry_is_whole(entry: models.Weights) -> None:
    assert re.fullmatch(r"[\w.-]+/[\w.-]+", entry.repository)
    assert entry.bytes > 20e6
    assert entry.memory_gb * 1e9 > entry.bytes * 0.7, "half as large in bfloat16"
    assert entry.licence
    assert entry.licence_page.startswith("https://")
    assert models.describe_weights(entry).startswith(entry.title)
    for file in entry.files:
        kind, _, digits = file.checksum.partition(":")
        assert (kind, len(digits)) in {("", 0), ("sha1", 40), ("sha256", 64)}
        assert not (file.bytes and not digits)
    large = entry.files[-1]
    if entry.archive_url:
        assert entry.archive_url.endswith(f"/{large.path}.zip")
        assert large.path.endswith(f"-{large.checksum[5:13]}.pth"), "pytorchcv's own naming"
    elif entry.patterns:
        assert entry.layout == "pipeline"
        assert not entry.exact_size, "a sum of parts; the hub says it when asked"
    else:
        assert entry.exact_size
        assert large.bytes == entry.bytes, "the large one last: the rest is there by then"


def test_only_what_is_pinned_claims_to_be() -> None:
    assert [name for name, entry in WEIGHTS.items() if not entry.pinned] == ["easyanimate-inpaint"]
    for entry in WEIGHTS.values():
        is_commit = bool(re.fullmatch(r"[0-9a-f]{40}", entry.revision))
        assert is_commit or entry.archive_url or not entry.pinned


def test_what_is_not_for_commercial_use_is_known_and_refused() -> None:
    unfree = [name for name, entry in WEIGHTS.items() if not entry.commercial]
    assert unfree == ["propainter-flow", "propainter", "flux-fill"]
    for name in unfree:
        models.check_licence(name, commercial_safe=False)
        with pytest.raises(SettingsError, match=re.escape(WEIGHTS[name].licence)):
            models.check_licence(name, commercial_safe=True)
    models.check_licence(NAME, commercial_safe=True)


def test_facts_in_words() -> None:
    assert models.describe_weights(WEIGHTS[NAME]) == "SAM 2.1 tiny, 156 MB, Apache-2.0"


@pytest.mark.slow
def test_the_registered_size_is_the_architectures() -> None:
    """Counted without making a single number: SAM 2.1 tiny is transformers' default."""
    import torch
    from transformers import Sam2VideoConfig, Sam2VideoModel

    with torch.device("meta"):
        parts = Sam2VideoModel(Sam2VideoConfig()).state_dict().values()
    header = WEIGHTS[NAME].bytes - sum(part.numel() * 4 for part in parts)
    assert 0 < header < 100_000, "the rest is the list of names"


def test_an_unknown_name_is_refused() -> None:
    for ask in (models.weights_entry, models.present, models.weights_folder, models.fetch):
        with pytest.raises(SettingsError, match=r"'nonesuch'; choose one of: sam2\.1-hiera-tiny"):
            ask("nonesuch")


def test_what_is_absent_is_said_in_one_sentence() -> None:
    message = str(models.missing_weights(NAME, instead="take the free tracker"))
    assert message == (
        "SAM 2.1 tiny is not on this machine; fetch it with 'vinpaint models fetch "
        "sam2.1-hiera-tiny' (156 MB, Apache-2.0), or take the free tracker"
    )


# ---- where ----


def put(folder: Path, *files: str) -> Path:
    folder.mkdir(parents=True)
    for file in files:
        (folder / file).write_bytes(b"{}")
    return folder


def test_the_given_folder_goes_before_our_cache_and_that_before_the_hubs(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert models.weights_folder(NAME) is None
    assert not models.present(NAME)
    files = ("config.json", "model.safetensors")
    hubs = empty_home / "cache" / "huggingface" / "hub" / "models--facebook--sam2.1-hiera-tiny"
    put(hubs / "snapshots" / ("0" * 40), *files)
    assert models.weights_folder(NAME) is None, "another commit"
    snapshot = put(hubs / "snapshots" / COMMIT, *files)
    assert models.weights_folder(NAME) == snapshot
    own = put(models.download_folder() / NAME, *files)
    assert models.weights_folder(NAME) == snapshot, "a download that has not ended"
    (own / "vinpaint.json").write_text("{}")
    assert models.weights_folder(NAME) == own
    given = put(empty_home / "given" / NAME, "config.json")
    monkeypatch.setenv("VINPAINT_MODELS", str(given.parent))
    assert models.weights_folder(NAME) == own, "a given folder that holds no weights"
    (given / "model.safetensors").write_bytes(b"")
    assert models.weights_folder(NAME) == given


@pytest.mark.parametrize(("variable", "below"), [("HF_HUB_CACHE", ""), ("HF_HOME", "hub")])
def test_the_hubs_own_variables_are_heeded(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch, variable: str, below: str
) -> None:
    monkeypatch.setenv(variable, str(empty_home / "there"))
    folder = empty_home / "there" / below / "models--facebook--sam2.1-hiera-tiny" / "snapshots"
    put(folder / COMMIT, "config.json", "model.safetensors")
    assert models.weights_folder(NAME) == folder / COMMIT


def test_asking_costs_next_to_nothing() -> None:
    start = time.perf_counter()
    for _ in range(100):
        models.present(NAME)
    assert time.perf_counter() - start < 1.0


# ---- load once ----


def test_a_model_is_loaded_once(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(empty_home / "given" / NAME, "config.json", "model.safetensors")
    monkeypatch.setenv("VINPAINT_MODELS", str(empty_home / "given"))
    loads: list[Path] = []

    def load(folder: Path, device: str, dtype: str) -> object:
        loads.append(folder)
        time.sleep(0.05)
        return object()

    got: list[object] = []
    threads = [
        threading.Thread(target=lambda: got.append(models.load_cached(NAME, load, instead="")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert loads == [empty_home / "given" / NAME]


def test_what_cannot_be_loaded_is_one_sentence_and_is_tried_again(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty_home / "given" / NAME, "config.json", "model.safetensors")
    monkeypatch.setenv("VINPAINT_MODELS", str(empty_home / "given"))

    def fail(*_: object) -> object:
        raise ValueError("header too short\nand more")

    with pytest.raises(MissingError, match=r"cannot be loaded \(header too short\); remove that"):
        models.load_cached(NAME, fail, instead="")
    got = models.load_cached(NAME, lambda *how: how, instead="")
    assert got == (empty_home / "given" / NAME, "cpu", "float32")


def test_each_device_and_kind_of_number_has_a_model_of_its_own(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty_home / "given" / NAME, "config.json", "model.safetensors")
    monkeypatch.setenv("VINPAINT_MODELS", str(empty_home / "given"))

    def load(folder: Path, device: str, dtype: str) -> list[str]:
        return [device, dtype]

    first = models.load_cached(NAME, load, instead="")
    other = models.load_cached(NAME, load, device="cuda", dtype="bfloat16", instead="")
    assert (first, other) == (["cpu", "float32"], ["cuda", "bfloat16"])
    assert models.load_cached(NAME, load, instead="") is first


class Model:
    """Holds itself in a circle, as pipelines do."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def sized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of one's own with two large sets of weights and a small one."""
    monkeypatch.setattr("vinpaint.models.loading.LARGE_BYTES", 1000)
    monkeypatch.setattr("vinpaint.models.loading._LOADED", {})
    for name, size in (("large", 2000), ("larger", 3000), ("small", 500)):
        (tmp_path / name / "unet").mkdir(parents=True)
        (tmp_path / name / "unet" / "weights.safetensors").write_bytes(bytes(size))
        (tmp_path / name / "readme.txt").write_bytes(bytes(5000))
    return tmp_path


def loaded(folder: Path, **more: bool) -> weakref.ref[Model]:
    return weakref.ref(models.load_cached(str(folder), lambda *_: Model(), instead="", **more))


def test_loading_a_large_model_lets_the_one_before_go(sized: Path) -> None:
    small, large = loaded(sized / "small"), loaded(sized / "large")
    assert large() is not None
    gone: list[bool] = []

    def load(*_: object) -> Model:
        gone.append(large() is None)  # before: both need not fit
        return Model()

    models.load_cached(str(sized / "larger"), load, instead="")
    assert gone == [True]
    assert small() is not None
    assert loaded(sized / "large")() is not None
    assert loaded(sized / "small")() is small()


def test_a_card_s_memory_is_given_back(sized: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    given_back: list[bool] = []
    large = loaded(sized / "large")
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append(large() is None))
    loaded(sized / "small")
    assert given_back == []
    loaded(sized / "larger")
    assert given_back == [True]


def test_a_model_that_is_held_stays(sized: Path) -> None:
    held = loaded(sized / "large", hold=True)
    other = loaded(sized / "larger", hold=True)
    assert held() is not None
    assert other() is not None


# ---- fetching ----


@dataclass
class Hub:
    """What the hub of this test serves, and what it was asked for."""

    files: dict[str, bytes]
    requested: list[tuple[str, str, str | None]] = field(default_factory=list)
    ranges: bool = True
    stop_after: int | None = None
    status: int = 200

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range")
        self.requested.append((handler.command, handler.path, wanted))
        name = handler.path.rpartition("/")[2]
        right = handler.path.startswith(f"/facebook/{NAME}/resolve/{COMMIT}/")
        if self.status != 200 or not right or name not in self.files:
            handler.send_error(self.status if self.status != 200 else 404)
            return
        body, start = self.files[name], 0
        if wanted and self.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(body):
            handler.send_error(416)
            return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Length", str(len(body) - start))
        handler.send_header("X-Repo-Commit", COMMIT)
        handler.end_headers()
        if handler.command == "GET":
            stop = len(body) if self.stop_after is None else min(len(body), self.stop_after)
            handler.wfile.write(body[start:stop])


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    weights = WeightsFile(
        "model.safetensors", len(BODY), f"sha256:{hashlib.sha256(BODY).hexdigest()}"
    )
    files = (WeightsFile("config.json"), weights)
    entry = replace(WEIGHTS[NAME], bytes=len(BODY), files=files)
    monkeypatch.setitem(WEIGHTS, NAME, entry)
    serving = Hub({"config.json": b"{}", "model.safetensors": BODY})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            serving.answer(self)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    yield serving
    server.shutdown()
    server.server_close()


def test_weights_come_whole_with_progress_and_a_note_of_their_commit(served: Hub) -> None:
    reports: list[tuple[float, str]] = []
    folder = models.fetch(NAME, progress=lambda fraction, words: reports.append((fraction, words)))
    assert folder == models.download_folder() / NAME == models.weights_folder(NAME)
    assert (folder / "model.safetensors").read_bytes() == BODY
    assert not list(folder.glob("*.part"))
    note = json.loads((folder / "vinpaint.json").read_text())
    assert note["commit"] == COMMIT
    assert note["repository"] == "facebook/sam2.1-hiera-tiny"
    fractions = [fraction for fraction, _ in reports]
    assert len(fractions) > 5
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)
    assert any(words == "fetching SAM 2.1 tiny, 2 of 5 MB" for _, words in reports)


def test_what_is_here_is_not_fetched_again(served: Hub) -> None:
    folder = models.fetch(NAME)
    served.requested.clear()
    assert models.fetch(NAME) == folder
    assert served.requested == []


def test_a_broken_download_goes_on_where_it_stopped(served: Hub) -> None:
    served.stop_after = 3_000_000
    with pytest.raises(MissingError, match=r"the connection broke .*, and it goes on from there"):
        models.fetch(NAME)
    assert not models.present(NAME)
    part = models.download_folder() / NAME / "model.safetensors.part"
    have = part.stat().st_size
    assert 0 < have <= 3_000_000
    served.stop_after = None
    folder = models.fetch(NAME)
    assert served.requested[-1][2] == f"bytes={have}-"
    assert (folder / "model.safetensors").read_bytes() == BODY


def test_a_hub_that_knows_no_ranges_sends_it_all_again(served: Hub) -> None:
    served.ranges = False
    put(models.download_folder() / NAME)
    (models.download_folder() / NAME / "model.safetensors.part").write_bytes(b"x" * 1000)
    assert (models.fetch(NAME) / "model.safetensors").read_bytes() == BODY


def test_a_part_that_lacks_nothing_is_only_checked(served: Hub) -> None:
    put(models.download_folder() / NAME)
    (models.download_folder() / NAME / "model.safetensors.part").write_bytes(BODY)
    assert (models.fetch(NAME) / "model.safetensors").read_bytes() == BODY


def test_what_is_damaged_on_the_way_is_thrown_away(served: Hub) -> None:
    served.files["model.safetensors"] = BODY[:-1] + b"?"
    with pytest.raises(MissingError, match="arrived damaged: its checksum is"):
        models.fetch(NAME)
    assert not models.present(NAME)
    assert not list((models.download_folder() / NAME).glob("model*"))
    served.files["model.safetensors"] = BODY
    assert models.present(models.fetch(NAME).name)


def test_a_cancel_is_heard_and_what_came_is_kept(served: Hub) -> None:
    def stop(fraction: float, words: str) -> None:
        if fraction > 0.4:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        models.fetch(NAME, progress=stop)
    part = models.download_folder() / NAME / "model.safetensors.part"
    assert 0 < part.stat().st_size < len(BODY)
    assert models.present(models.fetch(NAME).name)


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_refusal_is_one_sentence(served: Hub, status: int) -> None:
    served.status = status
    with pytest.raises(MissingError, match=rf"was refused \(HTTP {status}\)") as caught:
        models.fetch(NAME)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("variable", ["HF_HUB_OFFLINE", "VINPAINT_OFFLINE"])
def test_offline_nothing_is_asked_for(
    served: Hub, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(MissingError, match=f"{variable}.* is set; unset it"):
        models.fetch(NAME)
    assert served.requested == []
    monkeypatch.setenv(variable, "0")
    assert not models.offline()


def refused(monkeypatch: pytest.MonkeyPatch) -> VinpaintError:
    start = time.monotonic()
    with pytest.raises(MissingError) as caught:
        models.fetch(NAME)
    assert time.monotonic() - start < 10
    message = str(caught.value)
    assert message.startswith("SAM 2.1 tiny, 156 MB, Apache-2.0: not fetched, since ")
    assert "cannot be reached" in message
    assert "check the connection" in message
    assert "\n" not in message
    return caught.value


def test_a_hub_out_of_reach_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    refused(monkeypatch)


def test_a_name_that_nobody_knows_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    refused(monkeypatch)


def test_a_hub_that_never_answers_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "REACH_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as no_op:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{no_op.getsockname()[1]}")
        refused(monkeypatch)


def test_a_look_up_that_hangs_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up a host's name knows no time limit."""
    monkeypatch.setattr(transfer, "REACH_SECONDS", 0.3)
    hangs = threading.Event()
    monkeypatch.setattr("httpx.Client.request", lambda *_, **__: hangs.wait(30))
    start = time.monotonic()
    assert "no answer within" in str(refused(monkeypatch))
    hangs.set()
    assert time.monotonic() - start < 5


def test_a_disk_without_room_is_said_before_anything_is_fetched(
    served: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: small)
    with pytest.raises(OutputError, match=r"takes 5 MB, but .* has 1 MB left"):
        models.fetch(NAME)
    assert served.requested == []


def test_a_folder_that_cannot_be_written_is_said(
    served: Hub, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_home / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(empty_home / "file"))
    with pytest.raises(OutputError, match="cannot write there"):
        models.fetch(NAME)


def test_inference_leaves_the_arithmetic_of_others_as_it_was() -> None:
    tiny = np.array([1e-310])
    with models.inference():
        assert torch.is_inference_mode_enabled()
    assert not torch.is_inference_mode_enabled()
    assert (tiny * 0.5)[0] > 0
