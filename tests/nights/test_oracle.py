"""The whole night, 1C to customers.csv, against the plain-Python oracle of DESIGN section 3."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.values import SaleLine, customer_id, money
from rfm_service.emulator.shop import ListShop, ShopLine, signed_amount
from tests.nights.company import Company
from tests.oracle import judge
from tests.rules import ruled

AS_OF = date(2026, 3, 1)
START = date(2024, 10, 1)
BUYERS = ("Ромашка", "Одуванчик", "Своя фирма", "")
KOPECKS = [-60_000_00, -500_00, 0, 1_00, 9_99, 10_00, 500_00, 30_000_00, 100_000_00, 300_000_00, 600_000_00]


@st.composite
def shop_lines(draw):
    """Lines of a small firm in which numbers restart, orders span years, and returns come before sales."""
    day = AS_OF - timedelta(days=draw(st.one_of(st.integers(0, 5), st.integers(0, 400), st.sampled_from([364, 365]))))
    returned = draw(st.booleans()) and draw(st.booleans())
    ordered = draw(st.one_of(st.none(), st.sampled_from([date(2025, 12, 30), date(2026, 1, 2), date(2025, 2, 1)])))
    amount = draw(st.sampled_from(KOPECKS)) * 100
    return ShopLine(
        datetime(day.year, day.month, day.day, draw(st.integers(0, 23))), draw(st.sampled_from("1234567890")),
        ordered and datetime(ordered.year, ordered.month, ordered.day), draw(st.sampled_from(["", "А", "Б", "В"])),
        draw(st.sampled_from(BUYERS)), draw(st.sampled_from(["", "Контора", "Наш ООО"])), None, "Платье", "",
        1000, amount, "", returned, draw(st.sampled_from(["", "Первая"])))


def sale_line(line: ShopLine) -> SaleLine:
    return SaleLine(line.date, line.sale_id, signed_amount(line), line.returned, line.buyer, line.contractor,
                    line.organisation, line.order_id, line.order_date.date() if line.order_date else None)


def expected(lines, rules):
    judged = judge(map(sale_line, lines), AS_OF, rules).scored
    return {name: {
        "customer_id": customer_id(name), "customer": name, "recency_days": str(one.recency_days),
        "frequency": str(one.frequency), "monetary": money(one.monetary), "r": str(one.r), "f": str(one.f),
        "m": str(one.m), "segment": one.segment, "previous_segment": "", "tier": one.tier,
        "order_interval_days": str(one.order_interval_days), "first_purchase": str(one.first_purchase),
        "last_purchase": str(one.last_purchase), "orders_returned": str(one.orders_returned), "email": "",
        "manager": ""} for name, one in judged.items()}


TOLD = ("customer_id", "customer", "recency_days", "frequency", "monetary", "r", "f", "m", "segment",
        "previous_segment", "tier", "order_interval_days", "first_purchase", "last_purchase", "orders_returned",
        "email", "manager")
"""What section 3 defines; what stands beside it has oracles of its own."""


@pytest.mark.parametrize("returns", ["net", pytest.param("ignore", marks=pytest.mark.slow)])
def test_the_night_equals_the_oracle(firm, returns):
    shop = ListShop()
    company: Company = firm(shop, start=START, overlap=500,
                            rfm=f'returns = "{returns}"\ngift_below = 10\nown_companies = ["Своя фирма", "Наш ООО"]')
    rules = ruled(gift_below=100_000, returns=returns, own_companies=frozenset({"Своя фирма", "Наш ООО"}))

    @settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(st.lists(shop_lines(), min_size=1, max_size=40))
    def check(lines):
        shutil.rmtree(company.folder / "data", ignore_errors=True)
        shop.swap(lines)
        known = expected(lines, rules)
        night = company.good_night(AS_OF)
        found = {name: {**{column: row[column] for column in TOLD}, "monetary": Decimal(row["monetary"])}
                 for name, row in night.items()}
        assert found == known

    check()
