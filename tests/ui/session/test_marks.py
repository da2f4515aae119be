"""Marks and objects: every change can be undone, and belongs to the object that is worked on."""

from __future__ import annotations

from vinpaint.core import (
    Box,
    BoxPrompt,
    Captions,
    Click,
    Keyframe,
    MaskFile,
    ObjectInfo,
    Painting,
    Region,
    Shadow,
)
from vinpaint.ui.session.marks import (
    add,
    alter_object,
    clear,
    drop_kind,
    drop_object,
    is_on,
    new_object,
    paint,
    pick_object,
    set_interpolation,
    undo,
)
from vinpaint.ui.session.session import Session


def test_undo_steps_back_one_by_one_and_stops_at_the_start(session: Session) -> None:
    first, second = Click(0, 1, 1), BoxPrompt(2, Box(0, 0, 9, 9))
    both = add(add(session, first), second)
    assert undo(both).prompts == (first,)
    assert undo(undo(both)).prompts == ()
    assert undo(undo(undo(both))) == undo(undo(both))


def test_clear_can_be_undone(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    assert clear(marked).prompts == ()
    assert undo(clear(marked)).prompts == marked.prompts


def test_every_change_of_the_mask_has_a_version_of_its_own(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    versions = [session.version, marked.version, undo(marked).version, clear(marked).version]
    assert versions[0] < versions[1] < versions[2]
    assert versions[1] < versions[3]


def test_a_painting_takes_the_place_of_its_frames_other_prompts(session: Session) -> None:
    marked = add(add(session, Click(0, 1, 1)), Click(4, 2, 2))
    painted = paint(marked, 0, Painting(0, "painted.png"))
    assert painted.prompts == (Click(4, 2, 2), Painting(0, "painted.png"))


def test_there_is_one_finished_mask_at_most(session: Session) -> None:
    twice = add(add(session, MaskFile("a.png")), MaskFile("b.png"))
    assert twice.prompts == (MaskFile("b.png"),)


def test_erasing_all_of_a_frame_leaves_no_prompt_there(session: Session) -> None:
    marked = add(add(session, Click(0, 1, 1)), Region(Box(0, 0, 5, 5)))
    assert paint(marked, 0, None).prompts == (Region(Box(0, 0, 5, 5)),)


def test_regions_speak_of_all_frames_and_clicks_of_one() -> None:
    assert is_on(Click(3, 2, 2), 3)
    assert not is_on(Click(3, 2, 2), 4)
    assert not is_on(Region(Box(0, 0, 5, 5)), 3)


def test_new_marks_belong_to_the_object_that_is_worked_on(session: Session) -> None:
    two = add(new_object(add(session, Click(0, 1, 1))), Click(0, 9, 9))
    assert two.prompts == (Click(0, 1, 1), Click(0, 9, 9, object_id=2))
    back = add(pick_object(two, 1), BoxPrompt(3, Box(0, 0, 9, 9)))
    assert back.prompts[-1].object_id == 1
    assert pick_object(two, 7) is two


def test_painting_one_object_leaves_the_others_marks_on_that_frame(session: Session) -> None:
    two = add(new_object(add(session, Click(0, 1, 1))), Click(0, 9, 9))
    painted = paint(two, 0, Painting(0, "p.png"))
    assert painted.prompts == (Click(0, 1, 1), Painting(0, "p.png", 2))


def test_an_object_is_named_hidden_and_deleted_and_all_of_it_can_be_undone(
    session: Session,
) -> None:
    two = add(new_object(add(session, Click(0, 1, 1))), Click(0, 9, 9))
    named = alter_object(alter_object(two, 2, name="  the car "), 2, hidden=True)
    assert named.objects == (ObjectInfo(1), ObjectInfo(2, "the car", True))
    gone = drop_object(named, 2)
    assert (gone.objects, gone.prompts, gone.active) == ((ObjectInfo(1),), (Click(0, 1, 1),), 1)
    assert drop_object(gone, 1).objects == (ObjectInfo(1),)
    back = undo(undo(undo(gone)))
    assert (back.objects, back.prompts, back.active) == (two.objects, two.prompts, two.active)


def test_painted_frames_become_key_frames_and_back(session: Session) -> None:
    painted = paint(session, 0, Painting(0, "a.png"))
    keyed = paint(set_interpolation(painted, True), 5, Painting(5, "b.png"))
    assert keyed.prompts == (Keyframe(0, "a.png"), Keyframe(5, "b.png"))
    assert pick_object(new_object(keyed), 1).interpolate
    assert set_interpolation(keyed, False).prompts == (Painting(0, "a.png"), Painting(5, "b.png"))


def test_captions_and_shadows_are_there_once(session: Session) -> None:
    twice = add(add(session, Captions()), Captions("box", (1,)))
    assert twice.prompts == (Captions("box", (1,)),)
    shadow = add(add(twice, Shadow()), Shadow())
    assert shadow.prompts[1:] == (Shadow(),)
    assert drop_kind(shadow, "shadow").prompts == twice.prompts
