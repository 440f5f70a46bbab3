"""Why a customer is on the list, in a plain sentence without any jargon (reference S3-19)."""

from __future__ import annotations

from collections.abc import Iterator
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
    columns = (rows[name].tolist() for name in _Row._fields)
    told = [_reason(_Row(*row), texts) for row in zip(*columns, strict=True)]
    return pd.Series(told, index=rows.index, dtype="str", name="reason")


def _reason(row: _Row, texts: Texts) -> str:
    parts = [*_occasion(row, texts), *_worth(row, texts)]
    sentence = "; ".join(parts)
    return sentence[:1].upper() + sentence[1:]


def _occasion(row: _Row, texts: Texts) -> Iterator[str]:
    """What the contact is about today."""
    if row.planned:
        yield texts("a contact was agreed for {day}", day=texts.day(day_of(row.planned)))
    match row.risk_tag:
        case "long_silent":
            yield texts.plural("{count} day without buying, past the warning line ({line})",
                               "{count} days without buying, past the warning line ({line})", row.recency_days,
                               line=texts.number(row.warning_line))
        case "out_of_rhythm" if row.rhythm_line:
            yield texts.plural("{count} day without buying, mostly not longer than {line}",
                               "{count} days without buying, mostly not longer than {line}", row.recency_days,
                               line=texts.number(row.rhythm_line))
        case "out_of_rhythm":
            yield texts.plural("{count} day without buying, longer than usual for such goods",
                               "{count} days without buying, longer than usual for such goods", row.recency_days)
        case "spend_drop":
            yield texts("buys for less than half of what it was half a year ago")
        case "active_high":
            yield texts("a large customer who buys now")
    if row.risk_tag in ("long_silent", "out_of_rhythm") and row.uplift > LIKELY_UPLIFT:
        yield texts("a word now is likely to work")


def _worth(row: _Row, texts: Texts) -> Iterator[str]:
    """Why it is worth it."""
    if row.growth == "promising_new":
        yield texts("a large first order")
    elif row.growth == "new":
        yield texts("has ordered once")
    elif row.growth == "growing":
        yield texts("buys more than half a year ago")
    yield texts("bought for {money} in total", money=texts.amount(row.monetary - row.monetary % MONEY_SCALE))
    if row.frequency >= LEAST_ORDERS_TOLD:
        yield texts.plural("bought {count} time", "bought {count} times", row.frequency)
    if row.frequency >= MANY_ORDERS and row.observed_returns <= RARELY_RETURNS:
        yield texts("almost never returns anything")
    elif row.observed_returns >= OFTEN_RETURNS:
        yield texts("much comes back: {share}", share=texts.percent(row.observed_returns))
