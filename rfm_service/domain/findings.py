"""All that a report may show: frames and counts of one night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

from rfm_service.domain.forecasts import Forecast, ForecastCard
from rfm_service.domain.grids import Cuts
from rfm_service.domain.outreach import Effects, Holdout, Mode, Outreach, Scale
from rfm_service.domain.product_rules import ProductRules
from rfm_service.domain.standings import ClassBorders, Lifecycle, Pareto, Unseen
from rfm_service.domain.values import Basis

LEAST_CUSTOMERS, LEAST_DAYS = 500, 180


@dataclass(frozen=True)
class Trade:
    """What was sold in the window: MONTHS, PRODUCTS, ORDERS, CUSTOMER_ORDERS, and the gift lines left out.

    And what lists and alerts are made of: BASKETS, HABITS, PRODUCT_ACTIVITY.
    """

    months: pd.DataFrame
    products: pd.DataFrame
    orders: pd.DataFrame
    customer_orders: pd.DataFrame
    baskets: pd.DataFrame
    habits: pd.DataFrame
    activity: pd.DataFrame
    gifts: int


@dataclass(frozen=True)
class Figures:
    """The six key figures of a night; amounts in 1/10 000.

    `customers` scored, `orders` counted, `revenue` of the window (scored customers), `average_order` = revenue /
    orders rounded down, `active` = recency_days <= 90, `newcomers` = first_purchase within the last 30 days.
    """

    customers: int
    orders: int
    revenue: int
    average_order: int
    active: int
    newcomers: int


@dataclass(frozen=True)
class Quality:
    """What was left out or could not be understood, in lines of the window unless said otherwise."""

    gifts: int
    own_companies: int
    excluded: int
    no_customer: int
    quarantined: int
    without_purchase: pd.DataFrame
    """customer_id, customer, monetary (1/10 000): customers with lines but no counting order."""


@dataclass(frozen=True)
class Gate:
    """The data gate: how many customers were scored, and the days from the first sale line to as_of."""

    customers: int
    days: int

    @property
    def passed(self) -> bool:
        """Whether there is enough for scores and forecasts to be relied on (DESIGN section 3)."""
        return self.customers >= LEAST_CUSTOMERS and self.days >= LEAST_DAYS


@dataclass(frozen=True)
class Worth:
    """Lifecycle and value beside RFM: COHORTS, who brings the money, SEGMENT_VALUE, ABC_SEGMENTS, ABC_XYZ, ATTRIBUTES.

    `unseen` is what ABC does not see of class A.
    """

    cohorts: pd.DataFrame
    pareto: Pareto
    segments: pd.DataFrame
    abc_by_segment: pd.DataFrame
    abc_by_xyz: pd.DataFrame
    attributes: pd.DataFrame
    unseen: Unseen


@dataclass(frozen=True)
class Worklist:
    """Whom to contact on the day after as_of, and by what rules that was found.

    `mode`: by which priorities were reckoned; `lift`: by how much more is bought in 30 days after a contact (0.2: by a
    fifth), `measured`: whether that was seen on customers held back, or is assumed; `outreach`: OUTREACH; `effects`:
    what contacts of earlier nights brought; `offers`: OFFERS of this night, of who came onto a list or was held back;
    `alerts`: ALERTS of products by the rules `products`; `scale`: what money of
    the seed is worth here.
    """

    rules: Outreach
    holdout: Holdout
    mode: Mode
    lift: float
    measured: bool
    campaign: str
    outreach: pd.DataFrame
    effects: Effects
    offers: pd.DataFrame
    products: ProductRules
    alerts: pd.DataFrame
    scale: Scale


@dataclass(frozen=True)
class SettingChange:
    """A setting that shapes figures and is otherwise than on the night before: its key, and both values as written."""

    key: str
    before: str
    after: str


def in_turn(customers: pd.DataFrame) -> pd.DataFrame:
    """The rows of a snapshot with OUTREACH that are on the list, whom to contact first at the top."""
    listed = customers[customers["state"] == "listed"]
    return listed.sort_values(["priority", "expected", "customer_id"], ascending=[False, False, True],
                              ignore_index=True)


@dataclass(frozen=True)
class Findings:
    """One night's conclusions.

    `company`: whose report it is, as the settings say ('': not said).
    `snapshot`: SNAPSHOT joined with CUSTOMERS, VALUE, FORECAST, OUTREACH, `favourite` (the name of the usual product)
    and `previous_segment` ('' = none), by customer_id.
    `moves`: MOVES with customer_id, customer, document (its number), detail, monetary; sorted by customer_id.
    `products`: PRODUCTS with product, the name without features; sorted by revenue, the most first.
    `orders`: CUSTOMER_ORDERS of the customers of `snapshot` joined with ORDER_NAMES.
    `trends`: TRENDS of as_of (not where that day is incomplete), as_of - 7 and the Sundays of 26 weeks, and of the
    days 364 days before them, as far as sales are stored.
    `history`: HISTORY of the last 182 days.
    `settings_changed`: since the night that moves compare with.
    `cuts`: the score borders of the night.
    `sales_through`: the newest day with a stored sale line, None where there is none.
    """

    basis: Basis
    currency: str
    company: str
    sales_through: date | None
    complete: bool
    snapshot: pd.DataFrame
    moves: pd.DataFrame
    cuts: Cuts
    trade: Trade
    products: pd.DataFrame
    orders: pd.DataFrame
    trends: pd.DataFrame
    history: pd.DataFrame
    settings_changed: tuple[SettingChange, ...]
    figures: Figures
    previous_as_of: date | None
    previous_figures: Figures | None
    quality: Quality
    gate: Gate
    worth: Worth
    lifecycle: Lifecycle
    classes: ClassBorders
    forecast: Forecast
    card: ForecastCard | None
    worklist: Worklist

    @property
    def today(self) -> pd.DataFrame:
        """The rows of `snapshot` that are on the list, whom to contact first at the top."""
        return in_turn(self.snapshot)
