"""The tables of settings.toml that shape figures: [rfm], [tiers], [lifecycle], [classes]."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from rfm_service import presets
from rfm_service.analysis.linting import TooManyCells, lint
from rfm_service.domain.errors import SettingFault
from rfm_service.domain.grids import Grid
from rfm_service.domain.standings import USUAL_BORDERS, USUAL_LIFECYCLE, ClassBorders, Lifecycle
from rfm_service.domain.values import SEED_TIERS
from rfm_service.setting_types import Borders, Model, Money, MoneyBorders, share


class CutsTable(Model):
    """Score borders fixed by hand: days, orders, money; four each, ascending."""

    r: Borders
    f: Borders
    m: MoneyBorders


class RfmTable(Model):
    """What shapes recency, frequency and monetary."""

    window_days: int = Field(365, ge=1, le=36500)
    gift_below: Money = 0
    own_companies: tuple[str, ...] = ()
    exclude_customers: tuple[str, ...] = ()
    returns: Literal["net", "ignore"] = "net"
    preset: str = "seed"
    thresholds: tuple[presets.RuleTable, ...] = ()
    fallback: presets.SegmentName | None = None
    high_score: int = Field(presets.HIGH_SCORE, ge=2, le=5)
    cuts: Literal["monthly", "nightly"] | CutsTable = "monthly"

    @property
    def grid(self) -> Grid:
        """The rules of the segments."""
        if self.preset == presets.OWN:
            return presets.grid_of(presets.OWN, self.thresholds, self.fallback, high=self.high_score)
        return presets.preset(self.preset, self.high_score)

    def faults(self) -> list[SettingFault]:
        """What keeps the rules from naming one segment for everybody."""
        own = self.preset == presets.OWN
        if not own and self.preset not in presets.names():
            near = get_close_matches(self.preset, presets.names(), n=1)
            there = f"there is no such preset; there are: {', '.join((*presets.names(), presets.OWN))}"
            problem = presets.REFUSED.get(self.preset, there)
            return [SettingFault("rfm.preset", repr(self.preset), problem, near[0] if near else None)]
        if self.fallback is not None and not own:
            return [SettingFault("rfm.fallback", repr(self.fallback), 'is only looked at with preset = "own"')]
        if own != bool(self.thresholds):
            problem = ('"own" needs rules: [[rfm.thresholds]]' if own else
                       'rules in [[rfm.thresholds]] are only looked at with preset = "own"')
            return [SettingFault("rfm.preset", repr(self.preset), problem)]
        try:
            holes = lint(self.grid).holes
        except TooManyCells as error:
            return [SettingFault("rfm.thresholds", "", str(error))]
        return [SettingFault("rfm.thresholds", "", f"no rule holds for these cells: {', '.join(holes)}; add rules, or "
                             "a segment for all of them: rfm.fallback")] if holes else []


class TiersTable(Model):
    """From what sum in a two-month block a wholesale level begins."""

    whale: Money = SEED_TIERS[0].floor
    large_wholesale: Money = SEED_TIERS[1].floor
    wholesale: Money = SEED_TIERS[2].floor
    small_wholesale: Money = SEED_TIERS[3].floor


class LifecycleTable(Model):
    """The borders of the lifecycle's two axes: who is a VIP, and who is new, active, steady or at risk."""

    vip_orders: int = Field(USUAL_LIFECYCLE.vip_orders, ge=1, le=1_000_000)
    vip_money: Money = USUAL_LIFECYCLE.vip_money
    over: Literal["window", "ever"] = USUAL_LIFECYCLE.over
    new_days: int = Field(USUAL_LIFECYCLE.new_days, ge=0, le=1_000_000)
    active_days: int = Field(USUAL_LIFECYCLE.active_days, ge=0, le=1_000_000)
    silent_days: int = Field(USUAL_LIFECYCLE.silent_days, ge=0, le=1_000_000)
    rhythm: Literal["fixed", "personal"] = USUAL_LIFECYCLE.rhythm
    churn_multiplier: float = Field(float(USUAL_LIFECYCLE.churn_multiplier), ge=0.01, le=100)
    churn_floor_days: int = Field(USUAL_LIFECYCLE.churn_floor_days, ge=0, le=36500)

    @property
    def borders(self) -> Lifecycle:
        """The borders with an exact multiplier."""
        return Lifecycle(**{**dict(self), "churn_multiplier": share(self.churn_multiplier)})


class ClassesTable(Model):
    """The borders of ABC (percent of the money) and XYZ (variation of monthly sums in percent)."""

    a: float = Field(float(USUAL_BORDERS.a * 100), gt=0, le=100)
    b: float = Field(float(USUAL_BORDERS.b * 100), gt=0, le=100)
    x: float = Field(float(USUAL_BORDERS.x * 100), ge=0, le=10_000)
    y: float = Field(float(USUAL_BORDERS.y * 100), ge=0, le=10_000)
    least_months: int = Field(USUAL_BORDERS.least_months, ge=2, le=1200)

    @field_validator("b", "y")
    @classmethod
    def _ascending(cls, border: float, info: ValidationInfo) -> float:
        lower = {"b": "a", "y": "x"}[str(info.field_name)]
        if border < info.data.get(lower, 0):
            raise ValueError(f"must not be below {lower}")
        return border

    @property
    def borders(self) -> ClassBorders:
        """The borders as exact shares."""
        a, b, x, y = (share(border) / 100 for border in (self.a, self.b, self.x, self.y))
        return ClassBorders(a, b, x, y, self.least_months)
