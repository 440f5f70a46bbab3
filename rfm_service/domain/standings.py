"""Where customers stand beside RFM: the thresholds of lifecycle and classes, and what is found with them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from rfm_service.domain.values import MONEY_SCALE

if TYPE_CHECKING:
    import pandas as pd

VALUES = ("vip", "regular")
"""Ids of the value axis, the best first."""
RISKS = ("new", "active", "steady", "at_risk")
"""Ids of the risk axis, the safest last but one: new customers are not known well yet."""
ABC_CLASSES = ("A", "B", "C")
XYZ_CLASSES = ("X", "Y", "Z", "")
"""The steadiest first; '': too early to tell."""


@dataclass(frozen=True)
class Lifecycle:
    """The borders of both lifecycle axes (reference S0-01): days as in recency_days, money in 1/10 000.

    `over`: whether orders and money of a vip are frequency and monetary of the window, or, as in the seed, those of
    all time, from which returns without an order are not taken off. `rhythm`:
    whether at_risk begins after `silent_days` for all ("fixed"), or after the customer's own churn threshold
    ("personal"): usual days between purchases times `churn_multiplier`, at least `churn_floor_days` (S3-05).
    """

    vip_orders: int = 3
    vip_money: int = 50_000 * MONEY_SCALE
    over: Literal["window", "ever"] = "window"
    new_days: int = 7
    active_days: int = 7
    silent_days: int = 30
    rhythm: Literal["fixed", "personal"] = "personal"
    churn_multiplier: Fraction = Fraction(3, 2)
    churn_floor_days: int = 60


@dataclass(frozen=True)
class ClassBorders:
    """The borders of ABC and XYZ as shares: of cumulated money, and of the variation of monthly sums.

    Who spends alike in k of n months varies by sqrt(n / k - 1): X buys in about four months of five, Y in every
    second one. The 10 % and 25 % that 1C has for goods would call one customer of a thousand steady. Fewer than
    `least_months` full months since the first purchase are too few to tell X from Z.
    """

    a: Fraction = Fraction(80, 100)
    b: Fraction = Fraction(95, 100)
    x: Fraction = Fraction(50, 100)
    y: Fraction = Fraction(100, 100)
    least_months: int = 3


USUAL_LIFECYCLE = Lifecycle()
USUAL_BORDERS = ClassBorders()


@dataclass(frozen=True)
class Pareto:
    """Who brings the money, in 1/10 000: the `top` richest of all `customers` bring `share` of `money` or just above.

    `top_money` is what they bring, `curve` is PARETO. Customers whose monetary is not above 0 bring nothing.
    """

    curve: pd.DataFrame
    share: Fraction
    customers: int
    money: int
    top: int
    top_money: int


@dataclass(frozen=True)
class Unseen:
    """What ABC cannot see: the customers of class A that are leaving, and their monetary in 1/10 000.

    `silent` longer than their own churn threshold; `at_risk` on the risk axis; `leaving` one or the other.
    """

    customers: int
    money: int
    silent: int
    silent_money: int
    at_risk: int
    at_risk_money: int
    leaving: int
    leaving_money: int
