"""An engine from outside, in little: fills each frame's hole with the mean of what it shows.

It reads and writes what such programs do, and misbehaves on demand. Each call adds a line to
--note: how many frames of which size it got, and the prompt.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import av
import cv2
import numpy as np


def read(place: Path) -> list[np.ndarray]:
    if place.is_dir():
        return [cv2.imread(str(file))[..., ::-1] for file in sorted(place.iterdir())]
    with av.open(str(place)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def write(place: Path, frames: list[np.ndarray]) -> None:
    if place.suffix != ".mp4":
        place.mkdir(parents=True)
        for number, frame in enumerate(frames):
            cv2.imwrite(str(place / f"{number}.png"), frame[..., ::-1])
        return
    with av.open(str(place), "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"qp": "0"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")))
        out.mux(stream.encode(None))


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("--frames", "--masks", "--out"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--note", type=Path, required=True)
    parser.add_argument("--hole", default="white")
    parser.add_argument("--grow", type=int, default=0)
    parser.add_argument("--prompt", default="")
    parser.add_argument("--do", default="mean")
    given = parser.parse_args()
    frames, masks = read(given.frames), read(given.masks)
    height, width = frames[0].shape[:2]
    with given.note.open("a") as note:
        note.write(json.dumps([len(frames), len(masks), width, height, given.prompt]) + "\n")
    if given.do == "hang":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        given.note.with_suffix(".pid").write_text(str(child.pid))
        time.sleep(600)
    if given.do == "crash":
        sys.stdout.write("all is well so far\n")
        raise RuntimeError("CUDA is out of patience")
    done = []
    for frame, mask in zip(frames, masks, strict=True):
        hole = (mask[..., 0] > 127) == (given.hole == "white")
        cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
        grown = cv2.dilate(hole.astype(np.uint8), cross, iterations=given.grow).astype(bool)
        filled = frame.copy()
        filled[grown] = np.rint(frame[~grown].mean(axis=0)) if (~grown).any() else 0
        done.append(filled)
    if given.do == "few":
        done = done[:-1]
    if given.do == "small":
        done = [frame[1:] for frame in done]
    if given.do == "tint":
        done = [np.clip(frame * 0.9 + 20, 0, 255).astype(np.uint8) for frame in done]
    if given.do != "nothing":
        write(given.out, done)


main()
