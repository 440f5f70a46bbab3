"""When a product is told of: to be pushed, held back, or looked at for its margin."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

ALERT_KINDS = ("push", "returns", "margin")
"""Ids of the alerts, in the order in which they are told."""
ADVICE = ("push", "hold", "stop", "supplier", "price")
"""Ids of what to do with a product."""


@dataclass(frozen=True)
class ProductRules:
    """The thresholds of the three alerts (reference S3-20, S3-21, S3-22); shares and margin rates as fractions.

    Push: at least `push_orders` orders in the last `push_days` days, less than `push_returns` of it came back.
    Returns: at least `returns_lines` sale lines, more than `returns_share` came back. Margin: a rate below
    `margin_below` on at least `margin_lines` sale lines; below `margin_stop` it is to be stopped, below `margin_low`
    bought or sold at another price, else sold at another price. A product whose name or category holds one of the
    words of `left_out`, whatever their case, is never told of.
    """

    push_days: int = 45
    push_orders: int = 5
    push_returns: Fraction = Fraction(20, 100)
    returns_lines: int = 4
    returns_share: Fraction = Fraction(30, 100)
    margin_below: Fraction = Fraction(35, 100)
    margin_lines: int = 2
    margin_stop: Fraction = Fraction(0)
    margin_low: Fraction = Fraction(15, 100)
    left_out: tuple[str, ...] = (
        "доставка", "образец", "образцы", "пробник", "дропшип", "delivery", "shipping", "sample", "dropship",
        "运费", "样品", "代发", "kargo", "numune")


USUAL_PRODUCT_RULES = ProductRules()
