"""Step 2, Mask: the list of objects, to add, select, rename, hide and delete them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import gradio as gr

from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.formatting import describe_marks
from vinpaint.ui.page.stage import static
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import alter_object, drop_object, new_object, pick_object
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import by_object

_serial = itertools.count(1)


def build_objects(controller: PageController) -> None:
    """Lay out the list and register its event."""
    listed = gr.HTML(
        {"words": texts.OBJECTS},
        html_template=static("objects.html"),
        js_on_load=static("objects.js"),
        apply_default_css=False,
        elem_id="objects",
    )
    controller.add_view(lambda session: {listed: objects_value(session)})
    controller.on_data(listed.alter, "mask", alter)


def objects_value(session: Session) -> dict[str, Any]:
    """Return the data that the list displays."""
    prompts = by_object(session.prompts)
    objects = [
        {
            "id": one.object_id,
            "name": one.name or texts.OBJECT_NAME.format(number=one.object_id),
            "hidden": one.hidden,
            "active": one.object_id == session.active,
            "marks": describe_marks(prompts.get(one.object_id, ())),
        }
        for one in session.objects
    ]
    return {"serial": next(_serial), "objects": objects, "words": texts.OBJECTS}


def alter(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Apply an action of the list to the session."""
    number, action = int(data.get("object", 0)), data.get("do")

    def step(session: Session) -> Session:
        match action:
            case "add":
                return new_object(session)
            case "pick":
                return pick_object(session, number)
            case "rename":
                return alter_object(session, number, name=str(data.get("name", "")))
            case "hide" | "show":
                return alter_object(session, number, hidden=action == "hide")
            case "drop":
                return drop_object(session, number)
            case _:
                return session

    browser.change(step)
