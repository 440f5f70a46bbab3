"""The tables of settings.toml that shape whom and what to work on: [alerts]."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from rfm_service.domain.product_rules import USUAL_PRODUCT_RULES, ProductRules
from rfm_service.setting_types import Model, share

Percent = Annotated[float, Field(ge=0, le=100)]
Margin = Annotated[float, Field(ge=-1000, le=100)]
MARGINS = ("margin_stop", "margin_low", "margin_below")
SHARES = ("push_returns", "returns_share", *MARGINS)


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
