"""Sale lines from a folder of files: of each day the newest file counts, a day that no file holds is not told of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import AnswerMalformed
from rfm_service.domain.values import Answer, Period, SaleLine
from rfm_service.sources import files
from rfm_service.sources.files import Source
from rfm_service.tabular import sale_files
from tests.sources.dropping import DAY, MARCH, ROW, Knows, asked, days, put, row, told
from tests.tabular.written import KINDS


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


# What counts


def test_the_newest_file_counts_for_the_days_that_it_holds(drop: Path) -> None:
    put(drop / "a.csv", [row(2, "old"), row(3, "old"), row(4, "old")], 1000)
    put(drop / "b.jsonl", [row(3, "new"), row(4, "new")], 2000)
    put(drop / "c.xlsx", [row(4, "newest")], 3000)
    assert told(asked(drop)) == {2: ["old"], 3: ["new"], 4: ["newest"]}


def test_among_files_of_one_moment_the_last_name_counts(drop: Path) -> None:
    for name in ("b", "c", "a"):
        put(drop / f"{name}.csv", [row(2, name)])
    assert told(asked(drop)) == {2: ["c"]}


def test_days_that_no_file_holds_are_not_told_of(drop: Path) -> None:
    put(drop / "a.csv", [row(day) for day in (2, 3, 5, 30)])
    put(drop / "b.csv", [row(4)])
    first, last = Period(date(2026, 3, 2), date(2026, 3, 6)), Period(date(2026, 3, 30), date(2026, 3, 31))
    assert asked(drop).periods == (first, last)
    assert asked(drop, Period(date(2026, 3, 5), MARCH.end)).periods == (Period(date(2026, 3, 5), first.end), last)
    assert asked(drop, Period(date(2026, 2, 1), MARCH.first)) == Answer((), [], [])


def test_a_folder_without_files_tells_of_no_day(drop: Path) -> None:
    answer = asked(drop)
    assert (answer.periods, answer.lines) == ((), [])


def test_a_row_that_cannot_be_understood_leaves_its_day_covered(drop: Path) -> None:
    put(drop / "a.csv", [row(2, amount="много"), row(3), {**row(3, "Итого"), "date": ""}])
    answer = asked(drop)
    assert answer.periods == (Period(DAY, DAY + timedelta(days=2)),)
    assert [(each.day, each.reason) for each in answer.rejected] == [
        (DAY, "a number was expected"), (None, "the date, the document number or the sum is empty")]
    assert '"a.csv"' in answer.rejected[0].row


def test_row_23_lines_that_are_alike_are_all_told(drop: Path) -> None:
    put(drop / "a.csv", [row(2)] * 3)
    assert len(asked(drop).lines) == 3


# What is known


def test_the_same_file_twice_changes_nothing(drop: Path) -> None:
    put(drop / "a.csv", [row(2), row(3)])
    first = asked(drop)
    put(drop / "copy.csv", [row(2), row(3)], 2000)
    again = asked(drop, known=first)
    assert (again.periods, again.lines, again.same_days) == (first.periods, [], frozenset(days(2, 3)))
    assert again.hashes == {}


def test_only_days_that_changed_are_read(drop: Path) -> None:
    put(drop / "a.csv", [row(2), row(3), row(4)])
    first = asked(drop)
    assert first.hashes.keys() == days(2, 3, 4)
    put(drop / "b.csv", [row(3, amount=11), row(4)], 2000)
    again = asked(drop, known=first)
    assert (told(again), again.same_days, again.hashes.keys()) == ({3: ["1"]}, days(2, 4), days(3))


def test_rows_set_aside_are_told_every_night(drop: Path) -> None:
    put(drop / "a.csv", [row(2), row(2, amount="x"), row(3)])
    first = asked(drop)
    assert first.hashes.keys() == days(3)
    assert len(asked(drop, known=first).rejected) == 1


@pytest.mark.parametrize("keys", [{"return_values": ["Возвр."]}, {"currency": "KZT"},
                                  {"fields": {"buyer": "Клиент"}}])
def test_other_settings_make_every_day_be_read(drop: Path, keys: dict[str, Any]) -> None:
    put(drop / "a.csv", [row(2)])
    assert asked(drop, known=asked(drop), **keys).lines


def test_a_source_sees_what_was_put_there_since(drop: Path) -> None:
    source = Source(path=drop)
    put(drop / "a.csv", [row(2)])
    assert told(source.lines([MARCH], Knows())) == {2: ["1"]}
    put(drop / "a.csv", [row(2), row(2, 2)], 2000)
    put(drop / "b.csv", [row(3)])
    assert told(source.lines([MARCH], Knows())) == {2: ["1", "2"], 3: ["1"]}


SALES = st.lists(st.tuples(st.integers(1, 31), st.integers(0, 99), st.decimals(-999, 999, places=2)), min_size=1,
                 max_size=12)


@settings(max_examples=25)
@given(SALES, st.data())
def test_any_split_over_files_and_kinds_tells_the_same(
        tmp_path_factory: pytest.TempPathFactory, sales: list[tuple[int, int, Decimal]], draw: st.DataObject) -> None:
    """Each day whole in one file, in any order of rows."""
    folder = tmp_path_factory.mktemp("drop")
    places = [draw.draw(st.sampled_from(KINDS)) + str(draw.draw(st.integers(0, 1))) for _ in range(32)]
    for place in set(places):
        rows = [row(*sale) for sale in draw.draw(st.permutations(sales)) if places[sale[0]] == place]
        if rows:
            put(folder / f"{place[-1]}{place[:-1]}", rows, draw.draw(st.integers(1000, 1002)))
    answer = asked(folder)
    assert sorted((line.at.day, int(line.number), line.amount) for line in answer.lines) == sorted(
        (day, number, int(amount * 10_000)) for day, number, amount in sales)
    covered = {date(2026, 3, day) for day in range(1, 32) if any(date(2026, 3, day) in each for each in answer.periods)}
    assert covered == {date(2026, 3, day) for day, _, _ in sales}
    assert asked(folder, known=answer).same_days == covered


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sets(st.integers(1, 6), min_size=1), st.integers(0, 2)), min_size=1, max_size=6))
def test_of_any_day_the_newest_file_counts(
        tmp_path_factory: pytest.TempPathFactory, drops: list[tuple[set[int], int]]) -> None:
    folder = tmp_path_factory.mktemp("drop")
    for at, (held, changed) in enumerate(drops):
        put(folder / f"{at}.csv", [row(day, at) for day in held], 1000 + changed)
    newest = {day: max((changed, at) for at, (held, changed) in enumerate(drops) if day in held)[1]
              for held, _ in drops for day in held}
    assert told(asked(folder)) == {day: [str(at)] for day, at in newest.items()}


def test_rows_wait_on_the_disk_where_they_are_many(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(day, number) for number in range(50) for day in range(1, 31)]
    put(drop / "a.csv", rows)
    put(drop / "b.jsonl", rows[:30], 500)
    monkeypatch.setattr(files, "SPOOL_BYTES", 100)
    monkeypatch.setattr(sale_files, "BATCH", 64)
    assert sorted(len(numbers) for numbers in told(asked(drop)).values()) == [50] * 30


# What is a table of sales


def test_columns_by_our_names(drop: Path) -> None:
    put(drop / "a.csv", [{"Дата": "02.03.2026", "№": "7", "Итог": "1 234,56", "Клиент": "Б", "Вид": "ВОЗВР."}])
    fields = {"date": "Дата", "sale_id": ["Номер", "№"], "sum": ["Итог"], "buyer": "Клиент", "cash_flow_type": "Вид"}
    (line,) = asked(drop, fields=fields, return_values=["возвр."]).lines
    assert line == SaleLine(datetime(2026, 3, 2), "7", -12_345_600, True, "Б")


@pytest.mark.parametrize("lacking", ["date", "sale_id", "sum"])
def test_row_28_a_file_that_lacks_a_column_is_named(drop: Path, lacking: str) -> None:
    put(drop / "good.csv", [ROW])
    put(drop / "bad.csv", [{name: cell for name, cell in ROW.items() if name != lacking}])
    with pytest.raises(AnswerMalformed, match=rf"The file bad\.csv lacks the column of {lacking} \({lacking} / "):
        asked(drop)


def test_names_of_the_settings_stand_in_the_place_of_the_usual_ones(drop: Path) -> None:
    put(drop / "a.csv", [ROW])
    with pytest.raises(AnswerMalformed, match=r"a\.csv lacks the column of sum \(Сумма с НДС\)"):
        asked(drop, fields={"sum": "Сумма с НДС"})


def test_a_table_of_another_kind_is_refused_and_other_files_are_passed_over(drop: Path) -> None:
    put(drop / "a.csv", [ROW])
    (drop / "read me.docx").write_bytes(b"?")
    assert len(asked(drop).lines) == 1
    (drop / "b.xls").write_bytes(b"?")
    with pytest.raises(AnswerMalformed, match=r"b\.xls is of a kind that is not read"):
        asked(drop)
    assert len(asked(drop, pattern="*.CSV").lines) == 1


def test_a_broken_file_stops_the_night_whatever_else_there_is(drop: Path) -> None:
    put(drop / "a.csv", [ROW])
    (drop / "b.xlsx").write_bytes(b"PK\3\4")
    with pytest.raises(AnswerMalformed, match=r"b\.xlsx does not open"):
        asked(drop)


@pytest.mark.parametrize("content", [
    'date;sale_id;sum;buyer\n02.03.2026;1;2;"Тайный', "date;sale_id;sum;buyer\n02.03.2026;1;2;Тайный;3\n",
    "date;Тайный\n\0", "date;sale_id;sum;buyer\n02.03.2026;1;2;Тайный\n\0"])
def test_no_customer_is_in_an_error(drop: Path, content: str) -> None:
    (drop / "a.csv").write_bytes(content.encode("cp1251").replace(b"\0", b"\x98"))
    with pytest.raises(AnswerMalformed) as failure:
        asked(drop)
    chain: list[BaseException | None] = [failure.value, failure.value.__cause__, failure.value.__context__]
    assert not any("Тайный" in f"{each} {each!r} {vars(each)}" for each in chain if each)
