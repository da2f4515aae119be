"""Sound: copied bit for bit where the container takes it, else AAC, and said either way."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from tests.making import LAYOUTS, SoundSpec, encode, packets, pan, random_clip, write_folder
from vinpaint.media import Clip, open_clip, open_writer

COUNT = 30


def source(path: Path, codec: str, **more: object) -> Clip:
    planes = random_clip(LAYOUTS["420"], COUNT, 32, 48)
    options = {"qp": "0", "preset": "ultrafast"}
    if path.suffix == ".webm":
        options, more["codec"] = {"lossless": "1", "cpu-used": "8"}, "libvpx-vp9"
    spec = SoundSpec(codec, COUNT / 25, **more.pop("spec", {}))  # type: ignore[call-overload]
    return open_clip(
        encode(path, planes, LAYOUTS["420"], sound=spec, options=options, **more)  # type: ignore[arg-type]
    )


def rewrite(clip: Clip, out: Path) -> list[str]:
    with open_writer(out, clip) as writer:
        for picture in clip.pictures():
            writer.write(picture, None)
    return writer.notes


@pytest.mark.parametrize(
    ("container", "codec"),
    [(".mp4", "aac"), (".mp4", "libmp3lame"), (".mkv", "libopus"), (".mkv", "flac")],
)
@pytest.mark.parametrize("out", ["out.mp4", "out.mkv"])
def test_what_the_container_takes_is_copied_bit_for_bit(
    container: str, codec: str, out: str, tmp_path: Path
) -> None:
    clip = source(tmp_path / f"in{container}", codec)
    notes = rewrite(clip, tmp_path / out)
    assert packets(tmp_path / out, "audio") == packets(clip.path, "audio")
    said = [note for note in notes if "sound" in note.lower()]
    assert said == [f"The sound ({clip.sound[0].codec}) was copied, not re-encoded."]


@pytest.mark.parametrize(
    ("container", "codec"),
    [(".mov", "pcm_s16le"), (".mkv", "pcm_s24le"), (".webm", "vorbis"), (".avi", "pcm_s16le")],
)
def test_what_an_mp4_does_not_take_becomes_aac_and_is_said(
    container: str, codec: str, tmp_path: Path
) -> None:
    clip = source(tmp_path / f"in{container}", codec)
    notes = rewrite(clip, tmp_path / "out.mp4")
    again = open_clip(tmp_path / "out.mp4")
    assert [(s.codec, s.channels, s.rate_hz) for s in again.sound] == [("aac", 2, 48_000)]
    assert any("was re-encoded as AAC at 192 kbit/s" in note for note in notes)
    before, after = wave(clip.path), wave(again.path)
    assert abs(len(before) - len(after)) < 48_000 * 0.1, "the length changed"
    assert likeness(before, after) > 0.98


@pytest.mark.parametrize(
    ("container", "codec"), [(".mov", "pcm_s16le"), (".webm", "vorbis"), (".avi", "pcm_s16le")]
)
def test_a_master_takes_any_sound_as_it_is(container: str, codec: str, tmp_path: Path) -> None:
    clip = source(tmp_path / f"in{container}", codec)
    rewrite(clip, tmp_path / "out.mkv")
    assert b"".join(packets(tmp_path / "out.mkv", "audio")) == b"".join(packets(clip.path, "audio"))


@pytest.mark.parametrize("out", ["out.mp4", "out.mkv"])
def test_the_sound_stays_in_step_with_the_picture(out: str, tmp_path: Path) -> None:
    clip = source(tmp_path / "in.mp4", "aac")
    rewrite(clip, tmp_path / out)
    assert heard_after_seen(tmp_path / out) == pytest.approx(heard_after_seen(clip.path), abs=0.003)


def test_sound_that_is_re_encoded_stays_in_step(tmp_path: Path) -> None:
    clip = source(tmp_path / "in.mov", "pcm_s16le")
    rewrite(clip, tmp_path / "out.mp4")
    assert heard_after_seen(tmp_path / "out.mp4") == pytest.approx(
        heard_after_seen(clip.path), abs=0.003
    )


def test_mono_stays_mono_and_odd_rates_become_48_khz(tmp_path: Path) -> None:
    clip = source(tmp_path / "in.mov", "pcm_s16le", spec={"rate_hz": 22_050, "channels": 1})
    rewrite(clip, tmp_path / "out.mp4")
    assert [(s.channels, s.rate_hz) for s in open_clip(tmp_path / "out.mp4").sound] == [(1, 22_050)]
    odd = source(tmp_path / "odd.mkv", "pcm_s16le", spec={"rate_hz": 37_000, "channels": 1})
    rewrite(odd, tmp_path / "odd.mp4")
    assert open_clip(tmp_path / "odd.mp4").sound[0].rate_hz == 48_000


def test_every_sound_stream_is_carried_over(tmp_path: Path) -> None:
    one = source(tmp_path / "one.mp4", "aac").path
    two = source(tmp_path / "two.mp4", "libmp3lame", spec={"channels": 1}).path
    both = tmp_path / "both.mp4"
    with av.open(str(one)) as a, av.open(str(two)) as b, av.open(str(both), "w") as out:
        streams = [a.streams.video[0], a.streams.audio[0], b.streams.audio[0]]
        targets = {id(s): out.add_stream_from_template(s) for s in streams}
        for container in (a, b):
            mine = [s for s in streams if s.container is container]
            for packet in container.demux(mine):
                if packet.size:
                    packet.stream = targets[id(packet.stream)]
                    out.mux(packet)
    clip = open_clip(both)
    assert len(clip.sound) == 2
    rewrite(clip, tmp_path / "out.mp4")
    assert open_clip(tmp_path / "out.mp4").sound == clip.sound


def test_a_silent_clip_stays_silent_and_nothing_is_said(tmp_path: Path) -> None:
    clip = open_clip(
        encode(tmp_path / "in.mp4", random_clip(LAYOUTS["420"], 3, 16, 16), LAYOUTS["420"])
    )
    assert rewrite(clip, tmp_path / "out.mp4") == []
    assert open_clip(tmp_path / "out.mp4").sound == ()


def test_a_folder_of_images_says_that_the_sound_is_left_out(tmp_path: Path) -> None:
    clip = source(tmp_path / "in.mp4", "aac")
    assert "A folder of images holds no sound." in rewrite(clip, tmp_path / "out")
    no_op = open_clip(write_folder(tmp_path / "in", pan(2, 8, 8)))
    assert rewrite(no_op, tmp_path / "out.mp4") == []


def wave(path: Path) -> np.ndarray:
    """The first channel, -1 to 1."""
    with av.open(str(path)) as container:
        fit = av.AudioResampler("flt", "mono", 48_000)
        pieces = [p.to_ndarray()[0] for f in container.decode(audio=0) for p in fit.resample(f)]
    return np.concatenate(pieces)


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """The best correlation of two sounds over shifts of up to a codec's own delay."""
    size = min(len(first), len(second)) - 4096
    middle = first[2048 : 2048 + size]
    shifts = range(0, 4096, 8)
    return max(float(np.corrcoef(middle, second[s : s + size])[0, 1]) for s in shifts)


def heard_after_seen(path: Path) -> float:
    """Seconds from the first picture to the first sound that is louder than a whisper."""
    with av.open(str(path)) as container:
        seen = next(container.decode(video=0))
    with av.open(str(path)) as container:
        fit = av.AudioResampler("flt", "mono", 48_000)
        for frame in container.decode(audio=0):
            for piece in fit.resample(frame):
                loud = np.flatnonzero(np.abs(piece.to_ndarray()[0]) > 0.1)
                if len(loud):
                    start = float(piece.pts * piece.time_base)
                    return start + loud[0] / 48_000 - float(seen.pts * seen.time_base)
    raise AssertionError("silence")
