import hashlib
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.emulator.generator import HOSTILE_NAMES, OWN_COMPANIES, GeneratedShop
from rfm_service.emulator.shop import ShopLine, document_of, signed_amount

LAST = date(2026, 11, 20)
END = LAST + timedelta(days=1)
SHOP = GeneratedShop(seed=7, last_day=LAST)


@pytest.fixture(scope="module")
def lines() -> list[ShopLine]:
    return list(SHOP.lines(SHOP.first_day, END))


@pytest.fixture(scope="module")
def year(lines: list[ShopLine]) -> list[ShopLine]:
    return [line for line in lines if line.date.date() > LAST - timedelta(days=365) and line.buyer]


def share(lines: list[ShopLine], chosen: int) -> float:
    return chosen / len(lines)


def test_the_same_seed_gives_these_very_bytes() -> None:
    window = SHOP.lines(date(2026, 2, 27), date(2026, 3, 5))
    said = "\n".join(repr(tuple(line)) for line in window)
    assert (
        hashlib.sha256(said.encode()).hexdigest()
        == "1f3c10e5a0cf4bc0b44542fecb325217cab022ec9cb6ab42536e2f0622be196c"
    )


def test_another_seed_gives_another_firm() -> None:
    other = GeneratedShop(seed=8, last_day=LAST)
    week = (date(2026, 3, 2), date(2026, 3, 9))
    assert list(other.lines(*week)) != list(SHOP.lines(*week))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 760), st.integers(0, 90), st.integers(0, 90))
def test_a_window_is_the_sum_of_its_parts(start: int, first: int, second: int) -> None:
    a = SHOP.first_day - timedelta(days=10) + timedelta(days=start)
    b, c = a + timedelta(days=first), a + timedelta(days=first + second)
    assert list(SHOP.lines(a, c)) == [*SHOP.lines(a, b), *SHOP.lines(b, c)]


def test_a_day_stays_as_it_was_when_the_last_day_moves_on() -> None:
    later = GeneratedShop(seed=7, last_day=LAST + timedelta(days=45))
    month = (date(2026, 9, 1), date(2026, 10, 1))
    assert list(later.lines(*month)) == list(SHOP.lines(*month))


@pytest.mark.parametrize(("size", "days"), [(1_000, 60), (1_000, 730), (20_000, 730), (50_000, 200)])
def test_there_are_about_as_many_lines_as_asked(size: int, days: int) -> None:
    shop = GeneratedShop(seed=1, lines=size, days=days, last_day=LAST)
    found = sum(1 for _ in shop.lines(date(2000, 1, 1), date(2030, 1, 1)))
    assert 0.7 * size < found < 1.3 * size


def test_ten_million_lines_start_at_once_and_serve_a_day() -> None:
    shop = GeneratedShop(seed=1, lines=10_000_000, last_day=LAST)
    assert 8_000 < sum(1 for _ in shop.lines(LAST, END)) < 40_000


def test_only_days_of_the_shop_are_served_in_order(lines: list[ShopLine]) -> None:
    moments = [line.date for line in lines]
    assert moments == sorted(moments)
    assert moments[0].date() >= SHOP.first_day
    assert moments[-1].date() == LAST
    assert not list(SHOP.lines(END, END + timedelta(days=30)))


def test_shares_are_those_of_a_wholesale_firm(lines: list[ShopLine]) -> None:
    documents = {document_of(line) for line in lines}
    returned = sum(document.returned for document in documents) / len(documents)
    assert 0.04 < returned < 0.06
    assert 0.04 < share(lines, sum(line.returned for line in lines)) < 0.06
    assert 0.07 < share(lines, sum(not line.buyer for line in lines)) < 0.13
    assert 0.008 < share(lines, sum(abs(line.amount) < 100_000 for line in lines)) < 0.03
    assert 0.003 < share(lines, sum(line.amount < 0 and not line.returned for line in lines)) < 0.013
    assert 0.002 < share(lines, sum(n - 1 for n in Counter(lines).values())) < 0.02
    assert any(line.amount == 0 for line in lines)
    assert all(line.amount >= 0 for line in lines if line.returned)


def test_numbers_of_documents_are_unique_within_the_year_and_restart(lines: list[ShopLine]) -> None:
    buyers = defaultdict(set)
    numbers = defaultdict(set)
    for line in lines:
        buyers[document_of(line)[:4]].add((line.buyer, line.date))
        numbers[line.organisation, line.date.year].add(line.sale_id)
    assert {len(found) for found in buyers.values()} == {1}
    firms = {firm for firm, _ in numbers}
    assert len(firms) == 3
    for firm in firms:
        prefixes = {number[:2] for year in (2025, 2026) for number in numbers[firm, year]}
        assert len(prefixes) == 1
        assert len(numbers[firm, 2025] & numbers[firm, 2026]) > 50
    assert all(re.fullmatch(r"..00-\d{6}", number) for found in numbers.values() for number in found)


def test_an_order_has_one_customer_and_may_span_documents_and_years(lines: list[ShopLine]) -> None:
    orders = defaultdict(set)
    for line in lines:
        assert (line.order_date is None) == (line.order_id == "")
        if line.order_date and not line.returned:
            assert line.order_date <= line.date
            orders[line.organisation, line.order_id, line.order_date.year].add(line)
    assert all(len({line.buyer for line in order}) == 1 for order in orders.values())
    spread = [order for order in orders.values() if len({line.sale_id for line in order}) > 1]
    assert 0.04 < len(spread) / len(orders) < 0.2
    assert any(len({line.date.year for line in order}) > 1 for order in spread)
    assert len({key[:2] for key in orders}) < len(orders)


def test_returns_go_back_to_earlier_orders_or_to_none(lines: list[ShopLine]) -> None:
    sold = {(x.organisation, x.order_id, x.order_date, x.buyer, x.product) for x in lines if not x.returned}
    long_ago = datetime.combine(SHOP.first_day, datetime.min.time()) + timedelta(days=60)
    returns = [line for line in lines if line.returned and line.date > long_ago]
    linked = [line for line in returns if line.order_id]
    assert 0.3 < len(linked) / len(returns) < 0.9
    assert all((x.organisation, x.order_id, x.order_date, x.buyer, x.product) in sold for x in linked)
    assert all(line.order_date < line.date for line in linked if line.order_date)


def test_weeks_and_seasons_show(lines: list[ShopLine]) -> None:
    by_weekday = Counter(line.date.weekday() for line in lines)
    by_month = Counter(line.date.month for line in lines)
    assert by_weekday[6] * 5 < by_weekday[0]
    assert by_month[7] * 1.3 < by_month[10]
    assert by_month[7] * 1.3 < by_month[4]


def test_customers_come_go_and_differ(lines: list[ShopLine], year: list[ShopLine]) -> None:
    own = set(OWN_COMPANIES)
    first: dict[str, datetime] = {}
    last: dict[str, datetime] = {}
    for line in lines:
        first.setdefault(line.buyer, line.date)
        last[line.buyer] = line.date
    middle = datetime(2025, 11, 20)
    assert sum(moment > middle for moment in first.values()) > 150
    assert sum(moment < middle for moment in last.values()) > 100
    assert own <= first.keys()
    assert set(HOSTILE_NAMES) <= first.keys()
    assert max(map(len, first)) > 100
    money = Counter[str]()
    for line in year:
        money[line.buyer] += signed_amount(line)
    top = sum(amount for _, amount in money.most_common(len(money) // 10))
    assert 0.35 < top / sum(money.values()) < 0.8


def test_every_threshold_of_the_seed_segments_and_tiers_has_members(year: list[ShopLine]) -> None:
    orders, money = defaultdict(set), Counter[str]()
    blocks: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for line in (line for line in year if line.buyer not in OWN_COMPANIES):
        money[line.buyer] += signed_amount(line)
        blocks[line.buyer][line.date.year * 6 + (line.date.month - 1) // 2] += signed_amount(line)
        if not line.returned:
            orders[line.buyer].add((line.order_id, line.order_date) if line.order_id else line.sale_id)
    frequencies = [min(len(of_buyer), 12) // 3 for of_buyer in orders.values()]
    assert set(frequencies) == {0, 1, 2, 3, 4}
    assert len(orders) >= 500
    tiers = [sum(block.values()) / len(block) / 10_000 for block in blocks.values()]
    bounds = [0, 30_000, 100_000, 220_000, 500_000, float("inf")]
    monetary = [amount / 10_000 for amount in money.values()]
    for amounts, limits in ((monetary, [0, 100_000, 300_000, 600_000, float("inf")]), (tiers, bounds)):
        assert min(sum(low <= amount < high for amount in amounts) for low, high in pairwise(limits)) >= 5


def test_partners_hold_every_buyer_once(lines: list[ShopLine]) -> None:
    partners = [partner.buyer for partner in SHOP.partners()]
    assert len(partners) == len(set(partners))
    assert {line.buyer for line in lines} - {""} <= set(partners)


def test_a_shop_needs_a_size() -> None:
    with pytest.raises(ValueError, match="lines=0"):
        GeneratedShop(lines=0, last_day=LAST)
