import json

import pytest

from rfm_service.emulator import faults
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import Answer, Request
from rfm_service.emulator.spoiling import asked_as, rows_skipped, spoiled

PAGE = Request("GET", "/erp/odata/standard.odata/Document_X", "$format=json&%24top=500&$skip=1000", {}, b"")


@pytest.mark.parametrize(("fault", "query"), [
    (Fault(), "$format=json&%24top=500&$skip=1000"),
    (faults.ignored_top(), "$format=json"),
    (faults.same_page(), "$format=json&%24top=500"),
    (faults.shifted(2), "$format=json&%24top=500&%24skip=998"),
    (faults.shifted(-1), "$format=json&%24top=500&%24skip=1001"),
])
def test_rows_16_and_17_pages_are_asked_otherwise(fault: Fault, query: str) -> None:
    assert asked_as(PAGE, fault).query == query


def test_the_first_page_does_not_shift() -> None:
    first = PAGE._replace(query="$top=500&$skip=0")
    assert asked_as(first, faults.shifted(1)) == first
    assert rows_skipped(PAGE._replace(query="$skip=many")) == rows_skipped(PAGE._replace(query="")) == 0


def test_deep_skips_cost_time() -> None:
    assert spoiled(Answer(delay_s=1), PAGE, faults.deep_skip(3)).delay_s == 4


def test_a_body_may_tell_what_was_asked() -> None:
    asked = PAGE._replace(path="/%D0%AF")
    assert spoiled(Answer(), asked, Fault(500, b"nothing at {path}")).body == "nothing at /Я".encode()


ROW = {"Ref_Key": "1", "Number": "ТМ-1", "СуммаДокумента": -2230.5, "Posted": True,
       "Товары": [{"LineNumber": "1", "Количество": 2, "Цена": 1115.25}]}


@pytest.mark.parametrize("separators", [None, (",", ":")])
def test_sums_and_texts_of_odata_are_spoiled_too(separators: tuple[str, str] | None) -> None:
    body = json.dumps({"value": [ROW]}, ensure_ascii=False, separators=separators).encode()
    (row,) = json.loads(spoiled(Answer(body=body), PAGE, Fault(decimal_comma=True)).body)["value"]
    assert (row["СуммаДокумента"], row["Ref_Key"]) == ("-2\u00a0230,5", "1")
    assert row["Товары"] == [{"LineNumber": "1", "Количество": "2", "Цена": "1\u00a0115,25"}]
    with_control = spoiled(Answer(body=body), PAGE, faults.control_chars()).body
    assert json.loads(with_control, strict=False)["value"][0]["Number"] == "\x02ТМ-1"
