"""Sentences on a result: exactness, the gate's verdict, and the scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vinpaint.advice.wording.phrases import capitalise, format_span
from vinpaint.core import (
    FindingKind,
    GateReason,
    GateResult,
    OutsideDifference,
    Score,
    Span,
    format_percent,
)

_MAX_REASONS = 2


def describe_outside(outside: OutsideDifference) -> str:
    """Return a sentence on the differences from the source outside the mask."""
    count = f"{outside.pixels_compared:,}"
    if outside.largest_difference == 0:
        return f"Nothing outside the mask changed: {count} samples compared, all identical."
    if outside.lossless:
        return (
            f"Outside the mask samples differ by up to {outside.largest_difference} levels "
            f"({count} compared)."
        )
    before = outside.largest_difference_before_encoding
    exact = "identical to the source" if before == 0 else f"within {before} levels of the source"
    return (
        f"Outside the mask the picture was {exact} before encoding. H.264 then changed samples by "
        f"up to {outside.largest_difference} levels, as in the rest of the file ({count} compared)."
    )


def describe_result(gate: GateResult | None, outside: OutsideDifference) -> str:
    """Return a summary: differences outside the mask, the gate's verdict, and its reasons."""
    sentences = [describe_outside(outside)]
    if gate is not None:
        sentences.append(_describe_verdict(gate))
        repaired = _repaired_span(gate)
        sentences += [
            describe_gate_reason(reason, repaired=repaired)
            for reason in gate.reasons[:_MAX_REASONS]
        ]
    return " ".join(sentences)


def _describe_verdict(gate: GateResult) -> str:
    if gate.verdict == "look":
        return "Watch it play before you use it."
    if gate.verdict == "fail":
        return "The repair is visible."
    if not gate.examined_leftover:
        return (
            "No fault of the fill was found, but it was not examined whether something of the "
            "object is left outside the mask."
        )
    if len(gate.parts) < len(("steadiness", "texture", "seam")):
        return (
            "No fault found in what could be measured, and nothing of the object left that could "
            "be found. Too few pixels for some measures."
        )
    return "No seam, no flicker, nothing of the object left that could be found."


_FAULTS: Mapping[FindingKind, str] = {
    "flicker": "its brightness pulses",
    "unsteady": "it is less steady than the clip around it",
    "frozen": "it changes less than the clip around it and looks frozen",
    "drift": "it does not move with its surroundings",
    "seam": "a seam shows along its border",
    "texture": "its texture does not match its surroundings",
    "blur": "it is blurrier than its surroundings",
    "hard": "it is sharper than its surroundings",
    "plastic": "it has less grain than its surroundings",
    "rough": "it has more grain than its surroundings",
    "colour": "its colour does not match its surroundings",
}


def describe_gate_reason(
    reason: GateReason, *, where: bool = True, repaired: Span | None = None
) -> str:
    """Return 'It is blurrier than its surroundings, most on frames 3 to 7.'.

    Args:
        reason: The fault.
        where: Whether to name the affected frames.
        repaired: The repaired frames, if known. A fault on all of them is 'on every frame'.
    """
    if reason.kind == "leftover":
        fault = _describe_leftover(reason)
    elif reason.kind == "invented":
        share = format_percent(reason.value / 100)
        prefix = "" if reason.whole else "up to "
        fault = f"{prefix}{share} of the hole is never visible in any frame, so it was generated"
    else:
        fault = _FAULTS[reason.kind]
    if not where or not reason.spans:
        return capitalise(f"{fault}.")
    if repaired in reason.spans:
        return capitalise(f"{fault}, on every frame.")
    frames = ", ".join(format_span(span) for span in reason.spans)
    exact = reason.kind == "leftover" or not (reason.whole or reason.kind == "invented")
    most = " on" if exact else ", most on"
    return capitalise(f"{fault}{most} {frames}.")


def add_sentences(gate: GateResult) -> GateResult:
    """Return the gate's result with a sentence for each reason."""
    repaired = _repaired_span(gate)
    reasons = tuple(
        replace(reason, sentence=describe_gate_reason(reason, repaired=repaired))
        for reason in gate.reasons
    )
    return replace(gate, reasons=reasons)


def _repaired_span(gate: GateResult) -> Span | None:
    """Return the span from the first to the last measured frame, or None."""
    measured = [t for t, strength in enumerate(gate.per_frame) if strength is not None]
    return Span(measured[0], measured[-1] + 1) if measured else None


_PLACES = {
    "below": "below the mask",
    "above": "above the mask",
    "left": "to the left of the mask",
    "right": "to the right of the mask",
    "around": "around the mask",
}

_CAST = ("shadow", "reflection")


def _describe_leftover(reason: GateReason) -> str:
    if reason.place == "whole":
        return "the object is still visible where the mask has lost it"
    if reason.place in _CAST:
        return f"the {reason.place} of the object is left"
    place = _PLACES.get(reason.place, "beside the mask")
    return f"a part of the object, its shadow or its reflection is left {place}"


_PARTS = {
    "warp": "steadiness",
    "texture": "texture (by wavelets; FID was not measured)",
    "fid": "texture (by FID)",
    "boundary": "seam",
}


def describe_quality(gate: GateResult) -> str:
    """Return 'Quality 0.86 of 1: steadiness 0.72, texture (by FID) 0.96, seam 0.98.'."""
    if gate.quality is None:
        return "Quality: not measured, too few pixels."
    return f"Quality {gate.quality:.2f} of 1: {describe_parts(gate)}."


def describe_parts(gate: GateResult) -> str:
    """Return the parts of the quality: 'steadiness 0.72, texture (by FID) 0.96, seam 0.98'."""
    return ", ".join(
        f"{_PARTS.get(part.score, part.score)} {1 - part.badness:.2f}" for part in gate.parts
    )


BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "alike": "best close to the clip's own",
}


def describe_score(score: Score) -> str:
    """Return 'Steadiness 2.1 (lower is better; the clip's own is 2.4): what it means'."""
    if score.missing:
        return f"{score.title}: not measured here: {score.missing}."
    if score.value is None:
        return f"{score.title}: not measured, too few pixels. {score.meaning}"
    unit = f" {score.unit}" if score.unit else ""
    hints = [BETTER[score.better]] if score.better in BETTER else []
    if score.yardstick is not None:
        hints.append(f"the clip's own is {score.yardstick:.3g}")
    hint = f" ({'; '.join(hints)})" if hints else ""
    return f"{score.title} {score.value:.3g}{unit}{hint}: {score.meaning}"
