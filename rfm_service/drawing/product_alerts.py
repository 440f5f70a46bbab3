"""Products to work on in words: a line an alert for the morning page, and the rule behind each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rfm_service.domain.product_rules import ALERT_KINDS, ProductRules
from rfm_service.ports import Texts
from rfm_service.texts.plain import shortened

if TYPE_CHECKING:
    import pandas as pd

NAMED = 3
"""So many products of an alert are named."""
NAME_PLACES = 40


def alert_lines(alerts: pd.DataFrame, texts: Texts) -> list[str]:
    """A sentence for each alert of ALERTS that tells of any product, the first ones named.

    What sells well below its cost is not named among what is to be pushed.
    """
    lines = []
    for kind in ALERT_KINDS:
        rows = alerts[(alerts["alert"] == kind) & ((kind != "push") | (alerts["advice"] == "push"))]
        if len(rows):
            lines.append(_line(kind, len(rows), _names(kind, rows, texts), texts))
    return lines


def alert_rules(rules: ProductRules, texts: Texts) -> Mapping[str, str]:
    """Kind of an alert -> when a product is told of, with the thresholds."""
    return {
        "push": texts("Orders of the last {window}: at least {orders}; came back: less than {share}.",
                      window=texts.plural("{count} day", "{count} days", rules.push_days),
                      orders=texts.number(rules.push_orders),
                      share=_percent(rules.push_returns, texts)),
        "returns": texts("Sale lines of the period: at least {lines}; came back: more than {share}.",
                         lines=texts.number(rules.returns_lines), share=_percent(rules.returns_share, texts)),
        "margin": texts("Margin: less than {share} of the sales whose cost is known; such sale lines: at least "
                        "{lines}.", share=_percent(rules.margin_below, texts), lines=texts.number(rules.margin_lines)),
    }


def _line(kind: str, count: int, names: str, texts: Texts) -> str:
    match kind:
        case "push":
            return texts.plural("{count} product to push: {names}.", "{count} products to push: {names}.", count,
                                names=names)
        case "returns":
            return texts.plural("{count} product comes back too often, do not promote it: {names}.",
                                "{count} products come back too often, do not promote them: {names}.", count,
                                names=names)
    return texts.plural("{count} product brings too little: {names}.", "{count} products bring too little: {names}.",
                        count, names=names)


def _names(kind: str, rows: pd.DataFrame, texts: Texts) -> str:
    """The first products, each with the figure that it is told for, and how many there are beside."""
    named = [_named(kind, row, texts) for row in rows.head(NAMED).itertuples(index=False)]
    told = texts("; ").join(named)
    more = len(rows) - len(named)
    return texts("{names} and {count} more", names=told, count=texts.number(more)) if more else told


def _named(kind: str, row: Any, texts: Texts) -> str:
    name = shortened(row.product, NAME_PLACES) or "—"
    if kind == "push":
        return texts.plural("{name} ({count} order)", "{name} ({count} orders)", row.orders, name=name)
    share = row.returned_share if kind == "returns" else row.margin_rate
    return texts("{name} ({share})", name=name, share=texts.percent(share))


def _percent(share: Any, texts: Texts) -> str:
    """A threshold as a person wrote it: 20 %, 12.5 %."""
    percent = share * 100
    return texts.percent(float(share), 0 if percent.denominator == 1 else 1)
