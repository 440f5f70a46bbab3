"""Where lifecycle and classes have their borders, in words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from rfm_service.domain.standings import ClassBorders, Lifecycle
from rfm_service.drawing.rule_words import at_least
from rfm_service.ports import Texts

Told = tuple[str, str]
"""An id and what is said of it."""


def value_borders(lifecycle: Lifecycle, texts: Texts) -> Iterator[Told]:
    """Who is a VIP."""
    told = {"orders": at_least("frequency", lifecycle.vip_orders, texts),
            "money": at_least("monetary", lifecycle.vip_money, texts)}
    yield "vip", (texts("{orders} or {money}, of all time", **told) if lifecycle.over == "ever" else
                  texts("{orders} or {money}, in the period", **told))
    yield "regular", texts("everybody else")


def risk_borders(lifecycle: Lifecycle, texts: Texts) -> Iterator[Told]:
    """Who is silent for too long, new, active, steady: the first that holds."""
    yield "at_risk", _silence(lifecycle, texts)
    yield "new", texts.plural("first purchase of all time at most {count} day ago",
                              "first purchase of all time at most {count} days ago", lifecycle.new_days)
    yield "active", texts.plural("bought at most {count} day ago", "bought at most {count} days ago",
                                 lifecycle.active_days)
    yield "steady", texts("everybody else")


def _silence(lifecycle: Lifecycle, texts: Texts) -> str:
    if lifecycle.rhythm == "fixed":
        return texts.plural("no purchase for more than {count} day", "no purchase for more than {count} days",
                            lifecycle.silent_days)
    times = lifecycle.churn_multiplier
    return texts.plural("no purchase for longer than {times} times the customer's usual days between purchases, and "
                        "for longer than {count} day",
                        "no purchase for longer than {times} times the customer's usual days between purchases, and "
                        "for longer than {count} days", lifecycle.churn_floor_days,
                        times=exact_number(times, texts))


def class_borders(borders: ClassBorders, texts: Texts) -> Iterator[Told]:
    """Who is A, B, C and X, Y, Z."""
    a, b, x, y = (exact_share(border, texts) for border in (borders.a, borders.b, borders.x, borders.y))
    yield "A", texts("the customers that spent most, up to {share} of the money together", share=a)
    yield "B", texts("the next ones, up to {share} of the money together", share=b)
    yield "C", texts("everybody else")
    yield "X", texts("the money of the months varies by {share} at most", share=x)
    yield "Y", texts("the money of the months varies by {share} at most", share=y)
    yield "Z", texts("it varies by more")
    yield "", texts.plural("fewer than {count} full month since the first purchase",
                           "fewer than {count} full months since the first purchase", borders.least_months)


def exact_share(share: Fraction, texts: Texts) -> str:
    """A share 0..1 as the percentage that was set."""
    return texts.percent(float(share), _places(share * 100))


def exact_number(number: Fraction, texts: Texts) -> str:
    """A number as it was set."""
    return texts.number(float(number), _places(number))


def _places(value: Fraction) -> int:
    """Decimal places that show a number as it was set: at most two."""
    return next((places for places in (0, 1) if (value * 10 ** places).denominator == 1), 2)
