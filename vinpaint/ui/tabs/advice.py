"""Step 4, Fill, once it was looked ahead: repair or make it anew, why, how long, at what price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from vinpaint.advice.decision import ANSWERS_AGAINST, advise
from vinpaint.advice.estimates import (
    RegenerationCost,
    TimeEstimate,
    estimate_time,
    learn_pace,
    regeneration_cost,
)
from vinpaint.advice.forecast import build_facts
from vinpaint.advice.wording import (
    RULE_NAMES,
    describe_advice,
    describe_consequence,
    describe_cost,
    describe_time,
    format_reason_limit,
    format_reason_value,
)
from vinpaint.core import Advice, AdviceReason, Answers, Question, SettingsError
from vinpaint.strategies import AUTO, STRATEGIES, suggest
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, fresh_outlook, job


def build_counsel(bench: Bench) -> None:
    """The verdict with its reasons, three boxes to tick, a price, and what both ways cost."""
    told = markup(elem_id="counsel")
    choices = [(words, question) for question, words in texts.ASKED.items()]
    asked = gr.CheckboxGroup(choices, label=texts.ASK, visible=False, elem_id="asked")
    price = gr.Number(0, label=texts.PRICE, visible=False, elem_id="price", min_width=90)
    bill = markup(elem_id="bill")

    def draw(session: Session) -> dict[Any, Any]:
        shown = fresh_outlook(session) is not None
        return {
            told: counsel_html(session),
            asked: gr.CheckboxGroup(visible=shown),
            price: gr.Number(visible=shown),
            bill: bill_html(session),
        }

    def fresh(session: Session) -> dict[Any, Any]:
        return {
            asked: [one for one in ANSWERS_AGAINST if getattr(session.answers, one) is not None]
        }

    def wire() -> None:
        for component, action in ((asked, answer), (price, set_price)):
            component.change(bench.quick("fill", action), component, bench.outputs(), **QUIET)

    bench.parts.append(([told, asked, price, bill], draw))
    bench.fresh.append(([asked], fresh))
    bench.wire.append(wire)


def answer(visit: Visit, ticked: Sequence[Question]) -> None:
    """What the visitor sees in the shot. A box that is not ticked is no answer."""
    answers = Answers(**{one: ANSWERS_AGAINST[one] for one in ticked})
    visit.change(lambda session: replace(session, answers=answers, failure=None))


def set_price(visit: Visit, price: float | None) -> None:
    """What one more take costs; nothing, or 0 as the empty field has it: not known."""
    known = price or None
    if known is not None:
        regeneration_cost(known)  # refuses what is no price
    visit.change(lambda session: replace(session, price=known, failure=None))


def advice_of(session: Session) -> Advice | None:
    """The advice on what was looked at ahead; None while nothing is known."""
    outlook = fresh_outlook(session)
    if outlook is None:
        return None
    facts = build_facts(outlook.forecast, job(session).fill)
    try:
        choice = suggest(facts)  # whatever the chosen strategy's own model is told
    except SettingsError:  # a prompt and a reference together: none takes both
        choice = suggest(replace(facts, prompt=False))
    return advise(facts, choice, answers=session.answers)


def counsel_html(session: Session) -> str:
    """The verdict, then every reason with its number and limit; nothing while nothing is known."""
    advice = advice_of(session)
    if advice is None:
        return ""
    verdict = escape(describe_advice(advice))
    rows = "".join(_row(reason) for reason in advice.reasons)
    return (
        f'<p class="vp-counsel vp-{advice.verdict}" role="status">{verdict}</p>'
        f'<dl class="vp-reasons">{rows}</dl>{_fits(session, advice)}'
    )


def _row(reason: AdviceReason) -> str:
    name, value = escape(RULE_NAMES[reason.rule]), escape(format_reason_value(reason))
    limit, means = escape(format_reason_limit(reason)), escape(describe_consequence(reason))
    return (
        f'<div data-stand="{reason.stand}"><dt>{name}</dt><dd><b>{value}</b> '
        f"<span>{limit}</span>{f'<p>{means}</p>' if means else ''}</dd></div>"
    )


def _fits(session: Session, advice: Advice) -> str:
    """Which strategy fits, where it is another than the one that is chosen."""
    if session.fill.strategy in (AUTO, advice.choice.strategy):
        return ""
    title = STRATEGIES[advice.choice.strategy].title
    return help_html(texts.FITS.format(strategy=title, because=advice.choice.fit.because))


def bill_html(session: Session) -> str:
    """What the repair takes in time, and another take in money."""
    return "".join(help_html(words) for words in _bill(session))


def _bill(session: Session) -> Iterator[str]:
    advice = advice_of(session)
    if advice is not None:
        yield describe_time(_time(session, advice))
        yield describe_cost(_cost(session))


def _time(session: Session, advice: Advice) -> TimeEstimate:
    outlook, chosen = fresh_outlook(session), session.fill.strategy
    strategy = advice.choice.strategy if chosen == AUTO else chosen
    pace = learn_pace(outlook.past if outlook else (), strategy)
    facts = advice.facts
    return estimate_time(pace, masked_mpx=facts.masked_mpx, picture_mpx=facts.picture_mpx)


def _cost(session: Session) -> RegenerationCost | None:
    return None if session.price is None else regeneration_cost(session.price)
