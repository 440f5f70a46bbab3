"""Files of shops and marketplaces, by the headings that their programs write."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.values import SaleLine
from rfm_service.emulator.replay import ReplayShop
from rfm_service.sources.files import Source
from rfm_service.tabular import find_columns, online_retail
from rfm_service.tabular.names import PARTNER_NAMES, RETAIL_NAMES, RETURN_VALUES, SALE_NAMES
from rfm_service.tabular.table import plain
from tests.sources.dropping import MARCH, ROW, Knows, asked, put
from tests.tabular.written import write

CHINESE = {"平台": "小红书", "订单号": "DD1", "下单时间": "2026/3/2 9:05", "客户名称": "王伟", "商品名称": "羽绒服",
           "类目": "冬装", "数量": "2", "实付金额": "1200.50", "打款价": "800", "类型": "销售"}
TURKISH = {"Sipariş No": "S-1", "Sipariş Tarihi": "02.03.2026", "Müşteri": "Elif", "Ürün Adı": "Mont",
           "Kategori": "Kış", "Adet": "2", "Tutar": "1200,50", "Maliyet": "800", "Kanal": "Pazar",
           "İşlem Türü": "Satış"}
SOLD = SaleLine(datetime(2026, 3, 2, 9, 5), "DD1", 12_005_000, False, "王伟", order_id="DD1",
                order_date=date(2026, 3, 2), product="羽绒服", quantity=2_000, product_category="冬装",
                channel="小红书", cost=8_000_000)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.jsonl", "a.parquet"])
def test_s3_26_a_chinese_file_gives_channel_and_payout(drop: Path, name: str) -> None:
    put(drop / name, [CHINESE])
    assert asked(drop).lines == [SOLD]


def test_s3_26_cells_of_excel_and_a_file_in_the_encoding_of_chinese_windows(drop: Path) -> None:
    put(drop / "a.xlsx", [CHINESE | {"下单时间": datetime(2026, 3, 2, 9, 5), "数量": 2, "实付金额": 1200.5,
                                     "打款价": 800}])
    assert asked(drop).lines == [SOLD]
    (drop / "a.xlsx").unlink()
    write(drop / "b.csv", [CHINESE], delimiter=",", encoding="gb18030")
    assert asked(drop, encoding="gb18030").lines == [SOLD]


def test_s3_26_a_turkish_file_in_the_encoding_of_turkish_windows(drop: Path) -> None:
    back = TURKISH | {"İşlem Türü": "İADE", "Sipariş Tarihi": "05.03.2026", "Tutar": "600,25", "Maliyet": "400"}
    write(drop / "a.csv", [TURKISH, back], encoding="cp1254")
    sold, returned = asked(drop, encoding="cp1254").lines
    assert sold == SaleLine(
        datetime(2026, 3, 2), "S-1", 12_005_000, False, "Elif", order_id="S-1", order_date=date(2026, 3, 2),
        product="Mont", quantity=2_000, product_category="Kış", channel="Pazar", cost=8_000_000)
    assert (returned.returned, returned.amount, returned.order_id) == (True, -6_002_500, sold.order_id)


@pytest.mark.parametrize("heading", ["打款金额", "打款", "打款价"])
def test_s3_26_each_name_of_the_payout(drop: Path, heading: str) -> None:
    put(drop / "a.csv", [{**ROW, heading: "7"}])
    assert [line.cost for line in asked(drop).lines] == [70_000]


@pytest.mark.parametrize("heading", ["platform", "PLATFORM", "平台", "渠道", "Площадка", "kanal", "KANAL", "Канал"])
def test_s3_26_each_name_of_the_channel(drop: Path, heading: str) -> None:
    put(drop / "a.csv", [{**ROW, heading: "抖音"}])
    assert [line.channel for line in asked(drop).lines] == ["抖音"]


@pytest.mark.parametrize("said", ["退款", "退货", "iade", "İade", "Возврат", "RETURN"])
def test_s3_26_each_word_for_a_return(drop: Path, said: str) -> None:
    put(drop / "a.csv", [{**ROW, "业务类型": said}])
    assert [(line.returned, line.amount) for line in asked(drop).lines] == [(True, -100_000)]


def test_s3_26_the_state_of_an_order_makes_no_return(drop: Path) -> None:
    """Its row is the sale itself: taken off as a return, the money would be lacking twice."""
    put(drop / "a.csv", [CHINESE | {"订单状态": "退款"}])
    assert asked(drop).lines == [SOLD]


def test_s3_26_of_two_names_the_preferred_one_counts(drop: Path) -> None:
    put(drop / "a.csv", [{**ROW, "打款价": "1", "打款": "2", "打款金额": "3", "金额": "999", "渠道": "c", "平台": "p"}])
    (line,) = asked(drop).lines
    assert (line.amount, line.cost, line.channel) == (100_000, 30_000, "p")


def test_s3_26_one_heading_twice_is_refused(drop: Path) -> None:
    (drop / "a.csv").write_text("date;sale_id;sum;打款;打款\n02.03.2026;1;2;3;4\n", encoding="utf-8")
    with pytest.raises(AnswerMalformed, match=r"a\.csv has the column 打款 more than once"):
        asked(drop)


def test_s3_26_a_name_of_the_settings_stands_in_the_place_of_all(drop: Path) -> None:
    put(drop / "a.csv", [{**ROW, "打款": "2", "进价": "5"}])
    assert [line.cost for line in asked(drop, fields={"cost": "进价"}).lines] == [50_000]


def test_s3_26_customers_of_a_chinese_file(drop: Path) -> None:
    put(drop / "a.csv", [{"客户名称": "王伟", "手机号": "139", "业务员": "李", "勿扰": "是", "客户等级": "A"}])
    (found,) = Source(path=drop).customers(MARCH.last, Knows())
    assert (found.name, found.phone, found.manager, found.category) == ("王伟", "139", "李", "A")
    assert found.do_not_contact


def test_s3_26_our_currency_as_shops_write_it(drop: Path) -> None:
    put(drop / "a.csv", [{**CHINESE, "币种": each} for each in ("人民币", "RMB", "CNY", "")])
    assert len(asked(drop, currency="CNY").lines) == 4
    assert len(asked(drop, currency="RUB").lines) == 1


def test_s3_26_a_replay_reads_them_too(drop: Path) -> None:
    rows = [CHINESE | {"下单时间": "2026-03-02"}, CHINESE | {"下单时间": "2026-03-02", "类型": "退货"}]
    shop = ReplayShop.read(put(drop / "a.csv", rows))
    assert [(line.channel, line.cost, line.returned) for line in shop.lines(MARCH.first, MARCH.end)] == [
        ("小红书", 8_000_000, False), ("小红书", 8_000_000, True)]


EVERY = {**SALE_NAMES, **PARTNER_NAMES}


@given(st.data())
def test_whichever_names_a_header_has_the_first_of_each_field_is_taken(data: st.DataObject) -> None:
    chosen = {field: data.draw(st.lists(st.sampled_from(names), unique=True)) for field, names in EVERY.items()}
    header = data.draw(st.permutations([name for names in chosen.values() for name in names]))
    there = set(map(plain, header))
    for field, column in find_columns(header, EVERY).items():
        first = next(name for name in EVERY[field] if plain(name) in there)
        assert plain(column) == plain(first)


@pytest.mark.parametrize("field", EVERY)
def test_no_name_stands_twice_in_a_field(field: str) -> None:
    assert len(set(map(plain, EVERY[field]))) == len(EVERY[field])


def test_every_name_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
    assert not [name for names in (*EVERY.values(), RETURN_VALUES) for name in names if f"`{name}`" not in page]


# What `check` says


def told(folder: Path) -> dict[str, bool]:
    return {remark.sentence(str.format): remark.good for remark in Source(path=folder).explain(MARCH.last)}


def test_s3_27_what_is_lost_without_a_column_is_told(drop: Path) -> None:
    put(drop / "a.csv", [{"日期": "2026-03-02", "单据号": "1", "金额": "5"}])
    assert {sentence: good for sentence, good in told(drop).items() if sentence.startswith("Without ")} == {
        "Without buyer no sale has a customer: nobody can be scored.": False,
        "Without cash_flow_type no line is known to be a return.": True,
        "Without product_category one margin, one rhythm and one share of returns stand for all products.": True,
        "Without channel every contact is taken to cost the same, and lists do not say where a customer buys.": True,
        "Without cost margins are estimated, and products that bring too little are not found.": True}


def test_s3_27_nothing_is_lost_where_all_columns_are_there(drop: Path) -> None:
    put(drop / "a.csv", [CHINESE])
    assert not [sentence for sentence in told(drop) if sentence.startswith("Without ")]


def test_s3_27_the_online_retail_set_lacks_only_what_it_lacks(drop: Path) -> None:
    retail = {"InvoiceNo": "1", "StockCode": "A", "Description": "B", "Quantity": "1", "InvoiceDate": "3/2/2026 8:26",
              "UnitPrice": "1", "CustomerID": "5", "Country": "F"}
    put(drop / "a.csv", [retail])
    assert [sentence.split()[1] for sentence in told(drop) if sentence.startswith("Without ")] == [
        "product_category", "channel", "cost"]
    batch = {field: ["1"] for field in RETAIL_NAMES}
    assert online_retail.as_sales(batch).keys() == online_retail.TOLD


@pytest.mark.parametrize(("costs", "good", "count"), [
    (["5", "5", "5"], None, 0), (["5", "5", "735700000000"], True, 1), (["5", "-5", "101"], False, 2),
    (["100", "", "0"], None, 0), (["100.01", "", "0"], False, 1)])
def test_s3_08_a_misread_column_of_costs_is_told(drop: Path, costs: list[str], good: bool | None, count: int) -> None:
    put(drop / "a.csv", [{**ROW, "打款": cost} for cost in costs])
    found = {sentence: good for sentence, good in told(drop).items() if sentence.startswith("cost: ")}
    known = sum(cost not in ("", "0") for cost in costs)
    assert found == ({} if good is None else {
        f"cost: {count} of {known} costs are below 0 or above 10 times the sum, and are not believed. Is it the column "
        "of costs of a line?": good})
