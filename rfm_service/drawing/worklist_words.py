"""By what the list of the day was made, with the night's own numbers: what the sheet Indicators says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from rfm_service.analysis.outreach import margins
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import STATES, Category
from rfm_service.drawing import value_tables
from rfm_service.drawing.counting import Fact, Part
from rfm_service.drawing.outreach_meanings import list_meanings
from rfm_service.drawing.priority_words import (
    growth_facts,
    priority_facts,
    reckoned,
    silence_facts,
    tag_facts,
    tier_facts,
    worth_facts,
)
from rfm_service.drawing.rule_words import exact_amount
from rfm_service.drawing.standing_words import exact_share
from rfm_service.drawing.totals import share_of
from rfm_service.ports import Texts
from rfm_service.texts.outreach_labels import state_labels
from rfm_service.texts.plain import shortened

LONGEST_NAME = 60
PERCENT = 100


def parts(findings: Findings, texts: Texts) -> Iterator[Part]:
    """All of it, part by part."""
    yield Part(texts("The list of the day"), _list(findings, texts))
    yield Part(texts("Where all customers are as to the list"), _states(findings, texts))
    yield Part(texts("Who comes onto the list"), _choice(findings, texts))
    yield Part(texts("Priority"), priority_facts(findings, texts))
    yield Part(texts("Silence"), silence_facts(findings, texts))
    yield Part(texts("What stands out: the first line that fits"), tag_facts(texts))
    yield Part(texts("Value tiers: the first line that fits"), tier_facts(findings, texts))
    yield Part(texts("How buying changes: the first line that fits"), growth_facts(findings, texts))
    yield Part(texts("Worth of a customer in points, and potential"), worth_facts(texts))
    yield Part(texts("Margin, returns and the cost of a contact"), _money(findings, texts))
    yield Part(texts("Goods and sales channels as they are set"), _goods(findings, texts))
    yield Part(texts("What the columns of the list mean"), _columns(findings, texts))


def _list(findings: Findings, texts: Texts) -> Iterator[Fact]:
    worklist, day = findings.worklist, findings.basis.as_of + timedelta(days=1)
    share, effect = worklist.holdout.share, worklist.holdout.effect_days
    yield Fact(texts("For the day"), day)
    yield Fact(texts("Left without contact"), texts(
        "{share} of the customers, drawn anew for each campaign: what they buy shows what contacts bring.",
        share=exact_share(share, texts)) if share else texts("Nobody: so it cannot be measured what contacts bring."))
    if share:
        yield Fact(texts("Campaign"), shortened(worklist.campaign, LONGEST_NAME))
        yield Fact(texts("Orders count for"), texts.plural(
            "{count} day after the first day on the list", "{count} days after the first day on the list", effect))


def _states(findings: Findings, texts: Texts) -> Iterator[Fact]:
    labels, counts = state_labels(texts), findings.snapshot["state"].value_counts()
    yield from (Fact(labels[state], int(counts.get(state, 0))) for state in STATES)


def _choice(findings: Findings, texts: Texts) -> Iterator[Fact]:
    rules = findings.worklist.rules
    yield Fact(texts("A reason is any of"), texts(
        "something stands out; a star or with potential; priority of at least {priority}; at least {orders} orders; "
        "buys more; a large first order", priority=texts.number(rules.least_priority),
        orders=texts.number(rules.many_orders)))
    yield Fact(texts("Left out"), texts("Who did not want to be contacted, whom 1C says not to contact, who returned "
                                        "everything, and who is silent for more than twice the warning line."))
    yield Fact(texts("One order only"), _single(findings, texts))
    yield Fact(texts("After a contact"), texts.plural(
        "{count} day without another one; in 30 days at most {high} contacts with a high value tier, {middle} with a "
        "middle one, {low} with a low one.",
        "{count} days without another one; in 30 days at most {high} contacts with a high value tier, {middle} with a "
        "middle one, {low} with a low one.", rules.caps.cooldown_days, high=texts.number(rules.caps.high),
        middle=texts.number(rules.caps.middle), low=texts.number(rules.caps.low)))
    yield Fact(texts("Agreed contacts"), texts(
        "Come onto the list on their day, whatever else is said here, unless the customer did not want any."))
    yield Fact(texts("A day of a sales manager"), texts.plural(
        "At most {count} customer, by priority.", "At most {count} customers, by priority.",
        rules.capacity) if rules.capacity else texts("All customers for whom there is a reason."))


def _single(findings: Findings, texts: Texts) -> str:
    rules = findings.worklist.rules
    if rules.single_order == "all":
        return texts("Such customers come onto the list like all others.")
    if rules.single_order == "previous_month":
        return texts("Such customers come onto the list only in the calendar month after their order.")
    return texts.plural("Such customers come onto the list only within {count} day of their order.",
                        "Such customers come onto the list only within {count} days of their order.",
                        rules.single_order_days)


def _money(findings: Findings, texts: Texts) -> Iterator[Fact]:
    baskets = findings.trade.baskets
    known = texts.percent(share_of(int(baskets["costed"].sum()), int(baskets["sold"].sum())))
    yield Fact(texts("Margin of an order"), texts(
        "What was paid less the cost, where 1C tells the cost; else the share that is set for such goods. The "
        "average of the customer's orders."))
    yield Fact(texts("The cost is known"), texts("of {share} of the money sold in the period.", share=known))
    yield Fact(texts("What comes back"), texts(
        "With at least {count} orders {own} the customer's own share and {usual} the usual one of such goods; with "
        "fewer the larger of both.", count=texts.number(margins.LEAST_OBSERVED), own=texts.percent(margins.OBSERVED),
        usual=texts.percent(1 - margins.OBSERVED)))
    yield Fact(texts("Estimated margin"), texts(
        "At most what is set for the goods, else for all; where nothing is set, {times} median margins.",
        times=texts.number(margins.SEED_MOST_MARGIN // PERCENT)))
    yield Fact(texts("Cost of a contact"), texts(
        "What is set for the goods, else for the sales channel, else for all; where nothing is set, {share} of the "
        "median margin.", share=texts.percent(margins.SEED_TOUCH / PERCENT)))


def _goods(findings: Findings, texts: Texts) -> Iterator[Fact]:
    rules, point = findings.worklist.rules, findings.worklist.scale.point
    usual = rules.usual
    touch, most = (reckoned(seed * point if told is None else told, texts) for seed, told in (
        (margins.SEED_TOUCH, usual.touch_cost), (margins.SEED_MOST_MARGIN, usual.max_margin)))
    yield Fact(texts("All goods, unless said below"), "; ".join((
        _category(replace(usual, touch_cost=None, max_margin=None), texts), _touch(touch, texts), _most(most, texts))))
    for name, category in rules.categories.items():
        yield Fact(texts("Goods: {name}", name=shortened(name, LONGEST_NAME)), _category(category, texts))
    for name, cost in rules.channels.items():
        yield Fact(texts("Channel: {name}", name=shortened(name, LONGEST_NAME)),
                   _touch(exact_amount(cost, texts), texts))


def _category(category: Category, texts: Texts) -> str:
    """What is set for goods; what is not is as for all."""
    said = []
    if category.gross_margin is not None:
        said.append(texts("margin {share}", share=exact_share(category.gross_margin, texts)))
    if category.cycle_days is not None:
        said.append(texts.plural("bought again within {count} day", "bought again within {count} days",
                                 category.cycle_days))
    if category.return_rate is not None:
        said.append(texts("{share} comes back", share=exact_share(category.return_rate, texts)))
    if category.touch_cost is not None:
        said.append(_touch(exact_amount(category.touch_cost, texts), texts))
    if category.max_margin is not None:
        said.append(_most(exact_amount(category.max_margin, texts), texts))
    return "; ".join(said) or "—"


def _touch(cost: str, texts: Texts) -> str:
    return texts("a contact costs {money}", money=cost)


def _most(margin: str, texts: Texts) -> str:
    return texts("an estimated margin of an order is at most {money}", money=margin)


def _columns(findings: Findings, texts: Texts) -> Iterator[Fact]:
    named = value_tables.named(findings, texts)
    yield from (Fact(named[column], told) for column, told in list_meanings(texts).items())
