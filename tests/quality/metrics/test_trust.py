"""Metrics that can be trusted: planted faults of growing strength are ranked, named and judged.

No single measure ranks everything; each has the list of faults that it must put in order.
"""

from __future__ import annotations

import math
from functools import cache

import pytest

from tests.quality.metrics import faults
from tests.quality.metrics.faults import BAD, FRAMES, STRENGTHS, Artifact
from vinpaint.core import FindingKind, GateResult, Score
from vinpaint.quality.metrics import QUICK

pytestmark = pytest.mark.slow

RANKS: dict[str, tuple[Artifact, ...]] = {
    "warp": (faults.flicker, faults.ghost, faults.rough, faults.one_bad_frame, faults.plastic),
    "flicker": (faults.flicker, faults.ghost, faults.one_bad_frame),
    "drift": (faults.frozen, faults.ghost),
    "boundary": (faults.seam, faults.frozen),
    "colour": (faults.colour,),
    "texture": (faults.blur, faults.rough, faults.plastic, faults.other_texture),
    "sharpness": (faults.blur, faults.one_blurred_frame, faults.other_texture),
    "grain": (faults.rough, faults.plastic, faults.blur),
}
"""By measure: the faults whose strength it must rank."""

NAMED: dict[Artifact, FindingKind] = {
    faults.flicker: "flicker",
    faults.seam: "seam",
    faults.blur: "blur",
    faults.colour: "colour",
    faults.rough: "rough",
    faults.frozen: "drift",
    faults.ghost: "unsteady",
    faults.one_bad_frame: "flicker",
    faults.one_blurred_frame: "blur",
    faults.other_texture: "blur",
}
"""By fault: what the gate must say of its strongest form. (Missing grain lowers the quality, but
real clips differ as much from place to place, so alone it is no reason.)"""

_FLOOR = 0.01


@cache
def measured(fault: Artifact, strength: float) -> dict[str, Score]:
    return faults.measured(fault(strength))


@cache
def judged(fault: Artifact, strength: float) -> GateResult:
    return faults.judged(fault(strength))


def off(score: Score, fault: Artifact) -> float:
    """How far a score is from its yardstick, in octaves; a fault of one frame, on that frame."""
    value, own = score.value, score.yardstick
    if fault in (faults.one_bad_frame, faults.one_blurred_frame):
        value, own = score.per_frame[BAD], score.own_per_frame[BAD]
    assert value is not None
    assert own is not None
    return abs(math.log2((value + _FLOOR) / (own + _FLOOR)))


@pytest.mark.parametrize(
    ("name", "fault"),
    [(name, fault) for name, listed in RANKS.items() for fault in listed],
    ids=lambda one: one if isinstance(one, str) else one.__name__,
)
def test_a_measure_ranks_the_faults_that_it_is_for(name: str, fault: Artifact) -> None:
    found = [off(measured(fault, strength)[name], fault) for strength in STRENGTHS[fault]]
    assert found == sorted(set(found))
    assert found[-1] > found[0] + 0.4


def test_every_measure_of_a_fault_and_every_fault_is_in_a_list() -> None:
    assert set(RANKS) == set(QUICK) - {"coverage"}
    assert {fault for listed in RANKS.values() for fault in listed} == set(STRENGTHS)


@pytest.mark.parametrize("fault", NAMED, ids=lambda one: one.__name__)
def test_the_gate_names_the_fault_and_its_strongest_form_does_not_pass(fault: Artifact) -> None:
    strongest = judged(fault, STRENGTHS[fault][-1])
    assert strongest.verdict != "pass"
    assert NAMED[fault] in {reason.kind for reason in strongest.reasons}


def test_the_good_fill_passes_with_the_best_quality() -> None:
    best = judged(faults.flicker, 0)
    assert best.verdict == "pass"
    assert best.reasons == ()
    for fault, strengths in STRENGTHS.items():
        worst = judged(fault, strengths[-1])
        assert worst.quality is not None
        assert best.quality is not None
        assert worst.quality < best.quality - 0.02, fault.__name__


@pytest.mark.parametrize(
    ("fault", "strength", "kind"),
    [
        (faults.one_bad_frame, 6, "flicker"),
        (faults.one_bad_frame, 40, "flicker"),
        (faults.one_blurred_frame, 4, "blur"),
    ],
)
def test_one_bad_frame_is_named(fault: Artifact, strength: float, kind: FindingKind) -> None:
    gate = judged(fault, strength)
    (reason,) = [one for one in gate.reasons if one.kind == kind]
    (span,) = reason.spans
    assert BAD in span.frames
    assert span.length <= 2  # a change is there when it comes and when it goes
    assert span in gate.spans
    assert gate.per_frame[BAD] is not None
    calm = [s for t, s in enumerate(gate.per_frame) if s is not None and t not in (BAD, BAD + 1)]
    assert max(calm) < min(1.0, gate.per_frame[BAD])


def test_a_fault_of_all_frames_names_all() -> None:
    (reason,) = [one for one in judged(faults.blur, 4).reasons if one.kind == "blur"]
    assert reason.whole
    assert [span.length for span in reason.spans] == [FRAMES]
