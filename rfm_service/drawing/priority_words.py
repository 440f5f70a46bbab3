"""How priorities, tags and tiers are made, in words and with the numbers of the night."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rfm_service.analysis.outreach import priority, worth
from rfm_service.domain.findings import LEAST_CUSTOMERS, Findings
from rfm_service.domain.outreach import BANDS
from rfm_service.domain.values import MONEY_SCALE
from rfm_service.drawing.counting import Fact
from rfm_service.drawing.rule_words import exact_amount
from rfm_service.drawing.standing_words import exact_number, exact_share
from rfm_service.ports import Texts
from rfm_service.texts.outreach_labels import growth_labels, potential_labels, risk_tag_labels, value_tier_labels


def band_words(texts: Texts) -> list[str]:
    """What each band of priority means, the most pressing first (reference S3-32)."""
    most, first, least = BANDS
    return [texts("{border} and more: the most pressing", border=texts.number(most)),
            texts("{low} to {high}: call these first too", low=texts.number(first), high=texts.number(most - 1)),
            texts("{low} to {high}: these next", low=texts.number(least), high=texts.number(first - 1)),
            texts("below {border}: if there is time", border=texts.number(least))]


def mode_sentence(findings: Findings, texts: Texts) -> str:
    """By what priorities were reckoned tonight."""
    worklist = findings.worklist
    if worklist.mode == "model":
        return texts("By the money that a contact is expected to bring, as the forecast of orders has it.")
    rule = texts("By the rule of thumb: how long the silence is, what an order leaves, and how many orders there were.")
    few = texts("The forecast of orders is not relied on below {count} customers.", count=texts.number(LEAST_CUSTOMERS))
    return f"{rule} {few}" if worklist.rules.mode == "model" else rule


def priority_facts(findings: Findings, texts: Texts) -> Iterator[Fact]:
    """The formula in words and in signs, and each of its numbers."""
    rules = findings.worklist.rules
    yield Fact(texts("What decides"), mode_sentence(findings, texts))
    yield from _formula(findings, texts)
    yield Fact(texts("A point"), _point_sentence(findings, texts) if findings.worklist.mode == "seed" else
               _place_sentence(findings, texts))
    yield Fact(texts("Median margin of an order"), _median_sentence(findings, texts))
    yield Fact(texts("Weight of the silence"), _weight_sentence(findings, texts))
    yield Fact(texts("From where to where"), texts(
        "Priorities lie between {low} and {high}; what would be beyond is taken as these.",
        low=texts.number(rules.min_priority_score), high=texts.number(rules.max_priority_score)))
    yield Fact(texts("Colours"), "; ".join(band_words(texts)) + ".")


def _formula(findings: Findings, texts: Texts) -> Iterator[Fact]:
    words, signs = texts("The formula in words"), texts("The formula in signs")
    if findings.worklist.mode == "model":
        yield Fact(words, texts("Of the money foretold for the next 30 days, what a contact adds; of that the "
                                "margin, less what comes back, less the cost of the contact. Who has more of it "
                                "has the higher priority."))
        yield Fact(signs, texts("added by a contact × foretold for 30 days × share of the margin × (1 − comes back) − "
                                "cost of a contact"))
        yield Fact(texts("Added by a contact"), lift_sentence(findings, texts))
    else:
        yield Fact(words, texts("The margin of an order, less what comes back, times the weight of the silence, less "
                                "the cost of the contact; all of it times the weight of the orders, in points, and "
                                "points on top."))
        yield Fact(signs, texts("(weight of the silence × margin of an order × (1 − comes back) − cost of a contact) × "
                                "weight of the orders ÷ a point + points on top"))
        yield from _seed_numbers(findings, texts)


def lift_sentence(findings: Findings, texts: Texts) -> str:
    """By how much more is bought after a contact, and how that is known."""
    worklist = findings.worklist
    share = exact_share(Fraction(round(worklist.lift * 1000), 1000), texts)
    return (texts("{share}: by so much more is bought in the 30 days after a contact, as the customers left without "
                  "one show.", share=share)
            if worklist.measured else
            texts("{share}: by so much more is bought in the 30 days after a contact; taken from the settings, for "
                  "it has not been measured yet.", share=share))


def _seed_numbers(findings: Findings, texts: Texts) -> Iterator[Fact]:
    one, two, more = (exact_number(each, texts) for each in findings.worklist.rules.orders_dampening)
    yield Fact(texts("Weight of the orders"), texts(
        "1 order: {one}; 2 orders: {two}; 3 and more: {more}.", one=one, two=two, more=more))
    yield Fact(texts("Points on top"), texts(
        "a star {star}, with potential {potential}; from 10 orders on {ten}, from 5 orders on {five}.",
        star=texts.number(priority.BONUS_STAR), potential=texts.number(priority.BONUS_POTENTIAL),
        ten=texts.number(priority.BONUS_TEN_ORDERS), five=texts.number(priority.BONUS_FIVE_ORDERS)))


def _point_sentence(findings: Findings, texts: Texts) -> str:
    worklist = findings.worklist
    money = reckoned(priority.point(findings.snapshot, worklist.scale, worklist.rules), texts)
    return texts("{money}: so much that at most {share} of the customers would lie beyond the highest and the lowest "
                 "priority, whatever the currency.", money=money, share=texts.percent(priority.MOST_CLAMPED))


def _place_sentence(findings: Findings, texts: Texts) -> str:
    return texts("The place among all customers: whom a contact with brings the most has nearly {most}, the middle one "
                 "of those who are worth it {middle}; with whom it brings less than it costs, below 0.",
                 most=texts.number(findings.worklist.rules.max_priority_score),
                 middle=texts.number(findings.worklist.rules.max_priority_score // 2))


def _median_sentence(findings: Findings, texts: Texts) -> str:
    if not (findings.snapshot["margin"] > 0).any():
        return texts("Not known: no order of the period leaves anything.")
    return texts("{money}: with half of the customers an order leaves more, with half less.",
                 money=reckoned(findings.worklist.scale.margin, texts))


def _weight_sentence(findings: Findings, texts: Texts) -> str:
    uplift = findings.worklist.rules.uplift
    told = texts("{base} up to the warning line, then more by as much as the silence is longer than it; from {floor} "
                 "to {ceiling}.", base=exact_number(uplift.base, texts), floor=exact_number(uplift.floor, texts),
                 ceiling=exact_number(uplift.ceiling, texts))
    beside = texts("Tonight it is shown beside and does not count.")
    return f"{told} {beside}" if findings.worklist.mode == "model" else told


def silence_facts(findings: Findings, texts: Texts) -> Iterator[Fact]:
    """From when on a silence is too long."""
    rules = findings.worklist.rules
    yield Fact(texts("Warning line"), texts.plural(
        "The longest of three: {times} × the customer's own pause between purchases, {times} × the usual pause for "
        "such goods, {count} day.",
        "The longest of three: {times} × the customer's own pause between purchases, {times} × the usual pause for "
        "such goods, {count} days.", rules.churn_floor_days, times=exact_number(rules.churn_multiplier, texts)))
    yield Fact(texts("Own pause between purchases"), texts(
        "The days from the first purchase of all to the last, divided by the number of pauses between them."))
    yield Fact(texts("Own rhythm"), texts.plural(
        "From {count} purchase on: {share} of the customer's own pauses were not longer than this.",
        "From {count} purchases on: {share} of the customer's own pauses were not longer than this.",
        rules.rhythm_orders, share=exact_share(rules.rhythm_quantile, texts)))


def tag_facts(texts: Texts) -> Iterator[Fact]:
    """What stands out, the most pressing first."""
    labels = risk_tag_labels(texts)
    yield Fact(labels["long_silent"], texts("silent for longer than the warning line"))
    yield Fact(labels["out_of_rhythm"], texts("silent for longer than the own rhythm allows; with too few purchases "
                                              "for one, longer than the own pause and the usual one for such goods"))
    yield Fact(labels["spend_drop"], _less(worth.DROPPED, texts))
    yield Fact(labels["active_high"], texts.plural(
        "of a high value tier, bought within the last {count} day",
        "of a high value tier, bought within the last {count} days", worth.ACTIVE_DAYS))


def tier_facts(findings: Findings, texts: Texts) -> Iterator[Fact]:
    """The borders of the value tiers in money."""
    worklist, labels = findings.worklist, value_tier_labels(texts)
    borders = worklist.rules.tiers
    high, middle, order = (reckoned(each, texts) for each in worth.tier_money(worklist.rules, worklist.scale))
    yield Fact(labels["high"], texts(
        "spent more than {money}, or at least {orders} orders of more than {order} on average", money=high,
        orders=texts.number(borders.high_orders), order=order))
    yield Fact(labels["middle"], texts("spent at least {money}, or at least {orders} orders", money=middle,
                                       orders=texts.number(borders.middle_orders)))
    yield Fact(labels["low"], texts("everybody else"))
    usual = reckoned(worklist.scale.order, texts)
    told = {borders.high_money is None, borders.middle_money is None, borders.high_order is None}
    yield Fact(texts("Where the borders come from"), texts("From the settings.") if told == {False} else texts(
        "What the settings do not say follows from a usual order, which is of {money}: {high}, {middle} and {order} "
        "times as much.", money=usual, high=texts.number(worth.HIGH_MONEY), middle=texts.number(worth.MIDDLE_MONEY, 1),
        order=texts.number(worth.HIGH_ORDER, 1)))


def growth_facts(findings: Findings, texts: Texts) -> Iterator[Fact]:
    """How buying changes, the first line that fits."""
    labels = growth_labels(texts)
    large = reckoned(worth.HIGH_ORDER * findings.worklist.scale.order, texts)
    yield Fact(labels["promising_new"], texts(
        "one order of all time, of more than {money} or of a high value tier", money=large))
    yield Fact(labels["new"], texts("one order of all time"))
    yield Fact(labels["growing"], texts(
        "bought in the last {days} days at least {share} more than in the {days} before",
        days=texts.number(worth.HALF_YEAR), share=texts.percent(worth.GROWING)))
    yield Fact(labels["declining"], _less(worth.DECLINING, texts))
    yield Fact(labels["stable"], texts("everybody else"))


def _less(change: float, texts: Texts) -> str:
    return texts("bought in the last {days} days at least {share} less than in the {days} before",
                 days=texts.number(worth.HALF_YEAR), share=texts.percent(-change))


def worth_facts(texts: Texts) -> Iterator[Fact]:
    """The parts of the score of a customer, and who is a star."""
    points = {name: texts.number(each) for name, each in (
        ("money", worth.MONEY_POINTS), ("orders", worth.ORDER_POINTS), ("silence", worth.SILENCE_POINTS),
        ("late", worth.LATE_POINTS), ("change", worth.CHANGE_POINTS), ("even", worth.EVEN_POINTS),
        ("most", worth.TOP_ORDERS))}
    yield Fact(texts("The past"), texts(
        "up to {money} for the place by money among all customers, up to {orders} for orders, all of them from {most} "
        "orders on", **points))
    yield Fact(texts("Activity"), texts(
        "up to {silence} for a short silence, nothing from twice the warning line on; up to {late} for the share of "
        "the last half year in the money of a year", **points))
    yield Fact(texts("Growth"), texts(
        "up to {change} for the last half year beside the one before, up to {even} for even pauses between purchases",
        **points))
    labels = potential_labels(texts)
    for name, least in (("star", worth.STAR), ("potential", worth.POTENTIAL)):
        yield Fact(labels[name], texts("from {points} points on", points=texts.number(least)))
    yield Fact(labels["ordinary"], texts("everybody else"))


def reckoned(amount: float, texts: Texts) -> str:
    """Money in 1/10 000 that was reckoned, with hundredths only where it is small."""
    return texts.amount(round(amount)) if amount >= 100 * MONEY_SCALE else exact_amount(round(amount), texts)
