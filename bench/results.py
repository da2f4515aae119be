"""All benches in one run, kept in results.json and told in RESULTS.md: `make bench`.

    python -m bench.results                # measure all, then write
    python -m bench.results --quick        # a taste of each, printed, written nowhere
    python -m bench.results --parts speed  # measure again only this, keep the rest
    python -m bench.results --parts ""     # write RESULTS.md again from results.json

Tables are never typed by hand. What stands between the two marks in RESULTS.md is: it stays.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import faults, fill, memory, speed
from bench.common import HERE, clip_places, write_json
from bench.plot import Bars, Curve, svg

Held = dict[str, Any]

PARTS: dict[str, Callable[[], Held]] = {
    "fill": fill.bench,
    "speed": speed.bench,
    "memory": memory.bench,
    "faults": faults.bench,
}
TINY = (160, 96)
QUICK: dict[str, Callable[[], Held]] = {
    "fill": lambda: fill.bench(only=_first_clip(), kinds=("moving",), frames=12),
    "speed": lambda: speed.bench(speed.CASES[:1], pairs=1),
    "memory": lambda: memory.bench((2.0, 4.0), size=TINY),
    "faults": lambda: faults.bench(only=_first_clip(), strengths=(1.0,)),
}
BEGIN, END = "<!-- notes: written by hand, kept -->", "<!-- end of notes -->"
GOAL_TIMES, GOAL_SIZE = 4.0, [1920, 1080]


def _first_clip() -> list[str]:
    return list(clip_places())[:1]


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _of(stamp: Held) -> str:
    return (
        f"{stamp['date']}, commit {stamp['commit']}, {stamp['machine']}, "
        f"Python {stamp['python']}, OpenCV {stamp['opencv']}."
    )


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def means(rows: list[Held], kind: str, method: str) -> Held:
    """The mean of every column over the clips; the largest of `outside`; None where not measured.

    A method counts with the clips that it could fill.
    """
    mine = [row for row in rows if row["hole"] == kind and row["method"] == method]
    found: Held = {"clips": sum(row["psnr_in"] is not None for row in mine)}
    for key in fill.COLUMNS:
        known = [row[key] for row in mine if row[key] is not None]
        found[key] = (max(known) if key == "outside" else float(np.mean(known))) if known else None
    return found


def methods_of(rows: list[Held]) -> list[str]:
    """In the order of measuring."""
    return list(dict.fromkeys(row["method"] for row in rows))


def told_fill(held: Held) -> str:
    """Quality: the means, then every clip."""
    rows, (width, height) = held["rows"], held["size"]
    kinds = list(dict.fromkeys(row["hole"] for row in rows))
    head = ["hole", "method", "clips", "psnr_in dB", "ssim_in", "psnr dB", "ewarp"]
    head += ["s/frame", "x flow", "outside"]
    lines = []
    for kind in kinds:
        for method in methods_of(rows):
            mean = means(rows, kind, method)
            cells = [_cell(mean[key], form) for key, form in fill.COLUMNS.items()]
            lines.append([kind, method, str(mean["clips"]), *cells])
    names = list(dict.fromkeys(row["clip"] for row in rows))
    shown = [method for method in methods_of(rows) if method != fill.TRUTH]
    at = {(row["clip"], row["hole"], row["method"]): row["psnr_in"] for row in rows}
    each = [
        [name, kind, *(_cell(at.get((name, kind, method)), ".2f") for method in shown)]
        for name in names
        for kind in kinds
    ]
    return f"""## Quality

{_of(held)}

Clips: {", ".join(names)}, at {width}x{height}, at most {held["frames"]} frames of each; the hole's
pixels are noise in what a method sees. The means over the clips:

{table(head, lines)}

psnr_in and ssim_in inside the hole, psnr on the whole frame; ewarp: 1000 times the mean squared
difference to the frame before, warped by the true motion, inside the hole (less than the truth's is
not better); s/frame: wall time, for propagate and plate of the whole command, for the others of the
filling alone; x flow: that, divided by the time of forward and backward DIS flow of these frames;
outside: the largest difference outside the hole. `plate` gets the true first frame as reference.
`median`: the median over the frames that show the place, Telea where none shows it.

psnr_in of every clip:

{table(["clip", "hole", *shown], each)}
{_refusals(rows)}"""


def _refusals(rows: list[Held]) -> str:
    """Why some cells are empty, in the method's own words."""
    lines = [
        f"- `{row['method']}` on {row['clip']}, {row['hole']} hole: {row['error']}"
        for row in rows
        if row["error"]
    ]
    return "\n".join(["", "What a method would not fill:", "", *lines, ""]) if lines else ""


def told_speed(held: Held) -> str:
    """Speed in multiples of the floor."""
    stages = list(held["rows"][0]["stages"])
    head = ["size", "frames", "floor s/frame", "command s/frame", "x floor", "peak MB", "outside"]
    lines = [
        [
            "{}x{}".format(*row["size"]),
            str(row["frames"]),
            f"{row['floor']:.3f}",
            f"{row['command']:.3f}",
            f"**{row['multiple']:.2f}**",
            f"{row['peak_mb']:.0f}",
            str(row["outside"]),
            *(f"{row['stages'][stage]:.3f}" for stage in stages),
        ]
        for row in held["rows"]
    ]
    return f"""## Speed and size

{_of(held)}

Medians of {held["pairs"]} pairs, floor and command alternating. A rendered clip (a pan
over texture, a moving hole of 5 %), H.264 in and out. The floor: decode, forward and backward DIS
flow, encode. The command: `vinpaint run`, propagate, with the start of Python and the measures.

{table([*head, *(f"{stage} s/frame" for stage in stages)], lines)}
"""


def told_memory(held: Held) -> str:
    """Peak memory against length."""
    head = ["length", "frames", "size", "peak MB", "s/frame"]
    lines = [
        [
            f"{row['seconds']:g} s",
            str(row["frames"]),
            "{}x{}".format(*row["size"]),
            f"**{row['peak_mb']:.0f}**",
            f"{row['wall_seconds'] / row['frames']:.3f}",
        ]
        for row in held["rows"]
    ]
    return f"""## Memory against length

{_of(held)}

The largest resident memory of the command or of any process that it starts.

{table(head, lines)}
"""


def told_faults(held: Held) -> str:
    """Recall by kind and strength, then what is proposed for clips that are whole."""
    rows, clips = held["rows"], held["unharmed"]
    strengths = list(dict.fromkeys(row["strength"] for row in rows))
    lines = []
    for planted in dict.fromkeys(row["planted"] for row in rows):
        mine = [row for row in rows if row["planted"] == planted]
        cells = [_recall([row for row in mine if row["strength"] == one]) for one in strengths]
        lines.append([planted, *cells, str(sum(row["others"] for row in mine))])
    head = ["planted", *(f"strength {one:g}" for one in strengths), "other proposals"]
    each = [
        [
            clip["clip"],
            "{}x{}".format(*clip["size"]),
            str(clip["frames"]),
            f"**{clip['proposals']}**",
            f"{clip['seconds_per_frame']:.3f}",
        ]
        for clip in clips
    ]
    return f"""## Finding what is wrong

{_of(held)}

Found, of the faults planted in {len(clips)} clips ({"{}x{}".format(*held["size"])}, at most
{held["frames"]} frames). Torn, or another picture: the strength is its opacity. Flicker: random,
standard deviation 40 levels times the strength. Colour: 60 levels times the strength in red, -24 in
green, -48 in blue, there and back. Other proposals: those that are
none of the planted faults, over all clips and strengths.

{table(head, lines)}

The same clips as they are; every proposal is a false alarm:

{table(["clip", "size", "frames", "proposals", "s/frame"], each)}
"""


def _recall(rows: list[Held]) -> str:
    return f"{sum(row['found'] for row in rows)} of {len(rows)}" if rows else "-"


TOLD = {"fill": told_fill, "speed": told_speed, "memory": told_memory, "faults": told_faults}


def charts(held: Held) -> list[Bars | Curve]:
    """What the plot shows of the parts that were measured."""
    drawn: list[Bars | Curve] = []
    if "fill" in held:
        rows = held["fill"]["rows"]
        names = [method for method in methods_of(rows) if method != fill.TRUTH]
        kinds = dict.fromkeys(row["hole"] for row in rows)
        series = {
            f"{kind} hole": [means(rows, kind, name)["psnr_in"] for name in names] for kind in kinds
        }
        short = [name.replace("navier-stokes", "n.-stokes") for name in names]
        drawn.append(Bars("Quality: PSNR inside the hole, dB", short, series))
    if "speed" in held:
        rows = held["speed"]["rows"]
        names = [f"{row['size'][1]}p" for row in rows]
        goal = GOAL_TIMES, "goal at 1080p: 4"
        times = [row["multiple"] for row in rows]
        drawn.append(Bars("Speed: time in multiples of the floor", names, {"": times}, goal=goal))
    if "memory" in held:
        rows = held["memory"]["rows"]
        names = [f"{row['seconds']:g} s" for row in rows]
        peaks = [row["peak_mb"] for row in rows]
        drawn.append(Curve("Peak memory against length, MB", names, peaks))
    return drawn


def render(folder: Path) -> None:
    """RESULTS.md and results.svg from results.json, the notes kept."""
    held = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    page = folder / "RESULTS.md"
    notes = "\n"
    if page.exists():
        notes = page.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0] or notes
    told = [TOLD[part](held[part]) for part in TOLD if part in held]
    head = "# Quality, speed, memory\n\nMeasured by `make bench`; this file is written by it.\n"
    image = "![Quality, speed and memory as charts](results.svg)\n"
    page.write_text("\n".join([head, image, f"{BEGIN}{notes}{END}\n", *told]), encoding="utf-8")
    (folder / "results.svg").write_text(svg(charts(held)), encoding="utf-8")


def measure(folder: Path, parts: list[str]) -> None:
    """Measure some parts; each is kept as soon as it is done."""
    path = folder / "results.json"
    held: Held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for part in parts:
        print(f"\n{part}", flush=True)
        held[part] = PARTS[part]()
        write_json(path, held)


def main() -> None:
    """Measure and write, or only one of them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a taste of each; nothing is written")
    parser.add_argument("--folder", type=Path, default=HERE, help="where results lie")
    given = parser.parse_args()
    parts = [part for part in given.parts.split(",") if part]
    if wrong := set(parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(wrong))}; there are {', '.join(PARTS)}")
    if given.quick:
        for part in parts:
            print(f"\n{part}", flush=True)
            QUICK[part]()
        return
    measure(given.folder, parts)
    render(given.folder)
    print(f"\nwritten: {given.folder / 'RESULTS.md'}")


if __name__ == "__main__":
    main()
