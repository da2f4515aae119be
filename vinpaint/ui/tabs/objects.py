"""The list of objects on the Mask tab: colour, name, hide, delete, and one more."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import gradio as gr

from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.formatting import marks_in_words
from vinpaint.ui.page.stage import static
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.marks import alter_object, drop_object, new_object, pick_object
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import by_object

_serial = itertools.count(1)


def build_objects(bench: Bench) -> None:
    """Lay out the list and wire it."""
    listed = gr.HTML(
        {"words": texts.OBJECTS},
        html_template=static("objects.html"),
        js_on_load=static("objects.js"),
        apply_default_css=False,
        elem_id="objects",
    )
    bench.parts.append(([listed], lambda session: {listed: objects_value(session)}))
    bench.wire.append(
        lambda: listed.alter(bench.drawn("mask", alter), None, bench.outputs(), **QUIET)
    )


def objects_value(session: Session) -> dict[str, Any]:
    """What the list shows."""
    marked = by_object(session.prompts)
    objects = [
        {
            "id": thing.object_id,
            "name": thing.name or texts.OBJECT_NAME.format(number=thing.object_id),
            "hidden": thing.hidden,
            "active": thing.object_id == session.active,
            "marks": marks_in_words(marked.get(thing.object_id, ())),
        }
        for thing in session.objects
    ]
    return {"serial": next(_serial), "objects": objects, "words": texts.OBJECTS}


def alter(visit: Visit, wish: Mapping[str, Any]) -> None:
    """What was pressed in the list."""
    number = int(wish.get("object", 0))

    def step(session: Session) -> Session:
        match wish.get("do"):
            case "add":
                return new_object(session)
            case "pick":
                return pick_object(session, number)
            case "rename":
                return alter_object(session, number, name=str(wish.get("name", "")))
            case "hide" | "show" as word:
                return alter_object(session, number, hidden=word == "hide")
            case "drop":
                return drop_object(session, number)
            case _:
                return session

    visit.change(step)
