"""Whom to contact: the rules of the list, as the settings give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES, ProductRules

if TYPE_CHECKING:
    import pandas as pd

Mode = Literal["model", "seed"]

VALUE_TIERS = ("high", "middle", "low")
RISK_TAGS = ("long_silent", "out_of_rhythm", "spend_drop", "active_high")
"""The most pressing first; a customer has at most one."""
GROWTH_TYPES = ("growing", "stable", "declining", "promising_new", "new")
POTENTIALS = ("star", "potential", "ordinary")
SITUATIONS = ("silent", "dropped", "active", "new")
"""What a contact is about: the seed's care, apology, new goods, and the second order."""
STATES = ("listed", "held", "full", "waits", "often", "refused", "do_not_contact", "single_order", "long_gone",
          "all_returned", "no_reason")
"""Where a customer is as to the list: on it, held back for comparison, beyond what his sales manager can do today,
contacted lately, contacted as often as his tier may be, never to be contacted (by his word or by 1C), with a single
order, gone for too long, with nothing but returns, and without a reason to contact him."""
OFF_LISTS = ("do_not_contact", "refused", "held")
"""The states of those who are on no list of a sales manager at all."""


@dataclass(frozen=True)
class Category:
    """What is known of goods of a category, or of all others (reference S3-10); None: as of all others.

    Money in 1/10 000. A touch cost or a largest margin of all others that is None is told by the shop's own orders:
    6 and 8 000 where the median margin of an order is 100.
    """

    gross_margin: Fraction | None = None
    cycle_days: int | None = None
    return_rate: Fraction | None = None
    touch_cost: int | None = None
    max_margin: int | None = None


USUAL_CATEGORY = Category(Fraction(32, 100), 60, Fraction(8, 100))


@dataclass(frozen=True)
class ValueTiers:
    """Borders of the value tiers (reference S3-13): money in 1/10 000; None: told by the shop's own orders.

    The seed's 5 000, 2 000 and 500 are 16, 6.4 and 1.6 of its orders: with a margin of 100 and of 32 % such an order
    is of 312.50.
    """

    high_money: int | None = None
    middle_money: int | None = None
    high_order: int | None = None
    high_orders: int = 3
    middle_orders: int = 2


@dataclass(frozen=True)
class Uplift:
    """How mode `seed` estimates what a contact does (reference S3-06): base + by how much the silence is too long."""

    base: Fraction = Fraction(6, 10)
    floor: Fraction = Fraction(2, 10)
    ceiling: Fraction = Fraction(2)


@dataclass(frozen=True)
class Caps:
    """How often a customer may be contacted: days between two contacts, and contacts in 30 days (reference S3-31)."""

    cooldown_days: int = 7
    high: int = 5
    middle: int = 2
    low: int = 1


@dataclass(frozen=True)
class Action:
    """What to do with whom (reference S3-18): '' in a condition holds for all; `texts` by language, or a text's id."""

    text: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    tier: str = ""
    channel: str = ""
    situation: str = ""


@dataclass(frozen=True)
class Outreach:
    """The rules of the list.

    `assumed_lift`: by how much more is bought in 30 days after a contact, as long as nothing was measured;
    `churn_multiplier`, `churn_floor_days`: of the warning line (S3-05); `rhythm_orders`, `rhythm_quantile`: of the
    early flag; `orders_dampening`: the weight of 1, 2 and 3 orders (S3-02); `single_order`: which single orders of
    late stay ("previous_month", "days", or "all" of them); `capacity`: customers a sales manager and day, 0: all.
    """

    mode: Mode = "model"
    assumed_lift: Fraction = Fraction(20, 100)
    usual: Category = USUAL_CATEGORY
    categories: Mapping[str, Category] = field(default_factory=dict)
    channels: Mapping[str, int] = field(default_factory=dict)
    churn_multiplier: Fraction = Fraction(3, 2)
    churn_floor_days: int = 60
    rhythm_orders: int = 4
    rhythm_quantile: Fraction = Fraction(9, 10)
    uplift: Uplift = Uplift()
    orders_dampening: tuple[Fraction, Fraction, Fraction] = (Fraction(3, 10), Fraction(6, 10), Fraction(1))
    min_priority_score: int = -40
    max_priority_score: int = 120
    tiers: ValueTiers = ValueTiers()
    caps: Caps = Caps()
    single_order: Literal["previous_month", "days", "all"] = "previous_month"
    single_order_days: int = 30
    least_priority: int = 50
    many_orders: int = 5
    capacity: int = 20
    actions: tuple[Action, ...] = ()


USUAL_OUTREACH = Outreach()
BANDS = (100, 80, 50)
"""Lower borders of the bands of priority, and from where to call first (reference S3-32)."""


@dataclass(frozen=True)
class Scale:
    """What money of the seed is worth here, in 1/10 000: the median margin of an order, and the median order."""

    margin: float
    order: float

    @property
    def point(self) -> float:
        """A hundredth of the median margin: the seed's unit of money, whatever the currency."""
        return self.margin / 100


@dataclass(frozen=True)
class Holdout:
    """Who is kept off the lists for comparison: this share, drawn anew for each campaign ('': each quarter).

    `effect_days`: how long after the first night on a list orders count for what contacts brought. `lift`: the least
    effect worth knowing, so many more buyers as a share of those who buy anyway (0.2: by a fifth).
    """

    share: Fraction = Fraction(0)
    campaign: str = ""
    effect_days: int = 30
    lift: Fraction = Fraction(20, 100)


USUAL_HOLDOUT = Holdout()


@dataclass(frozen=True)
class Contacting:
    """Every setting that makes the lists and the alerts of products."""

    outreach: Outreach = USUAL_OUTREACH
    holdout: Holdout = USUAL_HOLDOUT
    products: ProductRules = USUAL_PRODUCT_RULES


USUAL_CONTACTING = Contacting()


Verdict = Literal["helps", "harms", "no_difference_seen", "too_few"]


@dataclass(frozen=True)
class Effects:
    """What being on the lists changed, as known on `as_of`: an EFFECTS frame, of `days` days after the offer."""

    frame: pd.DataFrame
    as_of: date
    days: int


class LogFactor(NamedTuple):
    """The logarithm of the factor by which a contact changes something, and its standard error."""

    value: float
    error: float
