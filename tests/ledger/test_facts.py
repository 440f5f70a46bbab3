"""What engines read is what SQLite holds, whatever the number of buckets and the names."""

from __future__ import annotations

import tempfile
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.tables import LINES, TRADE_LINES, VERSIONED_LINES
from rfm_service.domain.values import Bucket, Partner, Period, SaleLine, View, day_number
from rfm_service.ledger.ledger import Ledger
from tests.ledger.books import DAY, HOSTILE, days, ledger_in, line, query, tell

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
LINE = st.builds(
    lambda number, ago, amount, customer, returned, contractor, product: line(
        str(number), DAY - timedelta(days=ago), amount, customer, returned=returned, contractor=contractor,
        product=product, quantity=number * 1000),
    st.integers(1, 9), st.integers(0, 20), st.integers(-(10**15), 10**15), st.sampled_from(["", "A", "B", *HOSTILE]),
    st.booleans(), st.sampled_from(["", "Own ' firm", "C"]), st.sampled_from(["", "Платье", "x'%"]))
OWN = frozenset({"Own ' firm", HOSTILE[1]})
TRUTH = """SELECT l.customer_no, order_no, day, amount, returned, product_no, quantity, (
        SELECT min(p.product_no) FROM products p JOIN products own USING (category)
        WHERE own.product_no = l.product_no), 1, -9223372036854775808 FROM lines l
    JOIN customers USING (customer_no) JOIN contractors k USING (contractor_no)
    WHERE until = 0 AND l.customer_no > 0 AND day >= {first}"""


@settings(max_examples=15, deadline=None)
@given(st.lists(LINE, max_size=30), st.integers(1, 40))
def test_buckets_hold_every_line_once(lines: list[SaleLine], lines_each: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_in(Path(folder))
        tell(ledger, lines, days(DAY - timedelta(days=20), DAY))
        view = View(days(DAY - timedelta(days=10), DAY))
        buckets = ledger.facts.buckets(lines_each)
        assert all(left.end == right.first for left, right in pairwise(buckets))
        frames = [ledger.facts.trade_lines(bucket, view, frozenset()) for bucket in buckets]
        truth = Counter(query(ledger, TRUTH.format(first=day_number(view.period.first))))
        assert Counter(row for frame in frames for row in told(frame)) == truth
        assert Counter(row for bucket in buckets for row in told(ledger.facts.lines(bucket, view, frozenset()))) == (
            Counter(row[:5] for row in truth.elements()))


def told(frame):
    return [tuple(int(cell) for cell in row) for row in frame.itertuples(index=False)] if len(frame) else []


def test_columns_are_declared_even_without_a_row(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    [bucket] = ledger.facts.buckets(10)
    for frame, table in ((ledger.facts.lines(bucket, View(YEAR), OWN), LINES),
                         (ledger.facts.trade_lines(bucket, View(YEAR), OWN), TRADE_LINES),
                         (ledger.facts.versions([], YEAR, OWN), VERSIONED_LINES)):
        assert dict(frame.dtypes.astype(str)) == table
    assert list(ledger.customers().columns)[:3] == ["customer_no", "customer_id", "customer"]


@pytest.mark.parametrize("own", HOSTILE[:5])
def test_own_companies_by_customer_or_contractor(tmp_path: Path, own: str) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer=own), line("2", contractor=own), line("3"), line("4", customer=""),
                  line("5", customer="", contractor=own)])
    [bucket] = ledger.facts.buckets(100)
    view, mine = View(YEAR), frozenset({own, "другая"})
    assert len(ledger.facts.lines(bucket, view, mine)) == 1
    assert len(ledger.facts.trade_lines(bucket, view, mine)) == 1
    numbers = [number for (number,) in query(ledger, "SELECT customer_no FROM customers WHERE customer_no > 0")]
    assert len(ledger.facts.versions(numbers, YEAR, mine)) == 1
    assert sum(ledger.facts.left_out(view, mine).values()) == 4
    assert ledger.facts.left_out(view, frozenset()) == {"own_companies": 0, "no_customer": 2}


def test_a_view_of_the_past_counts_what_was_left_out_then(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer="")])
    tell(ledger, [])
    assert ledger.facts.left_out(View(YEAR, 1), frozenset())["no_customer"] == 1
    assert ledger.facts.left_out(View(YEAR), frozenset())["no_customer"] == 0


def test_days_before_1970_and_edges_of_a_view(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    old = days(date(1969, 1, 1), date(1969, 1, 3))
    tell(ledger, [line(str(at), old.first + timedelta(days=at)) for at in range(3)], old)
    frame = ledger.facts.lines(Bucket(1, 9), View(Period(old.first + timedelta(days=1), old.last)), frozenset())
    assert frame["day"].tolist() == [day_number(date(1969, 1, 2))]


def test_names_come_back_as_they_went(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, customer=name, product=name, contractor=name, address=name, order_id=name, channel=name,
                       site_id=name, feature=name, product_category=name, organisation=name) for name in HOSTILE])
    rows = [row for frame in ledger.sales() for row in frame.itertuples()]
    for row in rows:
        assert {row.customer, row.contractor, row.product, row.feature, row.address, row.site_id, row.channel,
                row.organisation, row.order} == {row.document}
    assert {row.document for row in rows} == set(HOSTILE) == set(ledger.customers()["customer"])


def partner(ledger: Ledger, name: str) -> tuple[str, ...]:
    frame = ledger.customers().set_index("customer")
    return frame.loc[name, "email"], frame.loc[name, "manager"]


def test_partners_are_updated_and_those_unsaid_keep_what_was_known(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer=name) for name in HOSTILE])
    assert ledger.save_partners([Partner(name, f"{at}@x", manager=name) for at, name in enumerate(HOSTILE)]) == 7
    assert ledger.save_partners([Partner(HOSTILE[0], "new@x"), Partner("  "), Partner(" A ")]) == 2
    assert partner(ledger, HOSTILE[0]) == ("new@x", "")
    assert [partner(ledger, name)[1] for name in HOSTILE[1:]] == list(HOSTILE[1:])
    assert partner(ledger, "A") == ("", "")
    tell(ledger, [line("9", customer="A")])
    assert len(ledger.customers()) == len(HOSTILE) + 1
    assert ledger.save_partners([]) == 0


def test_sales_through_stops_at_as_of(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    assert ledger.sales_through(DAY) is None
    tell(ledger, [line("1", DAY - timedelta(days=3)), line("2", DAY + timedelta(days=3))],
         days(DAY - timedelta(days=9), DAY + timedelta(days=9)))
    assert ledger.sales_through(DAY) == DAY - timedelta(days=3)
