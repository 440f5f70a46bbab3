from __future__ import annotations

import dataclasses
from datetime import date, datetime
from functools import cache
from io import BytesIO

import openpyxl
import pandas as pd
import pytest
from openpyxl.workbook import Workbook

from rfm_service.domain.contacts import owner_mark
from rfm_service.domain.findings import Findings
from rfm_service.domain.outreach import OFF_LISTS
from rfm_service.renderers.lists import Renderer
from rfm_service.sheets.contacts import MACHINE_SHEET, urgent_first
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.renderers.findings import HOSTILE_NAMES, make_findings

pytestmark = pytest.mark.filterwarnings("ignore:.*xtension is not supported")
RU = Catalogue("ru", "RUB")
FINDINGS = make_findings(300, hostile=True)
REACHED = FINDINGS.snapshot[~FINDINGS.snapshot["state"].isin(OFF_LISTS)]
"""All but those who are on no list."""
OLGA, NOBODY = "managers/olga-svetlova-2f39ce.xlsx", "managers/bez-menedzhera.xlsx"


@cache
def lists() -> dict[str, Workbook]:
    return opened(FINDINGS, RU)


def opened(findings: Findings, texts: Catalogue) -> dict[str, Workbook]:
    files = Renderer().render(findings, texts)
    return {name: openpyxl.load_workbook(BytesIO(content)) for name, content in files.items()}


def of(managers: list[str]) -> Findings:
    """Findings in which sales managers take turns."""
    names = pd.Series([managers[at % len(managers)] for at in range(len(FINDINGS.snapshot))], dtype="object")
    return dataclasses.replace(FINDINGS, snapshot=FINDINGS.snapshot.assign(manager=names))


def rows(book: Workbook) -> list[dict[str, object]]:
    found = list(book.worksheets[1].iter_rows(max_col=16, values_only=True))
    return [dict(zip(map(str, found[0]), row, strict=True)) for row in found[1:]]


def test_every_customer_is_in_the_list_of_his_manager() -> None:
    assert set(lists()) == {OLGA, "managers/petr-ilin-5afe2b.xlsx", NOBODY}
    named = {file: {row["Код покупателя"] for row in rows(book)} for file, book in lists().items()}
    snapshot = REACHED
    assert named[OLGA] == set(snapshot.loc[snapshot["manager"] == "Ольга Светлова", "customer_id"])
    assert named[NOBODY] == set(snapshot.loc[snapshot["manager"] == "", "customer_id"])
    assert sum(map(len, named.values())) == len(snapshot)


def test_who_is_not_to_be_contacted_is_on_no_list() -> None:
    assert {*OFF_LISTS} <= {*FINDINGS.snapshot["state"]}
    left_out = REACHED["customer_id"].iloc[::3]
    some = REACHED.assign(state=REACHED["state"].mask(REACHED["customer_id"].isin(left_out), OFF_LISTS[0]))
    listed = {row["Код покупателя"] for book in opened(dataclasses.replace(FINDINGS, snapshot=some), RU).values()
              for row in rows(book)}
    assert listed == set(REACHED["customer_id"]) - set(left_out)
    nobody = dataclasses.replace(FINDINGS, snapshot=FINDINGS.snapshot.assign(state=OFF_LISTS[1]))
    assert [len(rows(book)) for book in opened(nobody, RU).values()] == [0]


def test_the_lists_add_up_to_the_report() -> None:
    every = [row for book in lists().values() for row in rows(book)]
    assert sum(int(str(row["Число заказов"])) for row in every) == REACHED["frequency"].sum()
    assert sum(round(float(str(row["Потратил, ₽"])) * 10_000) for row in every) == REACHED["monetary"].sum()


def test_who_needs_a_call_stands_first_by_money() -> None:
    ranked = urgent_first(FINDINGS)
    silent = ranked["recency_days"] > ranked["churn_threshold"]
    assert silent[ranked["calm"]].sum() == 0
    assert ranked["calm"].is_monotonic_increasing
    for _, part in ranked.groupby("calm"):
        assert part["monetary"].is_monotonic_decreasing
    best, worst = FINDINGS.basis.rules.grid.order[0], FINDINGS.basis.rules.grid.order[-1]
    fell = (ranked["from_segment"] == best) & (ranked["segment"] == worst)
    assert not ranked.loc[fell, "calm"].any()
    assert [row["Код покупателя"] for row in rows(lists()[OLGA])] == ranked.loc[
        ranked["manager"] == "Ольга Светлова", "customer_id"].tolist()


def test_why_is_said_of_all_that_stand_first() -> None:
    ranked = urgent_first(FINDINGS)
    urgent = int((~ranked.loc[ranked["manager"] == "Ольга Светлова", "calm"]).sum())
    assert 0 < urgent < len(rows(lists()[OLGA]))
    assert all(row["Почему"] for row in rows(lists()[OLGA])[:urgent])


def test_the_best_are_looked_after_before_their_silence_is_unusual() -> None:
    calm = urgent_first(FINDINGS)
    one = str(calm.loc[calm["calm"], "customer_id"].iloc[-1])
    found = FINDINGS.snapshot.copy()
    found.loc[found["customer_id"] == one, ["abc", "recency_days", "order_interval_days", "churn_threshold", "p90"]] = [
        "A", 51, 13, 60, 0.1]
    changed = dataclasses.replace(FINDINGS, snapshot=found, moves=FINDINGS.moves.iloc[:0])
    assert not urgent_first(changed).set_index("customer_id").loc[one, "calm"]
    row, = (row for book in opened(changed, RU).values() for row in rows(book) if row["Код покупателя"] == one)
    assert row["Почему"] == "Молчит 51 день, обычно между заказами 13"
    assert row["Если закажет, то около"] is None


def test_no_reason_is_cut_and_all_say_what_to_do() -> None:
    detail = "Время шло, граница пройдена 20.11.2026: 44 → 46 дней без покупок, граница — 45 дней."
    told = dataclasses.replace(FINDINGS, moves=FINDINGS.moves.assign(detail=detail))
    sheet = opened(told, RU)[OLGA].worksheets[1]
    heading = {str(cell.value): cell.column for cell in sheet[1]}
    long = [row for row in range(2, sheet.max_row + 1)
            if len(str(sheet.cell(row, heading["Почему"]).value or "")) > 44]
    assert long
    assert all(sheet.row_dimensions[row].height >= 30 for row in long)
    assert sheet.cell(long[0], heading["Почему"]).alignment.wrap_text
    assert all(row["Что делать"] for row in rows(lists()[OLGA]))


def test_four_columns_wait_to_be_filled() -> None:
    sheet = lists()[OLGA].worksheets[1]
    heading = {str(cell.value): cell.column_letter for cell in sheet[1]}
    choice, contacted, day = sheet.data_validations.dataValidation
    last = len(rows(lists()[OLGA])) + 1
    assert (choice.type, choice.formula1) == ("list", '"Позвонили,Написали,Отказ,Купил"')
    assert str(choice.sqref) == f"{heading['Итог']}2:{heading['Итог']}{last}"
    assert (day.type, day.operator) == ("date", "greaterThanOrEqual")
    assert (contacted.type, contacted.operator) == ("date", "greaterThanOrEqual")
    assert str(contacted.sqref) == f"{heading['Когда связались']}2:{heading['Когда связались']}{last}"
    assert str(day.sqref) == f"{heading['Следующий контакт']}2:{heading['Следующий контакт']}{last}"
    assert not any(row[name] for row in rows(lists()[OLGA]) for name in (
        "Когда связались", "Итог", "Заметка", "Следующий контакт"))
    assert sheet.column_dimensions[heading["Код покупателя"]].hidden
    assert not sheet.protection.sheet


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_program_can_read_a_filled_list_in_any_language(language: str) -> None:
    book = next(iter(opened(make_findings(3), Catalogue(language, "RUB")).values()))
    hidden = book[MACHINE_SHEET]
    known = {str(key): str(value) for key, value in hidden.iter_rows(max_col=2, values_only=True)}
    headings = [cell.value for cell in book.worksheets[1][1]]
    assert hidden.sheet_state == "hidden"
    assert (known["form"], known["as_of"]) == ("2", "2026-11-20")
    fields = ("customer_id", "contacted", "outcome", "note", "next_contact")
    assert {known[f"column.{name}"] for name in fields} <= set(headings)
    labels = [known[f"outcome.{name}"] for name in ("called", "wrote", "refused", "bought")]
    assert book.worksheets[1].data_validations.dataValidation[0].formula1 == f'"{",".join(labels)}"'


def test_a_list_tells_whose_it_is_without_the_name() -> None:
    told = {file: {str(row[0].value): row[1].value for row in book[MACHINE_SHEET].iter_rows(max_col=2)}["owner"]
            for file, book in lists().items()}
    assert told[OLGA] == owner_mark("Ольга Светлова") != told["managers/petr-ilin-5afe2b.xlsx"]
    assert not told[NOBODY]
    assert "Светлова" not in str(told)


def test_hostile_names_run_nothing_and_leave_the_folder_nowhere() -> None:
    files = opened(of([*HOSTILE_NAMES, "con", "NUL", "../../x", "Ольга", "ОЛЬГА"]), RU)
    for name, book in files.items():
        assert name.startswith("managers/")
        assert name.count("/") == 1
        assert [cell for sheet in book for row in sheet.iter_rows() for cell in row
                if cell.data_type == "f" or cell.hyperlink] == []
    assert len({name.casefold() for name in files}) == len(files)


def test_names_that_look_the_same_are_one_manager() -> None:
    files = opened(of(["Ольга Светлова", " Ольга\u200b Светлова ", "", "\x00"]), RU)
    assert set(files) == {OLGA, NOBODY}
    assert sum(len(rows(book)) for book in files.values()) == len(REACHED)


def test_days_are_days_and_nothing_is_nothing() -> None:
    found = rows(lists()[OLGA])
    assert any(isinstance(row["Если закажет, то около"], datetime) for row in found)
    assert FINDINGS.basis.as_of == date(2026, 11, 20)
    assert {row["Частота заказов, дней"] for row in found if row["Число заказов"] == 1} == {None}


@pytest.mark.parametrize(("language", "name"), [
    ("ru", "bez-menedzhera"), ("en", "without-a-sales-manager"), ("zh", "nobody"), ("tr", "temsilcisi-olmayanlar")])
def test_without_managers_there_is_one_list(language: str, name: str) -> None:
    assert list(Renderer().render(make_findings(0), Catalogue(language, "RUB"))) == [f"managers/{name}.xlsx"]
