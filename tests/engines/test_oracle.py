"""A million lines (in samples, 40,000): every engine finds what an independent oracle finds line by line."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from rfm_service import wiring
from rfm_service.domain.values import MONEY_SCALE, Answer, Basis, Period, SaleLine, day_of
from rfm_service.ledger.ledger import Ledger
from tests.contracts.sockets import stand
from tests.ledger.books import ledger_in
from tests.oracle import Judged, judge, plain
from tests.rules import ruled

SOAK = bool(os.environ.get("TEST_SOAK"))
LINES = 1_000_000 if SOAK else 40_000
DAYS = 500
AS_OF = date(2026, 3, 10)
RULES = ruled(gift_below=10 * MONEY_SCALE, own_companies=frozenset({"Свои"}))
pytestmark = pytest.mark.slow


def told() -> list[SaleLine]:
    """Documents of one to nine lines of customers of which a few buy most; one in twelve is a return."""
    draw, lines, number = random.Random(3), [], 0
    while len(lines) < LINES:
        number += 1
        lines += _document(draw, number)
    return lines


def _document(draw: random.Random, number: int) -> Iterator[SaleLine]:
    day = AS_OF - timedelta(days=draw.randrange(DAYS))
    returned, name = draw.random() < 1 / 12, f"Покупатель {int(draw.paretovariate(1.1)) % (LINES // 60)}"
    shared = {"at": datetime(day.year, day.month, day.day, 9), "number": str(number), "returned": returned,
              "customer": draw.choice(("Свои", "")) if draw.random() < 0.02 else name,
              "order_id": draw.choice(("", f"З-{number // 2}"))}
    for _ in range(draw.randint(1, 9)):
        amount = draw.choice((0, 5, 700, 9_999)) * MONEY_SCALE + draw.randint(0, 9)
        yield SaleLine(amount=-amount if returned else amount, product=f"Товар {draw.randint(1, 900)}", **shared)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    made, lines = ledger_in(tmp_path_factory.mktemp("million")), told()
    for window in Period(AS_OF - timedelta(days=DAYS - 1), AS_OF + timedelta(days=1)).windows(31):
        made.replace(Answer((window,), [line for line in lines if line.at.date() in window]), "load", window)
    return made


@pytest.fixture(scope="module")
def expected() -> dict[str, Judged]:
    found = judge(told(), AS_OF, RULES).customers
    return {name: Judged(one.recency_days, one.frequency, one.monetary, one.first_purchase, one.last_purchase,
                         one.orders_returned, one.order_interval_days) for name, one in found.items()}


@pytest.mark.parametrize("kind", wiring.kinds("engines"))
def test_it_finds_what_the_oracle_finds(ledger: Ledger, expected: dict[str, Judged], kind: str, tmp_path: Path) -> None:
    with stand("engines", kind)(tmp_path) as engine:
        summary = engine.model_copy(update={"buckets": 7}).summarise(ledger.facts, Basis(AS_OF, RULES))
    names = ledger.customers().set_index("customer_no")["customer"].map(plain)
    assert {names[row.customer_no]: Judged(
        row.recency_days, row.frequency, row.monetary, day_of(row.first_purchase) if row.frequency else None,
        day_of(row.last_purchase) if row.frequency else None, row.orders_returned, row.order_interval_days)
        for row in summary.itertuples()} == expected
