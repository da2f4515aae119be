"""Render the advice after a repair: stop, or what to change for each fault and what to try next."""

from __future__ import annotations

from html import escape

from vinpaint.advice.remedies import NextStep
from vinpaint.advice.wording import describe_next_strategy, describe_remedy, describe_stop


def remedies_html(after: NextStep) -> str:
    """Return a warning to stop, or a list of remedies, and the strategy to try next.

    Return an empty string if there is nothing to advise.
    """
    stop, then = describe_stop(after), describe_next_strategy(after)
    lines = "".join(
        f"<li>{escape(describe_remedy(one, in_app=True))}</li>" for one in after.remedies
    )
    parts = [
        f'<p class="vp-stop" role="alert">{escape(stop)}</p>' if stop else "",
        f'<ul class="vp-notes">{lines}</ul>' if lines and not stop else "",
        f'<p class="vp-help">{escape(then)}</p>' if then else "",
    ]
    body = "".join(parts)
    return f'<div class="vp-after">{body}</div>' if body else ""
