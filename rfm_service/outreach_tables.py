"""The tables of settings.toml that make the lists: [outreach], [holdout], [alerts]."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from rfm_service.domain.outreach import (
    USUAL_CATEGORY,
    USUAL_HOLDOUT,
    USUAL_OUTREACH,
    Action,
    Caps,
    Category,
    Holdout,
    Outreach,
    Uplift,
    ValueTiers,
)
from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES, ProductRules
from rfm_service.domain.standings import Lifecycle
from rfm_service.setting_types import Model, Money, share

Percent = Annotated[float, Field(ge=0, le=100)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Weight = Annotated[float, Field(ge=0, le=100)]
Tier = Literal["", "high", "middle", "low"]
Situation = Literal["", "silent", "dropped", "active", "new"]
Language = Literal["ru", "en", "zh", "tr"]
Margin = Annotated[float, Field(ge=-1000, le=100)]
MARGINS = ("margin_stop", "margin_low", "margin_below")
SHARES = ("push_returns", "returns_share", *MARGINS)


class CategoryTable(Model):
    """What is known of goods: margin and returns in percent of the money, money of a contact and of a margin."""

    gross_margin: Percent | None = None
    cycle_days: Days | None = None
    return_rate: Percent | None = None
    touch_cost: Money | None = None
    max_margin: Money | None = None

    @property
    def category(self) -> Category:
        """The category with exact shares."""
        margin, back = (None if each is None else share(each) / 100 for each in (self.gross_margin, self.return_rate))
        return Category(margin, self.cycle_days, back, self.touch_cost, self.max_margin)


class CapsTable(Model):
    """At most so many contacts of a customer in 30 days, by value tier."""

    high: int = Field(USUAL_OUTREACH.caps.high, ge=0, le=1000)
    middle: int = Field(USUAL_OUTREACH.caps.middle, ge=0, le=1000)
    low: int = Field(USUAL_OUTREACH.caps.low, ge=0, le=1000)


class ValueTiersTable(Model):
    """Borders of the value tiers: money of the window, of an order, and numbers of orders."""

    high_money: Money | None = None
    middle_money: Money | None = None
    high_order: Money | None = None
    high_orders: int = Field(USUAL_OUTREACH.tiers.high_orders, ge=1, le=1_000_000)
    middle_orders: int = Field(USUAL_OUTREACH.tiers.middle_orders, ge=1, le=1_000_000)


class ActionTable(Model):
    """What to do with whom: a text, or one by language; an empty condition holds for all."""

    text: str | dict[Language, str] = Field(min_length=1)
    tier: Tier = ""
    channel: str = ""
    situation: Situation = ""

    @property
    def action(self) -> Action:
        """The row of the table of actions."""
        told = {"text": self.text} if isinstance(self.text, str) else {"texts": dict(self.text)}
        return Action(tier=self.tier, channel=self.channel, situation=self.situation, **told)


class OutreachTable(Model):
    """Whom to contact: priorities, what goods leave, and who comes onto the lists."""

    mode: Literal["model", "seed"] = USUAL_OUTREACH.mode
    assumed_lift: float = Field(float(USUAL_OUTREACH.assumed_lift * 100), ge=0, le=1000)
    capacity: int = Field(USUAL_OUTREACH.capacity, ge=0, le=1_000_000)
    cooldown_days: int = Field(USUAL_OUTREACH.caps.cooldown_days, ge=0, le=3650)
    caps: CapsTable = CapsTable()
    single_order: Literal["previous_month", "days", "all"] = USUAL_OUTREACH.single_order
    single_order_days: Days = USUAL_OUTREACH.single_order_days
    least_priority: int = Field(USUAL_OUTREACH.least_priority, ge=-1000, le=1000)
    many_orders: int = Field(USUAL_OUTREACH.many_orders, ge=1, le=1_000_000)
    gross_margin: Percent = float((USUAL_CATEGORY.gross_margin or 0) * 100)
    cycle_days: Days = USUAL_CATEGORY.cycle_days or 1
    return_rate: Percent = float((USUAL_CATEGORY.return_rate or 0) * 100)
    touch_cost: Money | None = None
    max_margin: Money | None = None
    uplift_base: Weight = float(USUAL_OUTREACH.uplift.base)
    uplift_floor: Weight = float(USUAL_OUTREACH.uplift.floor)
    uplift_ceiling: Weight = float(USUAL_OUTREACH.uplift.ceiling)
    orders_dampening: tuple[Weight, Weight, Weight] = (0.3, 0.6, 1.0)
    min_priority_score: int = Field(USUAL_OUTREACH.min_priority_score, ge=-1000, le=-1)
    max_priority_score: int = Field(USUAL_OUTREACH.max_priority_score, ge=100, le=1000)
    rhythm_orders: int = Field(USUAL_OUTREACH.rhythm_orders, ge=2, le=1000)
    rhythm_quantile: float = Field(float(USUAL_OUTREACH.rhythm_quantile * 100), ge=50, le=100)
    value: ValueTiersTable = ValueTiersTable()
    categories: dict[str, CategoryTable] = Field(default_factory=dict)
    channels: dict[str, Money] = Field(default_factory=dict)
    actions: tuple[ActionTable, ...] = ()

    @field_validator("uplift_ceiling")
    @classmethod
    def _above(cls, ceiling: float, known: ValidationInfo) -> float:
        if ceiling < known.data.get("uplift_floor", 0):
            raise ValueError("must not be below uplift_floor")
        return ceiling

    def rules(self, lifecycle: Lifecycle) -> Outreach:
        """The rules of the list; the warning line is drawn as that of the lifecycle."""
        usual = CategoryTable(gross_margin=self.gross_margin, cycle_days=self.cycle_days,
                              return_rate=self.return_rate).category
        one, two, more = (share(each) for each in self.orders_dampening)
        return Outreach(
            mode=self.mode, assumed_lift=share(self.assumed_lift) / 100,
            usual=Category(usual.gross_margin, usual.cycle_days, usual.return_rate, self.touch_cost, self.max_margin),
            categories={name: each.category for name, each in self.categories.items()}, channels=self.channels,
            churn_multiplier=lifecycle.churn_multiplier, churn_floor_days=lifecycle.churn_floor_days,
            rhythm_orders=self.rhythm_orders, rhythm_quantile=share(self.rhythm_quantile) / 100,
            uplift=Uplift(*(share(each) for each in (self.uplift_base, self.uplift_floor, self.uplift_ceiling))),
            orders_dampening=(one, two, more), min_priority_score=self.min_priority_score,
            max_priority_score=self.max_priority_score, tiers=ValueTiers(**dict(self.value)),
            caps=Caps(self.cooldown_days, self.caps.high, self.caps.middle, self.caps.low),
            single_order=self.single_order, single_order_days=self.single_order_days,
            least_priority=self.least_priority, many_orders=self.many_orders, capacity=self.capacity,
            actions=tuple(each.action for each in self.actions))


class HoldoutTable(Model):
    """Who is kept off the lists for comparison: percent of customers, drawn anew for each campaign."""

    percent: float = Field(float(USUAL_HOLDOUT.share * 100), ge=0, le=50)
    campaign: str = Field(USUAL_HOLDOUT.campaign, max_length=60)
    days: int = Field(USUAL_HOLDOUT.effect_days, ge=7, le=365)

    @property
    def holdout(self) -> Holdout:
        """The holdout with an exact share."""
        return Holdout(share(self.percent) / 100, self.campaign, self.days)


class AlertsTable(Model):
    """When a product is told of: to be pushed, held back, or looked at for its margin; shares and rates in percent."""

    push_days: int = Field(USUAL_PRODUCT_RULES.push_days, ge=1, le=36500)
    push_orders: int = Field(USUAL_PRODUCT_RULES.push_orders, ge=1, le=1_000_000)
    push_returns: Percent = float(USUAL_PRODUCT_RULES.push_returns * 100)
    returns_lines: int = Field(USUAL_PRODUCT_RULES.returns_lines, ge=1, le=1_000_000)
    returns_share: Percent = float(USUAL_PRODUCT_RULES.returns_share * 100)
    margin_stop: Margin = float(USUAL_PRODUCT_RULES.margin_stop * 100)
    margin_low: Margin = Field(float(USUAL_PRODUCT_RULES.margin_low * 100), validate_default=True)
    margin_below: Margin = Field(float(USUAL_PRODUCT_RULES.margin_below * 100), validate_default=True)
    margin_lines: int = Field(USUAL_PRODUCT_RULES.margin_lines, ge=1, le=1_000_000)
    left_out: tuple[Annotated[str, Field(min_length=1)], ...] = USUAL_PRODUCT_RULES.left_out

    @field_validator("margin_low", "margin_below")
    @classmethod
    def _ascending(cls, border: float, known: ValidationInfo) -> float:
        lower = MARGINS[MARGINS.index(str(known.field_name)) - 1]
        if border < known.data.get(lower, border):
            raise ValueError(f"must not be below {lower}")
        return border

    @property
    def rules(self) -> ProductRules:
        """The thresholds with exact shares."""
        return ProductRules(**{**dict(self), **{name: share(getattr(self, name)) / 100 for name in SHARES}})
