"""A result's measured facts in, sentences out."""

from __future__ import annotations

from vinpaint.advice.wording.phrases import capitalise, format_span
from vinpaint.core import GateReason, GateResult, OutsideDifference, Score


def describe_outside(outside: OutsideDifference) -> str:
    """What the count outside the mask says."""
    count = f"{outside.pixels_compared:,}"
    if outside.largest_difference == 0:
        return f"Nothing outside the mask changed: {count} samples compared, all the same."
    if outside.lossless:
        return (
            f"Outside the mask samples differ by up to {outside.largest_difference} levels "
            f"({count} compared)."
        )
    before = outside.largest_difference_before_encoding
    exact = "exactly the source" if before == 0 else f"within {before} levels of the source"
    return (
        f"Outside the mask the picture was {exact} before encoding; H.264 then changed samples "
        f"by up to {outside.largest_difference} levels, as it does everywhere ({count} compared)."
    )


def describe_result(gate: GateResult | None, outside: OutsideDifference) -> str:
    """The result in a few sentences: exactness first, then what the gate says and why."""
    words = [describe_outside(outside)]
    if gate is not None:
        words.append(_RULINGS[gate.verdict])
        words += [describe_gate_reason(one) for one in gate.reasons[:_MOST_REASONS]]
    return " ".join(words)


_MOST_REASONS = 2
_RULINGS = {
    "pass": "Nothing measured gives the repair away.",
    "look": "Look at it playing before you use it.",
    "fail": "The repair shows.",
}
_FAULTS = {
    "flicker": "it pulses, brighter and darker",
    "unsteady": "it changes from frame to frame more than the clip around it",
    "frozen": "it changes less than the clip around it, as if frozen",
    "drift": "it does not move with its surroundings",
    "seam": "an edge runs along its rim",
    "texture": "its texture is not that of its surroundings",
    "blur": "it is blurred against its surroundings",
    "hard": "it is sharper than its surroundings",
    "plastic": "it lacks the grain of its surroundings",
    "rough": "it has more grain than its surroundings",
    "invented": "much of it is shown by no frame, and made up",
    "colour": "its colour does not meet that of its surroundings",
}


def describe_gate_reason(reason: GateReason, *, where: bool = True) -> str:
    """'It is blurred against its surroundings, most on frames 3 to 7.'; `where`: say the frames."""
    fault = capitalise(_FAULTS[reason.kind])
    frames = ", ".join(format_span(span) for span in reason.spans) if where else ""
    if not frames:
        return f"{fault}."
    return f"{fault}, most on {frames}." if reason.whole else f"{fault} on {frames}."


def describe_quality(gate: GateResult) -> str:
    """'Quality 0.86 of 1: steadiness 0.72, texture (wavelets) 0.96, seam 0.98.'"""
    if gate.quality is None:
        return "Quality: not measured, for want of pixels."
    parts = ", ".join(f"{_PARTS[part.score]} {1 - part.badness:.2f}" for part in gate.parts)
    return f"Quality {gate.quality:.2f} of 1: {parts}."


_PARTS = {
    "warp": "steadiness",
    "texture": "texture (by wavelets; FID was not measured)",
    "fid": "texture (by FID)",
    "boundary": "seam",
}


_BETTER = {
    "lower": "lower is better",
    "higher": "higher is better",
    "alike": "best close to the clip's own",
}


def describe_score(score: Score) -> str:
    """'Steadiness 2.1 (lower is better; the clip's own is 2.4): what it means'."""
    if score.missing:
        return f"{score.title}: not measured here: {score.missing}."
    if score.value is None:
        return f"{score.title}: not measured, for want of pixels. {score.meaning}"
    unit = f" {score.unit}" if score.unit else ""
    hints = [_BETTER[score.better]] if score.better in _BETTER else []
    if score.yardstick is not None:
        hints.append(f"the clip's own is {score.yardstick:.3g}")
    hint = f" ({'; '.join(hints)})" if hints else ""
    return f"{score.title} {score.value:.3g}{unit}{hint}: {score.meaning}"
