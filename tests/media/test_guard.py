"""The one door: what must not come in is refused by a sentence, and nothing else is opened."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.making import LAYOUTS, encode, random_clip
from vinpaint.core import MediaError
from vinpaint.media import guard, open_clip
from vinpaint.media.guard import check_picture, check_size, open_media, picture_stream


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encode(tmp_path / "good.mp4", random_clip(LAYOUTS["420"], 3, 32, 48), LAYOUTS["420"])


def script(folder: Path, kind: str, target: Path) -> Path:
    """A text that makes a careless reader open `target`, under an innocent name."""
    texts = {
        "ffconcat": f"ffconcat version 1.0\nfile '{target.name}'\n",
        "m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target.name}\n#EXT-X-ENDLIST\n",
        "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4">'
        f'<Representation id="1" bandwidth="1"><BaseURL>{target.name}</BaseURL>'
        "</Representation></AdaptationSet></Period></MPD>",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
        "text": "just some words\n" * 20,
    }
    path = folder / "innocent.mp4"
    path.write_text(texts[kind])
    return path


@pytest.mark.parametrize("kind", ["ffconcat", "m3u8", "dash", "sdp", "text"])
def test_a_script_under_a_video_s_name_is_refused_and_opens_nothing(
    kind: str, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The neighbour is a named pipe: whoever opened it would show up as its reader."""
    import os

    pipe = tmp_path / "neighbour.mp4"
    os.mkfifo(pipe)
    bad = script(tmp_path, kind, pipe)
    content = bad.read_bytes()
    with pytest.raises(MediaError, match=r"innocent\.mp4: not a video that can be read"):
        open_media(bad)
    with pytest.raises(OSError, match="No such device"):  # nobody reads the pipe
        os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    assert bad.read_bytes() == content


def test_the_list_of_demuxers_is_what_refuses_a_concat_script(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the list the same file opens its neighbour: the test above can fail."""
    bad = script(tmp_path, "ffconcat", clip)
    with pytest.raises(MediaError):
        open_media(bad)
    monkeypatch.setattr(guard, "DEMUXERS", guard.DEMUXERS + ",concat")
    with open_media(bad) as container:
        assert container.format.name == "concat"


def test_no_demuxer_that_opens_other_files_is_allowed() -> None:
    assert not set(guard.DEMUXERS.split(",")) & {"concat", "hls", "dash", "sdp", "rtsp", "image2"}
    assert guard.PROTOCOLS == "file"


def test_an_address_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no such file"):
        open_clip("http://127.0.0.1:9/clip.mp4")


def test_a_missing_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"gone\.mp4: no such file"):
        check_size(tmp_path / "gone.mp4")
    (tmp_path / "void.mp4").touch()
    with pytest.raises(MediaError, match=r"void\.mp4: the file is empty"):
        check_size(tmp_path / "void.mp4")


def test_a_file_over_the_limit_is_refused_before_it_is_opened(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "MAX_FILE_GB", 1e-7)
    with pytest.raises(MediaError, match="over the limit of 1e-07 GB"):
        check_size(clip)


@pytest.mark.parametrize(
    ("size", "good"),
    [
        ((8192, 4320), True),
        ((8193, 4320), False),
        ((16384, 1), True),
        ((16385, 1), False),
        ((16000, 16000), False),
        ((0, 100), False),
        ((100, -1), False),
        ((1, 1), True),
    ],
)
def test_picture_sizes(size: tuple[int, int], good: bool) -> None:
    if good:
        check_picture("clip.mp4", *size)
        return
    with pytest.raises(MediaError, match=rf"{size[0]}x{size[1]}"):
        check_picture("clip.mp4", *size)


def test_a_clip_that_is_too_long_is_refused(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "MAX_SECONDS", 0.05)
    with open_media(clip) as container, pytest.raises(MediaError, match="minutes is over"):
        picture_stream(container, clip.name)


def test_sound_alone_is_refused_with_what_was_found(tmp_path: Path) -> None:
    import av

    path = tmp_path / "song.m4a"
    with av.open(str(path), "w", format="mp4") as out:
        voice = out.add_stream("aac", rate=48000)
        frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp")
        frame.sample_rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
        out.mux(voice.encode(frame))
        out.mux(voice.encode(None))
    with pytest.raises(MediaError, match=r"no picture, only sound"):
        open_clip(path)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_file_cut_short_before_its_header_is_refused(clip: Path, share: float) -> None:
    """The header of a plain .mp4 stands at its end."""
    data = clip.read_bytes()
    clip.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError) as caught:
        open_clip(clip)
    assert "\n" not in str(caught.value)


def test_random_bytes_are_refused(tmp_path: Path) -> None:
    for seed in range(5):
        path = tmp_path / f"{seed}.mkv"
        path.write_bytes(np.random.default_rng(seed).bytes(5000))
        with pytest.raises(MediaError):
            open_media(path)
