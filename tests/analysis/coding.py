"""Sale lines and short rows as the frames that analysis reads."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rfm_service.domain.tables import LINES, NO_COST, TRADE_LINES, VERSIONED_LINES
from rfm_service.domain.values import MONEY_SCALE, SaleLine, clean_name, day_number

AS_OF = date(2025, 3, 10)
OWN = "Our Own Ltd"
NAMES = ("Anna", "Boris ", "Ćira", "C\u0301ira", "Denis", "", "  ", OWN)


class Row(NamedTuple):
    """A sale line in codes; `amount` in currency units."""

    customer: int
    order: int
    day: date
    amount: float
    returned: bool = False
    since: int = 1
    until: int = 0
    product: int = 1
    quantity: int = 1000
    document: int = 0
    category: int = 1
    channel: int = 1
    cost: float | None = None

    @property
    def document_no(self) -> int:
        """Its own, else one document an order and day."""
        return self.document or self.order * 100_000 + day_number(self.day) + 50_000_000 * self.returned


def frame_of(rows: Iterable[Row], table: dict[str, str] = LINES) -> pd.DataFrame:
    """The rows as LINES (or the wider tables)."""
    columns = {"customer_no": [], "order_no": [], "day": [], "amount": [], "returned": [], "since": [],
               "until": [], "product_no": [], "quantity": [], "document_no": [], "category_no": [], "channel_no": [],
               "cost": []}
    for row in rows:
        values = (row.customer, row.order, day_number(row.day), round(row.amount * MONEY_SCALE), *row[4:9],
                  row.document_no, row.category, row.channel,
                  NO_COST if row.cost is None else round(row.cost * MONEY_SCALE))
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return pd.DataFrame({name: np.array(columns[name], dtype=dtype) for name, dtype in table.items()})


def versioned(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows as VERSIONED_LINES."""
    return frame_of(rows, VERSIONED_LINES)


def traded(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows as TRADE_LINES."""
    return frame_of(rows, TRADE_LINES)


def coded(lines: Sequence[SaleLine], own: frozenset[str],
          gap: int = 1) -> tuple[pd.DataFrame, dict[int, str]]:
    """LINES as the ledger gives them (no own companies, nobody without a name) and the names by number.

    `gap` spreads the numbers of orders and customers.
    """
    customers: dict[Hashable, int] = {}
    orders: dict[Hashable, int] = {}
    rows = []
    for line in lines:
        name = clean_name(line.customer)
        if not name or name in own or clean_name(line.contractor) in own:
            continue
        year = line.order_date.year if line.order_date else 0
        identity = ((line.organisation, line.order_id, year) if line.order_id
                    else line.document._replace(customer=name))
        customer = customers.setdefault(name, 3 + gap * len(customers))
        order = orders.setdefault((name, identity), 7 + gap * len(orders))
        rows.append((customer, order, day_number(line.at.date()), line.amount, line.returned))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(LINES)
    frame = pd.DataFrame({name: np.array(column, dtype=dtype)
                          for (name, dtype), column in zip(LINES.items(), columns, strict=True)})
    return frame, {number: str(name) for name, number in customers.items()}


@st.composite
def sale_lines(draw: st.DrawFn) -> SaleLine:
    """Lines around the window of AS_OF: sales, returns, corrections, gifts, ids that repeat every year."""
    returned = draw(st.booleans()) and draw(st.booleans())
    units = draw(st.sampled_from((0, 1, 5, 700, 30_000, 99_999, 250_000)))
    size = units * MONEY_SCALE + draw(st.integers(0, 2))
    storno = not returned and draw(st.integers(0, 7)) == 0
    order_id = draw(st.sampled_from(("", "", "7", "8", "9")))
    days = draw(st.one_of(st.integers(0, 60), st.integers(-3, 380)))
    return SaleLine(
        at=datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12) - timedelta(days=days),
        number=draw(st.sampled_from(("1", "2", "3", "4", "0001"))),
        amount=-size if returned or storno else size,
        returned=returned,
        customer=draw(st.sampled_from(NAMES)),
        contractor=draw(st.sampled_from(("", "", "Shop", OWN))) if draw(st.integers(0, 5)) == 0 else "",
        organisation=draw(st.sampled_from(("", "X"))),
        order_id=order_id,
        order_date=draw(st.sampled_from((None, date(2024, 12, 31), date(2025, 1, 1)))) if order_id else None,
    )
