"""`Ledger.replace` against a dict of documents: what is true, what was true after every ingest, and the counts."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from datetime import date, time, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Answer, Bucket, DocumentKey, Period, Rejected, SaleLine, View, day_number
from tests.ledger.books import DAY, HOSTILE, answer, days, ledger_in, line, live, query, sound, tell

NEW_YEAR = date(2025, 12, 29)
ALL = Period(NEW_YEAR, NEW_YEAR + timedelta(days=8))
NAMES = ("", "A", HOSTILE[2])
Books = dict[DocumentKey, list[SaleLine]]


class Told(NamedTuple):
    """An answer: its period and the lines of its documents, of which some lie on two days."""

    period: Period
    lines: list[SaleLine]


@st.composite
def answers(draw: st.DrawFn) -> Told:
    first = draw(st.integers(0, 7))
    period = Period(ALL.first + timedelta(days=first), ALL.first + timedelta(days=draw(st.integers(first + 1, 8))))
    lines = draw(st.lists(st.builds(
        lambda number, ago, amount, customer, returned, firm, hour, order: line(
            number, period.first + timedelta(days=ago), -abs(amount) if returned else amount, customer,
            returned=returned, organisation=firm, at=time(hour), order_id=order),
        st.sampled_from(["1", "01", "2"]), st.integers(0, period.days - 1), st.integers(-2, 3),
        st.sampled_from(NAMES), st.booleans(), st.sampled_from(["", "Ф"]), st.sampled_from([0, 23]),
        st.sampled_from(["", "З-1"])), max_size=8))
    return Told(period, lines + draw(st.sampled_from([[], lines[:1]])))


def documents(lines: list[SaleLine]) -> Books:
    books: Books = {}
    for each in lines:
        books.setdefault(each.document, []).append(each)
    return {key: sorted(found) for key, found in books.items()}


def touches(lines: list[SaleLine], period: Period) -> bool:
    found = [each.at.date() for each in lines]
    return min(found) < period.end and max(found) >= period.first


def after(books: Books, told: Told) -> Books:
    kept = {key: lines for key, lines in books.items() if not touches(lines, told.period)}
    return kept | documents(told.lines)


def counted(before: Books, told: Told) -> tuple[int, int, int]:
    news = documents(told.lines)
    changed = sum(key in before and before[key] != lines for key, lines in news.items())
    gone = {key for key, lines in before.items() if touches(lines, told.period) and key not in news}
    added = news.keys() - before.keys()
    # The same paper under another customer is a document that changed.
    renamed = len({key[:4] for key in gone} & {key[:4] for key in added})
    return len(added) - renamed, changed + renamed, len(gone) - renamed


def vanished(before: Books, told: Told) -> int:
    """Documents of which no paper came back: a renamed customer is no removal."""
    papers = {key[:4] for key in documents(told.lines)}
    return sum(touches(lines, told.period) and key[:4] not in papers for key, lines in before.items())


def plain(lines: list[SaleLine]) -> Counter[tuple[object, ...]]:
    return Counter((each.customer, day_number(each.at.date()), each.amount, each.returned) for each in lines)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(answers(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_every_state_is_the_model_s_and_stays_known(told: list[Told], shuffle: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_in(Path(folder))
        books: Books = {}
        states = []
        for each in told:
            lines = list(each.lines)
            shuffle.shuffle(lines)
            assert ledger.removal(answer(lines, each.period)).gone == vanished(books, each)
            assert tell(ledger, lines, each.period) == counted(books, each)
            books = after(books, each)
            states.append(books)
            assert tell(ledger, each.lines, each.period) == (0, 0, 0)
        assert sound(ledger)
        names = {0: ""} | dict(query(ledger, "SELECT customer_no, name FROM customers"))
        versions = ledger.facts.versions(list(names), ALL, frozenset())
        assert Counter((names[row.customer_no], row.day, row.amount, bool(row.returned))
                       for row in versions[versions["until"] == 0].itertuples()) == plain(sum(books.values(), []))
        for number, state in enumerate(states):
            known = 2 * number + 1
            true = versions[(versions["since"] <= known) & ((versions["until"] == 0) | (versions["until"] > known))]
            expected = plain(sum(state.values(), []))
            assert Counter((names[row.customer_no], row.day, row.amount, bool(row.returned))
                           for row in true.itertuples()) == expected
            held = ledger.facts.lines(Bucket(1, 100), View(ALL, known), frozenset())
            assert Counter((names[row.customer_no], row.day, row.amount, bool(row.returned))
                           for row in held.itertuples()) == Counter(
                {key: count for key, count in expected.items() if key[0]})


def test_the_same_answer_adds_no_version(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    lines = [line("1"), line("1"), line("2", customer="B")]
    assert tell(ledger, lines) == (2, 0, 0)
    assert tell(ledger, reversed(lines)) == (0, 0, 0)
    assert query(ledger, "SELECT count(*) FROM versions") == [(2,)]
    assert len(live(ledger)) == 3


def test_moved_within_the_period_is_a_change(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    week = days(DAY, DAY + timedelta(days=6))
    tell(ledger, [line("1")], week)
    assert tell(ledger, [line("1", DAY + timedelta(days=2))], week) == (0, 1, 0)
    assert [row[2] for row in live(ledger)] == [day_number(DAY) + 2]


def test_versions_are_stamped(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", amount=1)])
    tell(ledger, [line("1", amount=2)])
    tell(ledger, [])
    tell(ledger, [line("1", amount=1)])
    for table in ("versions", "lines"):
        assert query(ledger, f"SELECT amount, since, until FROM {table} ORDER BY since") == [
            (1, 1, 2), (2, 2, 3), (1, 4, 0)]


def test_numbers_restart_every_year(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    both = days(date(2025, 12, 20), date(2026, 1, 20))
    old, new = (line("1", day, order_id="5", order_date=day) for day in (both.first, both.last))
    assert tell(ledger, [old, new], both) == (2, 0, 0)
    assert query(ledger, "SELECT year FROM documents ORDER BY year") == [(2025,), (2026,)]
    assert query(ledger, "SELECT year, order_id FROM orders ORDER BY year") == [(2025, "5"), (2026, "5")]
    assert tell(ledger, [new], days(date(2026, 1, 1), both.last)) == (0, 0, 0)


def test_one_order_in_two_documents_and_years_is_one(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    both = days(date(2025, 12, 20), date(2026, 1, 20))
    tell(ledger, [line(number, day, order_id="5", order_date=both.first) for number, day in
                  (("1", both.first), ("2", both.last))], both)
    assert query(ledger, "SELECT count(DISTINCT order_no) FROM lines") == [(1,)]


@pytest.mark.parametrize("more", [{"organisation": "Ф"}, {"returned": True}, {"customer": "B"}, {"number": "01"}])
def test_what_tells_documents_apart(tmp_path: Path, more: dict[str, str]) -> None:
    ledger = ledger_in(tmp_path)
    assert tell(ledger, [line(), line(**more)]) == (2, 0, 0)


def test_seen_unchanged_stays(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer=HOSTILE[0], ref="r-1", version="v"), line("2", ref="r-2", version="v")])
    assert ledger.versions(days(DAY, DAY)) == {"r-1": "v", "r-2": "v"}
    assert tell(ledger, [], unchanged=frozenset({"r-1"})) == (0, 0, 1)
    assert [row[1] for row in live(ledger)] == [HOSTILE[0]]


def test_elsewhere_names_the_days_of_documents_stored_under_others(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    old = [DAY - timedelta(days=back) for back in (40, 39, 20)]
    tell(ledger, [line(str(at), day) for at, day in enumerate(old)], days(old[0], DAY))
    found = ledger.elsewhere(answer([line(str(at)) for at in range(3)] + [line("9")]))
    assert found == [days(old[0], old[1]), days(old[2], old[2])]
    assert ledger.elsewhere(answer([line("1", customer="B")])) == []


@pytest.mark.parametrize("asked", [0, 1])
def test_a_document_on_two_days_makes_both_be_read(tmp_path: Path, asked: int) -> None:
    ledger = ledger_in(tmp_path)
    both = [DAY, DAY + timedelta(days=1)]
    tell(ledger, [line("1", day) for day in both], days(*both))
    only = answer([], days(both[asked], both[asked]))
    assert ledger.elsewhere(only) == [days(both[1 - asked], both[1 - asked])]


def test_quarantine_is_replaced_for_the_days_read_again(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    january, february = days(date(2026, 1, 1), date(2026, 1, 31)), days(date(2026, 2, 1), date(2026, 2, 28))

    def aside(day: date | None) -> Rejected:
        return Rejected("a number was expected", day, "{}")

    ledger.replace(Answer((january,), [], [aside(january.first), aside(None)]), "r", january)
    ledger.replace(Answer((february,), [], [aside(february.first)]), "r", february)
    assert ledger.quarantined(january) == 2
    ledger.replace(Answer((january,), [], [aside(None)]), "r", january)
    assert (ledger.quarantined(january), ledger.quarantined(february)) == (1, 2)
    ledger.replace(Answer((january,), []), "r", january)
    assert (ledger.quarantined(january), ledger.quarantined(february)) == (0, 1)


def test_a_row_without_a_day_is_kept_once_however_often_its_days_are_read(tmp_path: Path) -> None:
    ledger, main = ledger_in(tmp_path), days(DAY - timedelta(days=9), DAY)
    undated, older = [Rejected("no date", None, "{}")], days(DAY - timedelta(days=99), DAY - timedelta(days=90))
    quiet = {"same_days": frozenset({main.last})}
    for periods, claimed, more in ((main,), main, {}), ((main,), Period(main.end, main.end), {}), (
            (main, older), main, quiet), ((older,), Period(older.end, older.end), {}), ((main, older), main, quiet):
        ledger.replace(answer([line()], *periods, rejected=undated, **more), "run", claimed)
        assert ledger.quarantined(main) == 1
    tell(ledger, [], older)
    assert ledger.quarantined(main) == 0


def test_a_failed_replace_changes_nothing_and_names_nobody(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer="Тайный")])
    with pytest.raises(LedgerError) as failure:
        tell(ledger, [line("2"), line("3", customer="Тайный ")])
    assert live(ledger) == [("1", "Тайный", day_number(DAY), 10_000)]
    assert query(ledger, "SELECT count(*) FROM ingests") == [(1,)]
    told, error = "", failure.value
    while error is not None:
        told, error = told + str(error) + repr(error), error.__cause__ or error.__context__
    assert "Тайный" not in told


def test_the_watermark_is_the_newest_day_asked_for(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    assert ledger.watermark() is None
    tell(ledger, [], days(DAY, DAY + timedelta(days=3)))
    assert ledger.watermark() is None, "nothing was ever stored"
    assert ledger.has_sales(ALL) is False
    tell(ledger, [line()], days(DAY, DAY))
    assert ledger.watermark() == DAY + timedelta(days=3)
