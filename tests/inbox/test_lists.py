"""A filled list read back: every language, what people write into cells, rows that cannot count and why."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from rfm_service.domain.contacts import MOST_NOTE, Contact, Place, Told, lines_of, owner_mark
from rfm_service.inbox import reading
from rfm_service.inbox.lists import all_labels
from rfm_service.sheets.today import TOP
from rfm_service.tabular import TableError
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from rfm_service.texts.labels import outcome_labels
from tests.inbox.filling import CHANGED, DAY, EVERYBODY, NOW, OLGA, by_row, file, fill, ids, known, made, olgas, opened

OUTCOMES = ("called", "wrote", "refused", "bought")
MARK = owner_mark(OLGA)
ON, NEXT = date(2026, 11, 22), date(2026, 12, 1)


def read(content: bytes) -> Told:
    return reading.read(file(content), NOW)


def said(told: Told) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for place, remark in told.problems:
        found.setdefault(place.row, []).append(str(remark))
    return found


def row(number: int) -> Place:
    """The place of a row of the sheet of all customers."""
    return Place(EVERYBODY, number, "Покупатели")


def one(**values: object) -> Told:
    """The list with one filled row, the second of the sheet."""
    return read(fill(olgas(), {2: values}))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_filled_list_is_read_back_in_any_language(language: str) -> None:
    content, labels = olgas(language), list(outcome_labels(Catalogue(language, "RUB")).values())
    rows = {2 + at: {"outcome": label, "note": f"заметка {at}", "contacted": ON, "next_contact": NEXT}
            for at, label in enumerate(labels)}
    told = read(fill(content, rows))
    assert told.owner == MARK
    assert told.problems == ()
    assert by_row(told) == {2 + at: Contact(ids(content)[at], ON, outcome, f"заметка {at}", NEXT, MARK, CHANGED)
                             for at, outcome in enumerate(OUTCOMES)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_of_any_language_and_the_ids_are_understood(language: str) -> None:
    labels = outcome_labels(Catalogue(language, "RUB"))
    words = [*labels.values(), *OUTCOMES]
    told = by_row(read(fill(olgas(), {2 + at: {"outcome": f"  {word.upper()} "} for at, word in enumerate(words)})))
    assert [each.outcome for each in told.values()] == [*labels, *OUTCOMES]


def test_no_word_means_two_outcomes() -> None:
    told = [label for language in LANGUAGES for label in outcome_labels(Catalogue(language, "RUB")).values()]
    assert len(set(told)) == len(told)
    assert set(all_labels().values()) == set(OUTCOMES)


def test_without_a_day_of_its_own_a_row_is_of_the_day_that_the_list_is_for() -> None:
    assert one(outcome="Отказ").contacts[row(2)].day == DAY == date(2026, 11, 21)
    assert one(note="перезвонить").contacts[row(2)].outcome == ""


def test_a_list_that_nobody_filled_tells_nothing() -> None:
    told = read(fill(olgas(), {}))
    assert (told.contacts, told.problems) == ({}, ())


def test_the_list_of_nobody_is_of_nobody() -> None:
    (content,) = (content for name, content in made().items() if name not in ("olga-svetlova", "petr-ilin"))
    told = read(fill(content, {2: {"outcome": "Отказ"}}))
    assert (told.owner, told.contacts[row(2)].author) == ("", "")


def test_a_list_of_the_first_form_is_read_too() -> None:
    def older(book: openpyxl.Workbook) -> None:
        hidden = book["rfm"]
        hidden["B1"] = "1"
        for row in [cell.row for cell in hidden["A"] if cell.value in ("owner", "column.contacted")][::-1]:
            hidden.delete_rows(row)
        sheet = book.worksheets[EVERYBODY]
        sheet.delete_cols([str(cell.value) for cell in sheet[1]].index("Когда связались") + 1)

    told = read(fill(olgas(), {3: {"outcome": "Отказ"}}, older))
    assert told.owner is None
    assert by_row(told) == {3: Contact(ids(olgas())[1], DAY, "refused", "", None, "", CHANGED)}


@pytest.mark.parametrize(("written", "found"), [
    (ON, ON), (datetime(2026, 11, 22, 17, 30), ON), ("22.11.2026", ON), ("2026-11-22", ON), (" 22.11.2026 10:15 ", ON),
    (46348, ON), (46348.7, ON), ("", DAY), ("   ", DAY), (None, DAY)])
def test_days_as_people_write_them(written: object, found: date) -> None:
    assert one(outcome="Отказ", contacted=written).contacts[row(2)].day == found


@pytest.mark.parametrize(("field", "written", "why"), [
    ("contacted", "31.02.2026", "contact is no date"), ("contacted", "вчера", "contact is no date"),
    ("contacted", "21/11/2026", "contact is no date"), ("contacted", True, "contact is no date"),
    ("contacted", time(12, 30), "lies before the year 2000"), ("contacted", "22.11.2026" * 9, "contact is no date"),
    ("contacted", 20261122, "contact is no date"), ("contacted", -5, "before the year 2000"),
    ("contacted", 5, "before the year 2000"), ("contacted", date(1999, 12, 31), "before the year 2000"),
    ("contacted", date(2026, 11, 25), "has not come yet"), ("contacted", date(2226, 11, 22), "has not come yet"),
    ("next_contact", "31.02.2027", "next contact is no date"), ("next_contact", date(2026, 11, 20), "lies before"),
    ("next_contact", date(2029, 12, 1), "three years ahead"), ("next_contact", "9999-12-31", "three years ahead"),
    ("outcome", "Позвонили?", "none of those"), ("outcome", 5, "none of those"), ("outcome", "я" * 40_000, "none of"),
    ("outcome", "=1+1", "formula"), ("note", "=HYPERLINK(\"http://x\")", "formula"), ("contacted", "=TODAY()", "form"),
    ("customer_id", "", "id is missing"), ("customer_id", "=A1", "formula")])
def test_a_row_that_cannot_count_says_why_and_harms_no_other(field: str, written: object, why: str) -> None:
    told = read(fill(olgas(), {2: {"outcome": "Отказ", "note": "да", field: written}, 3: {"outcome": "Купил"}}))
    assert list(by_row(told)) == [3]
    assert told.bad == 1
    ((number, (sentence,)),) = said(told).items()
    assert number == 2
    assert why in sentence


def test_tomorrow_is_still_a_day_for_whoever_lives_further_east() -> None:
    assert one(outcome="Отказ", contacted=date(2026, 11, 24)).contacts[row(2)].day == date(2026, 11, 24)


def test_a_text_that_looks_like_a_formula_is_a_text() -> None:
    def apostrophe(book: openpyxl.Workbook) -> None:
        cell = next(cell for cell in book.worksheets[EVERYBODY][2] if cell.value == "=cmd|'/C calc'!A0")
        cell.data_type = "s"

    told = read(fill(olgas(), {2: {"note": "=cmd|'/C calc'!A0"}}, apostrophe))
    assert told.contacts[row(2)].note == "=cmd|'/C calc'!A0"


@pytest.mark.parametrize(("written", "kept"), [
    ("  позвонить\nзавтра ", "позвонить\nзавтра"), ("НУЛЬ_x0000_ЗНАК", "НУЛЬЗНАК"), ("_xD83D_ пол", "\ufffd пол"),
    ("\u202eоборот", "оборот"), (12, "12"), (12.0, "12"), ("</script>", "</script>"), ("../../x", "../../x")])
def test_notes_are_kept_without_what_cannot_be_shown(written: object, kept: str) -> None:
    assert one(note=written).contacts[row(2)].note == kept


def test_a_note_that_is_too_long_is_cut_and_told() -> None:
    told = one(note="я" * (MOST_NOTE + 1), outcome="Отказ")
    assert told.contacts[row(2)].note == "я" * MOST_NOTE
    assert (told.bad, said(told)) == (0, {2: ["The note is longer than 2000 letters; the rest of it is left out."]})
    assert one(note="я" * MOST_NOTE).problems == ()


def test_of_a_customer_twice_the_lower_row_counts_and_it_is_told() -> None:
    content = olgas()
    first = ids(content)[0]
    told = read(fill(content, {2: {"outcome": "Отказ"}, 5: {"customer_id": first, "outcome": "Купил"},
                               7: {"customer_id": first, "outcome": "Купил", "contacted": ON}}))
    assert {row: (each.outcome, each.day) for row, each in by_row(told).items()} == {
        5: ("bought", DAY), 7: ("bought", ON)}
    assert (told.bad, said(told)) == (0, {2: ["The same customer and day stand in row 5: that row counts."]})


def test_a_day_alone_takes_back_and_nothing_at_all_says_nothing() -> None:
    told = one(contacted=ON)
    assert told.contacts[row(2)].blank
    assert said(told) == {2: ["Only a day is filled: what you noted of that day is taken back."]}
    assert one(note="\u200b").contacts == {}


def test_columns_may_be_moved_and_lines_written_above() -> None:
    def worked_on(book: openpyxl.Workbook) -> None:
        sheet = book.worksheets[EVERYBODY]
        sheet.insert_cols(1, 3)
        sheet.insert_rows(1, 4)
        sheet["A1"] = "Ольга, ноябрь"
        book.create_sheet("Мои заметки", 0)["A1"] = "Код покупателя"

    told = read(fill(olgas(), {2: {"outcome": "Отказ"}}, worked_on))
    assert {row: each.customer_id for row, each in by_row(told).items()} == {6: ids(olgas())[0]}


def test_a_clock_that_ran_ahead_is_not_believed() -> None:
    content = fill(olgas(), {2: {"outcome": "Отказ"}})
    ahead = reading.read(file(content, changed=CHANGED + 10**9), NOW)
    assert ahead.contacts[row(2)].told_at == int(NOW.timestamp())


def test_what_day_it_is_is_told_by_the_zone_of_the_firm() -> None:
    content = fill(olgas(), {2: {"outcome": "Отказ", "contacted": date(2026, 11, 25)}})
    assert reading.read(file(content), NOW).bad == 1
    late = datetime(2026, 11, 23, 20, tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Asia/Vladivostok"))
    assert reading.read(file(content), late).bad == 0


def test_a_book_that_counts_days_from_1904_is_read_right() -> None:
    def mac(book: openpyxl.Workbook) -> None:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904

    assert one_of(fill(olgas(), {2: {"outcome": "Отказ", "contacted": ON}}, mac)) == ON


def one_of(content: bytes) -> date:
    return read(content).contacts[row(2)].day


def headings(book: openpyxl.Workbook) -> dict[str, int]:
    return {str(cell.value): cell.column for cell in book.worksheets[EVERYBODY][1]}


@pytest.mark.parametrize("spoiled", ["sheet", "form", "as_of", "far", "owner", "id", "columns", "other"])
def test_what_is_no_list_of_ours_is_refused(spoiled: str) -> None:
    def spoil(book: openpyxl.Workbook) -> None:
        hidden, sheet = book["rfm"], book.worksheets[EVERYBODY]
        if spoiled in ("form", "as_of", "far", "owner"):
            key, value = {"form": ("form", "3"), "as_of": ("as_of", "вчера"), "far": ("as_of", "9999-12-31"),
                          "owner": ("owner", "Ольга")}[spoiled]
            next(row for row in hidden.iter_rows() if row[0].value == key)[1].value = value
        elif spoiled in ("sheet", "other"):
            del book["rfm"]
        else:
            names = {name.partition("column.")[2]: heading for name, heading in known(book).items()}
            for field in ("customer_id",) if spoiled == "id" else ("contacted", "outcome", "note", "next_contact"):
                sheet.cell(1, headings(book)[names[field]]).value = "?"
            del book["Сегодня"]

    with pytest.raises(TableError, match=r"olga\.xlsx is no filled list"):
        read(fill(olgas(), {2: {"outcome": "Отказ"}}, spoil))


def test_a_column_that_is_there_twice_is_refused() -> None:
    def twice(book: openpyxl.Workbook) -> None:
        book.worksheets[EVERYBODY].cell(1, 1).value = "Итог"

    with pytest.raises(TableError, match="has the column Итог more than once"):
        read(fill(olgas(), {2: {"outcome": "Отказ"}}, twice))


def called_today(content: bytes) -> list[str]:
    """The first three customers of the sheet of the day."""
    today = opened(content).worksheets[0]
    assert today.title == "Сегодня"
    headings = {str(cell.value): cell.column for cell in today[TOP + 1]}
    return [str(today.cell(at, headings["Код покупателя"]).value) for at in range(TOP + 2, TOP + 5)]


def test_both_sheets_are_read_and_rows_are_named_with_their_sheet() -> None:
    content = olgas()
    names = called_today(content)
    assert all(name in ids(content) for name in names)
    filled = fill(content, {TOP + 2: {"outcome": "Отказ"}, TOP + 3: {"outcome": "?"}, TOP + 4: {"outcome": "Отказ"}},
                  sheet=0)
    there = 2 + ids(content).index(names[2])
    told = read(fill(filled, {there: {"outcome": "Купил"}}))
    assert {(place.name, place.row): (each.customer_id, each.outcome) for place, each in told.contacts.items()} == {
        ("Сегодня", TOP + 2): (names[0], "refused"), ("Покупатели", there): (names[2], "bought")}
    assert lines_of(told.problems, Catalogue("ru", "RUB")) == [
        f"Сегодня, строка {TOP + 3}: Такого итога в списке нет: выберите из предложенных.",
        f"Сегодня, строка {TOP + 4}: Тот же покупатель и тот же день стоят на листе «Покупатели» в строке {there}: "
        "учтена она."]


BEFORE = date(2026, 11, 20)


@pytest.mark.parametrize(("today", "everybody", "whole"), [
    ({"outcome": "Отказ"}, {"note": "нет", "next_contact": NEXT}, (DAY, "refused", "нет", NEXT)),
    ({"note": "нет", "next_contact": NEXT}, {"outcome": "Отказ"}, (DAY, "refused", "нет", NEXT)),
    ({"outcome": "Купил", "note": "да"}, {"outcome": "Отказ"}, (DAY, "refused", "да", None)),
    ({"outcome": "Отказ"}, {"note": "нет", "contacted": BEFORE}, (BEFORE, "refused", "нет", None)),
    ({"outcome": "Отказ", "contacted": BEFORE}, {"note": "нет"}, (BEFORE, "refused", "нет", None)),
    ({"outcome": "Отказ"}, {"contacted": BEFORE}, (BEFORE, "refused", "", None))])
def test_a_customer_on_both_sheets_is_told_of_by_both(today: dict[str, object], everybody: dict[str, object],
                                                      whole: tuple[object, ...]) -> None:
    content = olgas()
    there = 2 + ids(content).index(called_today(content)[0])
    told = read(fill(fill(content, {TOP + 2: today}, sheet=0), {there: everybody}))
    assert [(place.row, *each[1:5]) for place, each in told.contacts.items()] == [(there, *whole)]
    assert (told.bad, said(told)) == (0, {TOP + 2: [
        f"The same customer and day stand on the sheet Покупатели in row {there}: that row counts."]})


@pytest.mark.parametrize(("today", "everybody"), [
    ({"outcome": "Отказ", "contacted": BEFORE}, {"note": "нет", "contacted": ON}),
    ({"outcome": "Отказ", "next_contact": DAY}, {"note": "нет", "contacted": DAY.replace(day=DAY.day + 1)})])
def test_sheets_that_name_days_which_do_not_meet_tell_of_two_contacts(today: dict[str, object],
                                                                      everybody: dict[str, object]) -> None:
    content = olgas()
    there = 2 + ids(content).index(called_today(content)[0])
    told = read(fill(fill(content, {TOP + 2: today}, sheet=0), {there: everybody}))
    assert [(each.outcome, each.note) for each in told.contacts.values()] == [("refused", ""), ("", "нет")]
    assert told.problems == ()
