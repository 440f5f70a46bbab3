from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.replay import ReplayShop
from rfm_service.emulator.replay_values import Reader
from rfm_service.emulator.shop import ShopLine
from rfm_service.tabular import TableError
from tests.emulator.asking import posted, rows_of
from tests.real import real

OWN = '''date;sale_id;order_date;order_id;buyer;sum;quantity;cash_flow_type;site_id;currency
2026-03-05T10:00:00;2;;;"Ателье ""Ёлка""";1 234,56;0,5;Продажа;;RUB
02.03.2026 9:15;1;2026-03-01;З-7;Клиент;-10;-1;Продажа;77;RUB
2026-03-05 11:00:00;3;0001-01-01T00:00:00+00:00;;Клиент;99.9999;1;Возврат;;RUB
'''
RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A, WHITE HOLDER ,6,12/1/2010 8:26,2.55,17850.0,United Kingdom
536365,71053,,3,12/1/2010 8:26,0.001,,United Kingdom
C536379,D,Discount,-1,12/3/2010 9:41,27.5,14527,France
536400,22139,lost,-5,12/3/2010 9:41,0,,United Kingdom
A563185,B,Adjust,1,12/3/2010 9:41,-11062.06,,United Kingdom
536401,22139,free,1,12/3/2010 9:41,0,,United Kingdom
"""
ALWAYS = (date(1, 1, 1), date(9999, 1, 1))


def shop_of(path: Path, text: str, ends: date | None = None) -> ReplayShop:
    path.write_text(text, encoding="utf-8-sig")
    return ReplayShop.read(path, ends)


def test_our_own_columns(tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "sales.csv", OWN)
    correction, sale, back = shop.lines(*ALWAYS)
    assert correction == ShopLine(
        date=datetime(2026, 3, 2, 9, 15),
        sale_id="1",
        order_date=datetime(2026, 3, 1),
        order_id="З-7",
        buyer="Клиент",
        site_id=77,
        quantity=-1_000,
        amount=-100_000,
        currency="RUB",
    )
    assert (sale.buyer, sale.amount, sale.quantity, sale.site_id) == ('Ателье "Ёлка"', 12_345_600, 500, None)
    assert (back.returned, back.amount, back.order_date) == (True, 999_999, None)
    assert shop.optional_fields() == {"currency"}
    assert [partner.buyer for partner in shop.partners()] == ["Клиент", 'Ателье "Ёлка"']


def test_online_retail_columns(tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "retail.csv", RETAIL)
    first, second, back = shop.lines(*ALWAYS)
    when = datetime(2010, 12, 1, 8, 26)
    assert first == ShopLine(
        date=when,
        sale_id="536365",
        order_date=when,
        order_id="536365",
        buyer="17850",
        product="WHITE HOLDER",
        feature="85123A",
        quantity=6_000,
        amount=153_000,
        address="United Kingdom",
    )
    assert (second.buyer, second.product, second.amount) == ("", "71053", 30)
    assert (back.returned, back.amount, back.quantity) == (True, -275_000, -1_000)
    assert shop.optional_fields() == frozenset()


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_dates_move_by_whole_weeks_to_the_newest_possible_day(
    tmp_path_factory: pytest.TempPathFactory, ends: date
) -> None:
    shop = shop_of(tmp_path_factory.getbasetemp() / "moved.csv", OWN, ends)
    lines = list(shop.lines(*ALWAYS))
    moved = lines[-1].date - datetime(2026, 3, 5, 11)
    assert moved.days % 7 == 0
    assert moved.seconds == 0
    assert 0 <= (ends - shop.last_day).days < 7
    assert lines[0].order_date == datetime(2026, 3, 1) + moved


def test_a_window_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    shop = shop_of(tmp_path / "sales.csv", OWN)
    a, b, c = date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 6)
    assert [*shop.lines(a, b), *shop.lines(b, c)] == list(shop.lines(a, c))
    assert len(list(shop.lines(a, c))) == len(shop) == 3
    assert list(shop.lines(c, a)) == []


def test_a_replay_is_served(tmp_path: Path) -> None:
    with OnecServer(shop_of(tmp_path / "sales.csv", OWN)) as server:
        rows = rows_of(posted(server))
    assert [row["ВидДвижения"] for row in rows] == ["Продажа", "Продажа", "Возврат"]
    assert rows[0]["Валюта"] == "RUB"
    assert "Организация" not in rows[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "no columns date, sale_id, buyer, sum"),
        ("date,sale_id,buyer,sum\n", "no sale lines"),
        ("date,sale_id,buyer,sum\nвчера,1,a,1\n", "'вчера' is not a date"),
        ("date,sale_id,buyer,sum\n2026-01-01,1,a,много\n", "'много' is not a number"),
    ],
)
def test_what_cannot_be_replayed_is_explained(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        shop_of(tmp_path / "sales.csv", text)


@given(st.integers(-(10**12), 10**12))
def test_prices_written_as_floats_are_exact(kopecks: int) -> None:
    assert Reader(Path()).exact(kopecks / 100, 10_000) == kopecks * 100
    assert Reader(Path()).exact(f"{abs(kopecks) // 100},{abs(kopecks) % 100:02d}", 100) == abs(kopecks)


@pytest.fixture(scope="module")
def real_sales() -> Path:
    return real("online_retail.parquet")


@pytest.mark.slow
@pytest.mark.real
def test_the_real_sales_are_whole_and_exact(real_sales: Path) -> None:
    shop = ReplayShop.read(real_sales, date(2026, 11, 20))
    lines = list(shop.lines(*ALWAYS))
    assert (len(lines), shop.last_day) == (539_392, date(2026, 11, 20))
    assert sum(line.returned for line in lines) == 9_288
    assert sum(line.amount for line in lines if not line.returned) == 106_666_845_440
    assert len(list(shop.partners())) == 4_372 - 1
