"""The stage: the picture that all steps share, and the data from which the browser draws it."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import gradio as gr

from vinpaint.core import BoxPrompt, Click, Keyframe, Painting, Prompt, Region
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import takes_reference
from vinpaint.ui.session.state import STEPS, FillForecast, OpenedClip
from vinpaint.ui.session.tracked_objects import hidden_of

STATIC = Path(__file__).parents[1] / "static"
_SCRIPTS = ("wipe.js", "overlay.js", "stage.js", "tools.js", "connection.js", "start.js")
_serial = itertools.count(1)


def static(name: str) -> str:
    """Return the text of a file in the static folder."""
    return (STATIC / name).read_text(encoding="utf-8")


def build_stage() -> gr.HTML:
    """Return the component. It has the events `point`, `area`, `stroke`, `pick` and `reconnect`."""
    return gr.HTML(
        {},
        html_template=static("stage.html"),
        js_on_load="\n".join(static(name) for name in _SCRIPTS),
        words=texts.STAGE,
        apply_default_css=False,
        elem_id="stage",
    )


def stage_value(browser: BrowserSession) -> dict[str, Any]:
    """Return the data from which the browser draws the stage.

    `serial` makes each value different, so that Gradio always sends it. `PageController.open_tab`
    adds `go`, the tab to leave and the tab to open.
    """
    session = browser.session
    run = session.last_run()
    inspection = session.current_inspection()
    forecast = session.current_forecast()
    return {
        "serial": next(_serial),
        "status": f"visit/{browser.token}/status",
        "steps": {step: session.step_state(step) for step in STEPS},
        "offered": _clip_value(browser, session.opened),
        "clip": _clip_value(browser, session.clip),
        "version": session.version,
        "masked": bool(session.prompts or session.tracked),
        "found": session.tracked is not None,
        "marks": [mark for one in session.prompts if (mark := _mark(one))],
        **_tracked_values(browser),
        "forecast": _forecast_value(forecast) if forecast else None,
        "offers": [
            {"kind": "offer", "span": list(span), "box": list(box)}
            for span, box in session.detections.latest
        ],
        "faults": [
            {"kind": "region", "span": list(one.span), "box": list(one.box)}
            for one in (inspection.artifacts if inspection else ())
        ],
        "outline": _outlines(browser),
        "run": _run_value(run.id) if run else None,
        **_reference_values(browser),
    }


def _tracked_values(browser: BrowserSession) -> dict[str, Any]:
    """Return covered shares, spans to check and cuts, for the strip below the picture."""
    tracked = browser.session.tracked
    if tracked is None:
        return {"areas": [], "notes": [], "cuts": []}
    hidden = hidden_of(browser.session.objects)
    return {
        "areas": [round(area, 4) for area in tracked.areas(hidden)],
        "notes": [list(warning.span) for _, warning in tracked.warnings(hidden)],
        "cuts": list(tracked.cuts),
    }


def _outlines(browser: BrowserSession) -> dict[str, Any]:
    """Return the URLs of the outlines to draw over a playing video."""
    session = browser.session
    run, forecast = session.last_run(), session.current_forecast()
    edge = session.edge_preview if session.step_state("tune") == "done" else None
    visible = session.tracked.visible(hidden_of(session.objects)) if session.tracked else {}
    paths = {number: one.outline for number, one in visible.items()}
    halves = {1: forecast.seen, 2: forecast.unseen} if forecast else {}

    def addresses(outlines: dict[int, Path]) -> list[dict[str, Any]]:
        return [{"object": n, "address": _media(browser, path)} for n, path in outlines.items()]

    return {
        "found": addresses(paths),
        "forecast": addresses(halves),
        "tuned": _media(browser, edge.outline) if edge else None,
        "run": f"share/{run.id}/outline.json" if run else None,
        "left": _media(browser, run.leftover.outline) if run and run.leftover else None,
    }


def _reference_values(browser: BrowserSession) -> dict[str, Any]:
    """Return whether a click picks the clone source, the clone source, and the previewed frame."""
    session = browser.session
    clones = session.copy_from == "clone" and takes_reference(session.fill)
    source, preview = session.clone_source, session.current_preview()
    box = {"frame": source.frame, "kind": "region", "box": list(source.box)} if source else None
    return {
        "picking": clones and session.tracked is not None,
        "aim": box if clones else None,
        "preview": {"frame": preview.frame, "address": _media(browser, preview.picture)}
        if preview
        else None,
    }


def _forecast_value(made: FillForecast) -> dict[str, list[float]]:
    """Return, for each frame, the share of the hole, and that of its pixels never seen."""
    forecast = made.forecast
    pixels = forecast.size[0] * forecast.size[1]
    return {
        "areas": [round(hole / pixels, 5) for hole in forecast.hole_px],
        "lost": [round(lost / pixels, 5) for lost in forecast.unseen_px],
    }


def _clip_value(browser: BrowserSession, opened: OpenedClip | None) -> dict[str, Any] | None:
    if opened is None:
        return None
    clip = opened.clip
    return {
        "key": opened.key,
        "base": f"visit/{browser.token}/{opened.key}",
        "width": clip.width,
        "height": clip.height,
        "aspect": float(clip.info.aspect),
        "frames": clip.frames,
        "first": opened.first_frame,
        "fps": float(clip.fps),
        "times": uneven_times(opened),
        "video": _media(browser, opened.playable) if opened.playable else None,
    }


def uneven_times(opened: OpenedClip) -> list[float] | None:
    """Return the time of each frame in seconds; None if the frame rate is constant."""
    facts, fps = opened.clip.info, float(opened.clip.fps)
    times = [float((pts - facts.pts[0]) * facts.time_base) for pts in facts.pts]
    largest_error = max(abs(time - number / fps) for number, time in enumerate(times))
    return times if largest_error > 0.5 / fps else None


def _media(browser: BrowserSession, path: Path) -> str:
    return f"visit/{browser.token}/media/{path.name}"


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
