"""What the port of engines promises: over a real ledger it finds what the oracle finds, however customers are cut."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest

from rfm_service import wiring
from rfm_service.domain.tables import PURCHASES, SUMMARY
from rfm_service.domain.values import MONEY_SCALE, Answer, Basis, Bucket, Period, Rules, SaleLine, day_of
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from tests.contracts.sockets import plug
from tests.oracle import Judged, bought, judge, plain
from tests.rules import ruled

AS_OF = date(2026, 3, 10)
OWN = "Свои и Ко"
NAMES = [*(f"Покупатель {number}" for number in range(40)), " Ёлка ", OWN, ""]
RULES = {
    "net": ruled(gift_below=10 * MONEY_SCALE, own_companies=frozenset({OWN})),
    "ignore": ruled(returns="ignore", own_companies=frozenset({OWN})),
    "short": ruled(window_days=30),
}
KINDS = wiring.kinds("engines")


@dataclass(frozen=True)
class Cut:
    """Facts of a ledger with the customers cut into `count` buckets; all else is the ledger's."""

    ledger: Ledger
    count: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.ledger.facts, name)

    def buckets(self, lines_each: int) -> list[Bucket]:
        (whole,) = self.ledger.facts.buckets(10**9)
        numbers = sorted(self.ledger.customers()["customer_no"])
        edges = [whole.first, *(numbers[at * len(numbers) // self.count] for at in range(1, self.count)), whole.end]
        return [Bucket(first, end) for first, end in pairwise(edges)]


@cache
def lines() -> list[SaleLine]:
    """Sales, returns, corrections and gifts in documents of one to four lines; orders of several documents."""
    draw = random.Random(7)
    return [line for number in range(900) for line in _document(draw, number)]


def _document(draw: random.Random, number: int) -> Iterator[SaleLine]:
    at = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 12) - timedelta(days=int(abs(draw.gauss(0, 160))))
    returned, order_id = draw.random() < 0.12, draw.choice(("", "7", "8", f"З-{number}", f"З-{number}"))
    shared = {"number": str(number % 700), "returned": returned, "customer": draw.choice(NAMES),
              "contractor": draw.choice(("", "", "", "", OWN)), "organisation": draw.choice(("", "Фирма")),
              "order_id": order_id, "order_date": at.date() if order_id and draw.random() < 0.8 else None}
    for _ in range(draw.randint(1, 4)):
        size = draw.choice((0, 5, 10, 700, 30_000, 99_999, 250_000)) * MONEY_SCALE + draw.randint(0, 2)
        storno = not returned and draw.random() < 0.1
        yield SaleLine(at=at, amount=-size if returned or storno else size, product=f"Товар {draw.randint(1, 9)}",
                       quantity=draw.randint(1, 9) * 1000, **shared)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = tmp_path_factory.mktemp("ledger")
    opened = Ledger(Warehouse(folder / "warehouse.db"), folder / "backups")
    opened.open()
    whole = Period(min(line.at.date() for line in lines()), AS_OF + timedelta(days=1))
    opened.replace(Answer((whole,), lines()), "contract", whole)
    return opened


def told(summary: pd.DataFrame, ledger: Ledger) -> dict[str, Judged]:
    """SUMMARY in the words of the oracle, without what is scored later."""
    names = ledger.customers().set_index("customer_no")["customer"]
    return {plain(names[row["customer_no"]]): Judged(
        row["recency_days"], row["frequency"], row["monetary"],
        day_of(row["first_purchase"]) if row["frequency"] else None,
        day_of(row["last_purchase"]) if row["frequency"] else None,
        row["orders_returned"], row["order_interval_days"]) for row in summary.to_dict("records")}


def expected(rules: Rules) -> dict[str, Judged]:
    found = judge(lines(), AS_OF, rules).customers
    return {name: Judged(one.recency_days, one.frequency, one.monetary, one.first_purchase, one.last_purchase,
                         one.orders_returned, one.order_interval_days) for name, one in found.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_it_finds_what_the_oracle_finds(ledger: Ledger, kind: str, rules: Rules) -> None:
    summary = plug("engines", kind)().summarise(ledger.facts, Basis(AS_OF, rules))
    assert dict(summary.dtypes.astype(str)) == SUMMARY
    assert summary["customer_no"].is_monotonic_increasing
    assert told(summary, ledger) == expected(rules)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("days_ago", [0, 200])
def test_it_finds_every_order_ever_that_the_oracle_finds(ledger: Ledger, kind: str, rules: Rules,
                                                         days_ago: int) -> None:
    as_of = AS_OF - timedelta(days=days_ago)
    found = plug("engines", kind)().purchases(ledger.facts, Basis(as_of, rules))
    names = ledger.customers().set_index("customer_no")["customer"].map(plain)
    assert dict(found.dtypes.astype(str)) == PURCHASES
    assert found.equals(found.sort_values(["customer_no", "day", "amount"]))
    assert sorted((names[row.customer_no], day_of(row.day), row.amount)
                  for row in found.itertuples()) == bought(lines(), as_of, rules)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [7, 40])
def test_cutting_the_customers_changes_nothing(ledger: Ledger, kind: str, count: int) -> None:
    engine, basis = plug("engines", kind)(), Basis(AS_OF, RULES["net"])
    whole, cut = Cut(ledger, 1), Cut(ledger, count)
    assert len(cut.buckets(0)) == count
    pd.testing.assert_frame_equal(engine.summarise(cut, basis), engine.summarise(whole, basis))
    pd.testing.assert_frame_equal(engine.purchases(cut, basis), engine.purchases(whole, basis))
    parts, sold = engine.trade(cut, basis, 45), engine.trade(whole, basis, 45)
    for name in ("months", "products", "orders", "baskets", "habits", "activity"):
        pd.testing.assert_frame_equal(getattr(parts, name), getattr(sold, name))
    assert parts.gifts == sold.gifts == judge(lines(), AS_OF, RULES["net"]).gifts


@pytest.mark.parametrize("kind", KINDS)
def test_no_sales_are_an_empty_summary(ledger: Ledger, kind: str) -> None:
    summary = plug("engines", kind)().summarise(ledger.facts, Basis(date(2020, 1, 1), ruled()))
    assert len(summary) == 0
    assert dict(summary.dtypes.astype(str)) == SUMMARY
