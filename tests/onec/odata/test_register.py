"""Rows of the register as documents and flat rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.onec.odata.names import Names
from rfm_service.onec.odata.pages import Row
from rfm_service.onec.odata.profiles import REGISTER_PATHS, register_analyses
from rfm_service.onec.odata.query import Question
from rfm_service.onec.odata.register import Register
from tests.onec.odata.sets import ref

REGISTER = Register(REGISTER_PATHS, frozenset({"Document_ВозвратТоваровОтКлиента"}), register_analyses("partner"))
CUSTOMER = {"Ref_Key": ref(31), "Партнер_Key": ref(7), "Партнер____Presentation": "Ателье",
            "Контрагент____Presentation": "ООО", "Организация____Presentation": "Фирма"}
PRODUCT = {"Ref_Key": ref(32), "Номенклатура____Presentation": "Платье", "Характеристика____Presentation": "48"}


def record(number: int = 1, **more: Any) -> Row:
    return {"Recorder": ref(1), "LineNumber": str(number), "Recorder_Type": "StandardODATA.Document_Реализация",
            "Recorder____Presentation": "Реализация 00УТ-1 от 27.08.2026 10:00:00", "Period": "2026-08-27T10:00:00",
            "АналитикаУчетаПоПартнерам_Key": ref(31), "АналитикаУчетаНоменклатуры_Key": ref(32), "Количество": 2,
            "СуммаВыручки": "120.00", "ЗаказКлиента": ref(9),
            "ЗаказКлиента____Presentation": "Заказ клиента З-1 от 26.08.2026 9:00:00", **more}


def looked_up(question: Question) -> list[Row]:
    return [CUSTOMER] if "ПоПартнерам" in question.name else [PRODUCT]


def lines(*records: Row) -> list[dict[str, object]]:
    names = Names(looked_up, REGISTER.analyses, allowed_only=False)
    names.learn(REGISTER.keys(records))
    return list(REGISTER.lines(ref(1), records, names))


def test_a_record_has_our_names() -> None:
    (row,) = lines(record())
    wanted = {"ref": ref(1), "sale_id": "00УТ-1", "date": "2026-08-27T10:00:00", "customer_key": ref(7),
              "buyer": "Ателье", "contractor": "ООО", "organisation": "Фирма", "product": "Платье", "feature": "48",
              "quantity": 2, "sum": "120.00", "order_id": "З-1", "order_date": "26.08.2026 9:00:00",
              "cash_flow_type": "sale"}
    assert {field: row[field] for field in wanted} == wanted


def test_only_active_rows_are_asked_for_in_an_order_that_does_not_change() -> None:
    question = REGISTER.trail.question
    assert question.where == "Active eq true"
    assert REGISTER.trail.keys == ("Recorder", "LineNumber")
    assert "Стоимость" not in unquote(question.query)


def test_row_17_a_row_that_came_twice_is_one() -> None:
    found = REGISTER.documents([record(1), record(2), record(1, Количество=3), record(1, Recorder=ref(2))])
    assert {key: len(rows) for key, rows in found.items()} == {ref(1): 2, ref(2): 1}
    assert found[ref(1)][0]["Количество"] == 3


def test_a_return_is_known_by_its_document() -> None:
    (row,) = lines(record(Recorder_Type="StandardODATA.Document_ВозвратТоваровОтКлиента"))
    assert row["cash_flow_type"] == "return"


@pytest.mark.parametrize(("amount", "quantity", "kept"), [
    (None, None, 0), (0, "0", 0), ("0.00", None, 0), (None, 1, 1), ("5", None, 1), ("-5", 0, 1), ("пять", None, 1)])
def test_an_empty_number_is_nothing_and_rows_of_cost_alone_are_no_sales(
        amount: object, quantity: object, kept: int) -> None:
    found = lines(record(СуммаВыручки=amount, Количество=quantity))
    assert len(found) == kept
    assert all(row["sum"] is not None for row in found)


def test_a_recorder_that_is_shown_otherwise_is_known_by_its_reference() -> None:
    (row,) = lines(record(Recorder____Presentation="Sales invoice", ЗаказКлиента____Presentation=None))
    assert (row["sale_id"], row["order_id"], row["order_date"]) == (ref(1), ref(9), "")


def test_keys_that_stand_for_nothing_are_nobody_and_nothing() -> None:
    (row,) = lines(record(АналитикаУчетаПоПартнерам_Key=ref(0), АналитикаУчетаНоменклатуры_Key=ref(99)))
    assert (row["customer_key"], row["buyer"], row["product"]) == ("", None, None)


def test_a_row_without_its_recorder_is_no_answer() -> None:
    with pytest.raises(AnswerMalformed):
        REGISTER.documents([{"LineNumber": "1"}])
