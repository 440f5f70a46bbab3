import json
from datetime import date
from decimal import Decimal

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.emulator.json_rows import Column, amount, answer_body, quantity, string
from rfm_service.emulator.onec import PARTNER_COLUMNS, SALE_COLUMNS, OnecServer
from rfm_service.emulator.shop import ListShop, Partner
from tests.emulator.asking import EDGE, PARTNER, RETURN, SALE, posted, rows_of, small_shop, wanted


def test_a_line_is_served_as_1c_writes_it() -> None:
    with OnecServer(small_shop()) as server:
        response = posted(server)
    assert response.headers["Content-Type"].startswith("application/json")
    assert "Ёлка".encode() in response.content
    assert rows_of(response)[0] == {
        "ДатаРегистратора": "2026-03-02T10:20:30+00:00",
        "НомерРегистратора": "ТМ00-000001",
        "ДатаЗаказаКлиента": "2026-03-01T09:00:00+00:00",
        "НомерЗаказаКлиента": "З-1",
        "Партнер": "Ателье «Ёлка»",
        "Контрагент": "ООО «Ёлка»",
        "ИдНаСайте": 77,
        "Номенклатура": "Платье",
        "Характеристика": "синий, 48",
        "Количество": Decimal("2.5"),
        "Сумма": Decimal("12345.67"),
        "АдресДоставки": "г. Пермь",
        "ВидДвижения": "Продажа",
    }


def test_both_bounds_are_inclusive_to_the_second() -> None:
    with OnecServer(small_shop()) as server:
        assert [row["ВидДвижения"] for row in rows_of(posted(server))] == ["Продажа", "Возврат"]
        body = {
            "datefrom": "2026-03-02T10:20:31",
            "datebefore": "2026-03-05T23:59:58",
            "algoritm": "clasterclients",
        }
        assert rows_of(requests.post(server.url, json=body, timeout=10)) == []


def test_what_is_empty_is_an_empty_date_null_or_an_empty_text() -> None:
    with OnecServer(ListShop([EDGE])) as server:
        body = wanted("clasterclients", date(2026, 3, 6), date(2026, 3, 6))
        (row,) = rows_of(requests.post(server.url, json=body, timeout=10))
    assert row["ДатаЗаказаКлиента"] == "0001-01-01T00:00:00+00:00"
    assert (row["ИдНаСайте"], row["НомерЗаказаКлиента"]) == (None, "")


def test_optional_columns_come_for_all_rows_once_the_shop_has_one() -> None:
    with OnecServer(ListShop([SALE, RETURN._replace(cost=5_000, organisation="Фирма")])) as server:
        rows = rows_of(posted(server))
    assert [(row["Себестоимость"], row["Организация"]) for row in rows] == [
        (None, ""),
        (Decimal("0.5"), "Фирма"),
    ]
    assert "Канал" not in rows[0]


def test_partners_and_totals() -> None:
    with OnecServer(small_shop()) as server:
        (partner,) = rows_of(posted(server, "partnersdata"))
        assert partner == {name: getattr(PARTNER, field) for field, name in PARTNER_COLUMNS.items() if field != "ref"}
        totals = rows_of(posted(server, "totals"))
    assert totals == [
        {"Дата": "2026-03-02T00:00:00+00:00", "Документов": 1, "Строк": 1, "Сумма": Decimal("12345.67")},
        {"Дата": "2026-03-05T00:00:00+00:00", "Документов": 1, "Строк": 1, "Сумма": Decimal("-12345.67")},
    ]


def test_the_token_is_compared_verbatim() -> None:
    with OnecServer(small_shop(), token="Basic ключ") as server:
        assert posted(server).status_code == 401
        assert posted(server, headers={"Authorization": "ключ".encode()}).status_code == 401
        assert posted(server, headers={"Authorization": "Basic ключ".encode()}).status_code == 200


def test_wrong_requests_get_the_answers_of_a_web_server() -> None:
    with OnecServer(small_shop()) as server:
        assert requests.post(server.base_url + "/erp/other", json={}, timeout=10).status_code == 404
        assert requests.get(server.url, timeout=10).status_code == 405
        assert requests.post(server.url, data=b"{", timeout=10).status_code == 400
        unknown = posted(server, "чужой")
        dateless = requests.post(server.url, json={"algoritm": "totals"}, timeout=10)
    assert (unknown.status_code, dateless.status_code) == (500, 500)
    assert "Неизвестный алгоритм: чужой" in unknown.content.decode()


def test_what_was_asked_is_kept() -> None:
    with OnecServer(small_shop()) as server:
        posted(server, "totals")
        posted(server)
        first, second = server.requests
    assert first[:3] == ("totals", "2026-03-01T00:00:00", "2026-03-05T23:59:59")
    assert second.at >= first.at


def test_a_connection_serves_many_requests_and_dies_with_the_server() -> None:
    session = requests.Session()
    with OnecServer(small_shop()) as server:
        body = wanted("totals", date(2026, 3, 1), date(2026, 3, 5))
        for _ in range(3):
            assert session.post(server.url, json=body, timeout=10).status_code == 200
        assert len(server._server._open) == 1
    with pytest.raises(requests.ConnectionError):
        session.post(server.url, json=body, timeout=10)


ANY_TEXT = st.text(st.characters(), max_size=30)


@given(st.lists(ANY_TEXT, min_size=1, max_size=5))
def test_any_text_survives_json_in_json_in_utf8(texts: list[str]) -> None:
    body = answer_body([(text,) for text in texts], [Column(0, 'имя "в" \\кавычках', string)])
    rows = json.loads(json.loads(body.decode("utf-8"))["data"])
    assert [row['имя "в" \\кавычках'] for row in rows] == texts


@given(st.integers(-(10**15), 10**15))
def test_numbers_are_exact(value: int) -> None:
    assert Decimal(amount(value)) * 10_000 == value
    assert Decimal(quantity(value)) * 1_000 == value
    assert ("." in amount(value)) == (value % 10_000 != 0)


def test_control_characters_and_lone_surrogates_are_escaped() -> None:
    assert string("\x02\ud800") == '"\\u0002\\ud800"'


def test_a_long_answer_is_one_valid_array() -> None:
    rows = 9_000
    columns = [Column(0, "n", str)]
    assert json.loads(json.loads(answer_body(((n,) for n in range(rows)), columns))["data"])[-1] == {
        "n": rows - 1
    }
    assert answer_body([], columns) == b'{"data":"[]"}'


def test_every_field_of_a_line_and_of_a_partner_has_a_column() -> None:
    assert SALE_COLUMNS.keys() == set(SALE._fields)
    assert PARTNER_COLUMNS.keys() == set(PARTNER._fields)


def test_partners_have_a_reference_where_the_shop_has_references() -> None:
    with OnecServer(ListShop([SALE], [PARTNER._replace(ref="a", do_not_contact=True), Partner("второй")])) as server:
        first, second = rows_of(posted(server, "partnersdata"))
    assert (first["Ссылка"], first["НеБеспокоить"]) == ("a", True)
    assert (second["Ссылка"], second["НеБеспокоить"]) == ("", False)
