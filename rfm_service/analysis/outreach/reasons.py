"""Why a customer is on the list, in a plain sentence without any jargon (reference S3-19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from rfm_service.domain.values import MONEY_SCALE, day_of
from rfm_service.ports import Texts

RARELY_RETURNS = 0.02
OFTEN_RETURNS = 0.2
MANY_ORDERS = 5
LIKELY_UPLIFT = 1.0
LEAST_ORDERS_TOLD = 3


class _Row(NamedTuple):
    """The columns of a listed customer that a reason is made of."""

    risk_tag: str
    growth: str
    potential: str
    value_tier: str
    recency_days: int
    warning_line: int
    rhythm_line: int
    frequency: int
    monetary: int
    observed_returns: float
    uplift: float
    planned: int


def reasons(rows: pd.DataFrame, texts: Texts) -> pd.Series[str]:
    """One sentence for each row of a snapshot with OUTREACH, on its index."""
    return pd.Series([_reason(row, texts) for row in _rows(rows)], index=rows.index, dtype="str", name="reason")


def reason_parts(rows: pd.DataFrame) -> pd.Series[str]:
    """What the reason of each row is made of: ids of its parts in their order, a space between them.

    A page that holds the figures of its rows says them itself, in any language.
    """
    return pd.Series([" ".join(_parts(row)) for row in _rows(rows)], index=rows.index, dtype="str", name="parts")


def _rows(rows: pd.DataFrame) -> Iterator[_Row]:
    return (_Row(*row) for row in zip(*(rows[name].tolist() for name in _Row._fields), strict=True))


def _reason(row: _Row, texts: Texts) -> str:
    sentence = "; ".join(_PHRASES[part](row, texts) for part in _parts(row))
    return sentence[:1].upper() + sentence[1:]


def _parts(row: _Row) -> Iterator[str]:
    yield from _occasion(row)
    yield from _worth(row)


def _occasion(row: _Row) -> Iterator[str]:
    """What the contact is about today."""
    if row.planned:
        yield "planned"
    if row.risk_tag:
        yield "out_of_habit" if row.risk_tag == "out_of_rhythm" and not row.rhythm_line else row.risk_tag
    if row.risk_tag in ("long_silent", "out_of_rhythm") and row.uplift > LIKELY_UPLIFT:
        yield "likely"


def _worth(row: _Row) -> Iterator[str]:
    """Why it is worth it."""
    if row.growth != "stable" and (row.growth, row.risk_tag) != ("declining", "spend_drop"):
        yield row.growth
    yield "total"
    if row.frequency >= LEAST_ORDERS_TOLD:
        yield "times"
    if row.frequency >= MANY_ORDERS and row.observed_returns <= RARELY_RETURNS:
        yield "rarely_returns"
    elif row.observed_returns >= OFTEN_RETURNS:
        yield "often_returns"


_PHRASES: Mapping[str, Callable[[_Row, Texts], str]] = {
    "planned": lambda row, texts: texts("a contact was agreed for {day}", day=texts.day(day_of(row.planned))),
    "long_silent": lambda row, texts: texts.plural(
        "{count} day without buying, past the warning line ({line})",
        "{count} days without buying, past the warning line ({line})", row.recency_days,
        line=texts.number(row.warning_line)),
    "out_of_rhythm": lambda row, texts: texts.plural(
        "{count} day without buying, mostly not longer than {line}",
        "{count} days without buying, mostly not longer than {line}", row.recency_days,
        line=texts.number(row.rhythm_line)),
    "out_of_habit": lambda row, texts: texts.plural(
        "{count} day without buying, longer than usual for such goods",
        "{count} days without buying, longer than usual for such goods", row.recency_days),
    "spend_drop": lambda _, texts: texts("buys for less than half of what it was half a year ago"),
    "active_high": lambda _, texts: texts("a large customer who buys now"),
    "likely": lambda _, texts: texts("a word now is likely to work"),
    "promising_new": lambda _, texts: texts("a large first order"),
    "new": lambda _, texts: texts("has ordered once"),
    "growing": lambda _, texts: texts("buys more than half a year ago"),
    "declining": lambda _, texts: texts("buys less than half a year ago"),
    "total": lambda row, texts: texts("bought for {money} in total",
                                      money=texts.amount(row.monetary - row.monetary % MONEY_SCALE)),
    "times": lambda row, texts: texts.plural("bought {count} time", "bought {count} times", row.frequency),
    "rarely_returns": lambda _, texts: texts("almost never returns anything"),
    "often_returns": lambda row, texts: texts("much comes back: {share}", share=texts.percent(row.observed_returns)),
}
"""Part -> how it is said; the page's own script says them in the same words."""
