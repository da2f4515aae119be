"""The stage: the one picture that all steps share, and what the browser is told about it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import gradio as gr

from vinpaint.core import BoxPrompt, Click, Keyframe, Painting, Prompt, Region
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import (
    copies,
    fresh_outlook,
    inspection,
    last_run,
    shown_preview,
    state,
)
from vinpaint.ui.session.state import STEPS, Loaded, Outlook
from vinpaint.ui.session.tracked_objects import hidden_of

STATIC = Path(__file__).parents[1] / "static"
_SCRIPTS = ("wipe.js", "overlay.js", "stage.js", "tools.js", "start.js")
_serial = itertools.count(1)


def static(name: str) -> str:
    """One of our own scripts, styles or templates."""
    return (STATIC / name).read_text(encoding="utf-8")


def build_stage() -> gr.HTML:
    """The component. Its events: `point`, `area`, `stroke`, `pick`, each with what was drawn."""
    return gr.HTML(
        {},
        html_template=static("stage.html"),
        js_on_load="\n".join(static(name) for name in _SCRIPTS),
        words=texts.STAGE,
        apply_default_css=False,
        elem_id="stage",
    )


def stage_value(visit: Visit) -> dict[str, Any]:
    """All that the browser needs to draw the stage.

    `serial` makes each value a new one; `go` (added by who needs it): from which tab to which.
    """
    session = visit.session
    run = last_run(session)
    found = session.found
    hidden = hidden_of(session.objects)
    seen = inspection(session)
    outlook = fresh_outlook(session)
    edge = session.edge if state(session, "tune") == "done" else None
    return {
        "serial": next(_serial),
        "steps": {step: state(session, step) for step in STEPS},
        "offered": _clip_value(visit, session.offered),
        "clip": _clip_value(visit, session.clip),
        "version": session.version,
        "masked": bool(session.prompts or found),
        "found": found is not None,
        "marks": [mark for one in session.prompts if (mark := _mark(one))],
        "areas": [round(area, 4) for area in found.areas(hidden)] if found else [],
        "notes": [[note.span.start, note.span.stop] for note in found.notes(hidden)]
        if found
        else [],
        "cuts": list(found.cuts) if found else [],
        "forecast": _forecast_value(outlook) if outlook else None,
        "offers": [
            {"kind": "offer", "span": list(span), "box": list(box)}
            for span, box in session.offers.latest
        ],
        "faults": [
            {"kind": "region", "span": list(one.span), "box": list(one.box)}
            for one in (seen.faults if seen else ())
        ],
        "outline": {
            "found": [
                {"object": number, "address": _media(visit, part.outline)}
                for number, part in (found.shown(hidden).items() if found else ())
            ],
            "forecast": [
                {"object": number, "address": _media(visit, path)}
                for number, path in enumerate((outlook.seen, outlook.unseen), 1)
            ]
            if outlook
            else [],
            "tuned": _media(visit, edge.outline) if edge else None,
            "run": f"share/{run.id}/outline.json" if run else None,
        },
        "run": _run_value(run.id) if run else None,
        **_copied_value(visit),
    }


def _copied_value(visit: Visit) -> dict[str, Any]:
    """`picking`: a click says where to copy from; `aim`: where that is; `preview`: one frame."""
    session = visit.session
    cloned = session.copy_from == "clone" and copies(session.fill)
    aim, seen = session.aim, shown_preview(session)
    return {
        "picking": cloned and session.found is not None,
        "aim": {"frame": aim.frame, "kind": "region", "box": list(aim.box)}
        if aim and cloned
        else None,
        "preview": {"frame": seen.frame, "address": _media(visit, seen.picture)} if seen else None,
    }


def _forecast_value(outlook: Outlook) -> dict[str, list[float]]:
    """By frame, as shares of the picture: the hole, and what of it is never seen."""
    seen = outlook.forecast
    pixels = seen.size[0] * seen.size[1]
    return {
        "areas": [round(hole / pixels, 5) for hole in seen.hole_px],
        "lost": [round(lost / pixels, 5) for lost in seen.unseen_px],
    }


def _clip_value(visit: Visit, loaded: Loaded | None) -> dict[str, Any] | None:
    if loaded is None:
        return None
    clip = loaded.clip
    return {
        "key": loaded.key,
        "base": f"visit/{visit.token}/{loaded.key}",
        "width": clip.width,
        "height": clip.height,
        "aspect": float(clip.info.aspect),
        "frames": clip.frames,
        "first": loaded.first_frame,
        "fps": float(clip.fps),
        "times": uneven_times(loaded),
        "video": _media(visit, loaded.before) if loaded.before else None,
    }


def uneven_times(loaded: Loaded) -> list[float] | None:
    """When each frame shows, in seconds, where the rate is uneven; None for an even rate."""
    facts, fps = loaded.clip.info, float(loaded.clip.fps)
    times = [float((pts - facts.pts[0]) * facts.time_base) for pts in facts.pts]
    late = max(abs(time - number / fps) for number, time in enumerate(times))
    return times if late > 0.5 / fps else None


def _media(visit: Visit, path: Path) -> str:
    return f"visit/{visit.token}/media/{path.name}"


def _run_value(run_id: str) -> dict[str, str]:
    base = f"share/{run_id}"
    return {"id": run_id, "before": f"{base}/before.mp4", "after": f"{base}/after.mp4"}


def _mark(prompt: Prompt) -> dict[str, Any] | None:
    match prompt:
        case Click():
            return {"frame": prompt.frame, "x": prompt.x, "y": prompt.y, "add": prompt.add}
        case BoxPrompt():
            return {"frame": prompt.frame, "kind": "box", "box": list(prompt.box)}
        case Region():
            return {"kind": "region", "box": list(prompt.box)}
        case Painting() | Keyframe():
            return {"frame": prompt.frame, "kind": prompt.kind}
        case _:
            return None
