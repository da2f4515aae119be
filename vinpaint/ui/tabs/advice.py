"""Step 4, Fill: the advice after the forecast, with estimates of time and cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from vinpaint.advice.decision import ANSWERS_AGAINST, advise
from vinpaint.advice.estimates import TimeEstimate, estimate_time, learn_pace, regeneration_cost
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
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session


def build_advice(controller: PageController) -> None:
    """Lay out the verdict with its reasons, the questions, the price and the estimates."""
    verdict = markup(elem_id="advice")
    choices = [(text, question) for question, text in texts.QUESTIONS.items()]
    answers = gr.CheckboxGroup(
        choices, label=texts.QUESTIONS_LABEL, visible=False, elem_id="questions"
    )
    price = gr.Number(0, label=texts.PRICE, visible=False, elem_id="price", min_width=90)
    bill = markup(elem_id="bill")

    def draw(session: Session) -> dict[Any, Any]:
        known = session.current_forecast() is not None
        return {
            verdict: advice_html(session),
            answers: gr.update(visible=known),
            price: gr.update(visible=known),
            bill: bill_html(session),
        }

    def draw_controls(session: Session) -> dict[Any, Any]:
        given = [one for one in ANSWERS_AGAINST if getattr(session.answers, one) is not None]
        return {answers: given}

    controller.add_view(draw)
    controller.add_controls(draw_controls)
    controller.on(answers.change, "fill", answer, answers)
    controller.on(price.change, "fill", set_price, price)


def answer(browser: BrowserSession, ticked: Sequence[Question]) -> None:
    """Store the user's answers. A box that is not ticked counts as not answered."""
    answers = Answers(**{one: ANSWERS_AGAINST[one] for one in ticked})
    browser.update(answers=answers, failure=None)


def set_price(browser: BrowserSession, price: float | None) -> None:
    """Store the price of one generation. None or 0, as in an empty field, means unknown."""
    if price:
        regeneration_cost(price)  # raises SettingsError for an invalid price
    browser.update(price=price or None, failure=None)


def advice_of(session: Session) -> Advice | None:
    """Return the advice for the current forecast; None without a forecast."""
    made = session.current_forecast()
    if made is None:
        return None
    facts = build_facts(made.forecast, session.job().fill)
    try:
        choice = suggest(facts)  # ignores the model settings of the chosen strategy
    except SettingsError:  # no strategy takes a prompt and a reference together
        choice = suggest(replace(facts, prompt=False))
    return advise(facts, choice, answers=session.answers)


def advice_html(session: Session) -> str:
    """Return the verdict and every reason with value and limit, as HTML; empty without advice."""
    advice = advice_of(session)
    if advice is None:
        return ""
    verdict = escape(describe_advice(advice))
    rows = "".join(_row(reason) for reason in advice.reasons)
    return (
        f'<p class="vp-advice vp-{advice.verdict}" role="status">{verdict}</p>'
        f'<dl class="vp-reasons">{rows}</dl>{_better_strategy(session, advice)}'
    )


def _row(reason: AdviceReason) -> str:
    name, value = escape(RULE_NAMES[reason.rule]), escape(format_reason_value(reason))
    limit, meaning = escape(format_reason_limit(reason)), escape(describe_consequence(reason))
    return (
        f'<div data-stand="{reason.stand}"><dt>{name}</dt><dd><b>{value}</b> '
        f"<span>{limit}</span>{f'<p>{meaning}</p>' if meaning else ''}</dd></div>"
    )


def _better_strategy(session: Session, advice: Advice) -> str:
    """Return a hint on the advised strategy, as HTML; empty if it or `auto` is chosen."""
    if session.fill.strategy in (AUTO, advice.choice.strategy):
        return ""
    title = STRATEGIES[advice.choice.strategy].title
    return help_html(texts.FITS.format(strategy=title, because=advice.choice.fit.because))


def bill_html(session: Session) -> str:
    """Return the estimated time of the repair and the cost of a generation, as HTML."""
    advice = advice_of(session)
    if advice is None:
        return ""
    price = None if session.price is None else regeneration_cost(session.price)
    return help_html(describe_time(_time(session, advice))) + help_html(describe_cost(price))


def _time(session: Session, advice: Advice) -> TimeEstimate:
    made, chosen = session.current_forecast(), session.fill.strategy
    strategy = advice.choice.strategy if chosen == AUTO else chosen
    pace = learn_pace(made.past if made else (), strategy)
    facts = advice.facts
    return estimate_time(pace, masked_mpx=facts.masked_mpx, picture_mpx=facts.picture_mpx)
