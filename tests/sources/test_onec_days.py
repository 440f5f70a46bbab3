"""Windows that are halved, days that are as known, control totals, and what the source says of itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from rfm_service.domain.errors import AnswerEmpty, AnswerTooHeavy, SourceBusy, SourceUnavailable
from rfm_service.domain.values import Answer, DayTotal, Period, Remark
from rfm_service.emulator import fault_bodies as bodies
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.http_server import Answer as HttpAnswer
from rfm_service.emulator.http_server import LocalServer, Request
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.shop import ListShop, Partner, ShopLine
from rfm_service.syncing import Question, Sync, fetch
from tests.ledger.books import ledger_in, live
from tests.sources.asking import BUYER, DAY, NOTHING, ONE_DAY, TOKEN, Held, answered, body, refused, row, source

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
WEEK = Period(DAY, DAY + timedelta(days=7))


class Heavy:
    """A service that fails, in a way of its own, for more than so many days at once; and what it was asked."""

    def __init__(self, most: int, fault: HttpAnswer) -> None:
        self._most, self._fault = most, fault
        self.asked: list[Period] = []
        self.refused = 0

    def __call__(self, request: Request) -> HttpAnswer:
        question = json.loads(request.body)
        first, last = (date.fromisoformat(question[key][:10]) for key in ("datefrom", "datebefore"))
        window = Period(first, last + timedelta(days=1))
        if window.days > self._most:
            self.refused += 1
            return self._fault
        self.asked.append(window)
        return HttpAnswer(body=body(row(ДатаРегистратора=first.isoformat())))


NO_MEMORY = HttpAnswer(500, bodies.NO_MEMORY.encode())
TOO_HEAVY = {"row 3: memory": (NO_MEMORY, 1), "row 3: disk": (HttpAnswer(500, bodies.DISK_FULL.encode()), 1),
             "row 2: gateway": (HttpAnswer(504), 2), "row 2: timeout": (HttpAnswer(delay_s=9), 2),
             "row 15: size": (HttpAnswer(body=b" " * 2_000_000), 1)}


@pytest.mark.parametrize("name", TOO_HEAVY)
def test_row_02_row_03_row_15_the_window_is_halved_from_the_same_place_and_stays_so(
        name: str, caplog: pytest.LogCaptureFixture) -> None:
    fault, tries = TOO_HEAVY[name]
    heavy = Heavy(8, fault)
    with LocalServer(heavy) as server:
        one = source(server.base_url, timeout_s=0.2, deadline_minutes=1, gap_s=0.01, largest_mb=1)
        found = one.lines([YEAR], NOTHING)
        one.lines([WEEK], NOTHING)
    assert (heavy.asked[0].first, heavy.asked[-2].end) == (YEAR.first, YEAR.end)
    assert all(before.end == after.first for before, after in pairwise(heavy.asked[:-1]))
    assert {window.days for window in heavy.asked[:-1]} == {7}
    assert heavy.refused == 2 * tries
    assert len(found.lines) == len(heavy.asked) - 1
    assert caplog.text.count("days at a time") == 2


def test_row_03_one_day_that_is_too_much_is_told_with_advice(caplog: pytest.LogCaptureFixture) -> None:
    heavy = Heavy(0, NO_MEMORY)
    with LocalServer(heavy) as server:
        error = refused(lambda: source(server.base_url, deadline_minutes=1).lines([YEAR], NOTHING), caplog)
    assert type(error) is AnswerTooHeavy
    assert "its server needs more" in str(error)
    assert heavy.refused == 5


def test_row_01_an_outage_leaves_the_window_as_it_is(onec: OnecServer) -> None:
    onec.faults.push(Fault(reset=True, times=2), Fault(status=503))
    source(onec.url, deadline_minutes=1).lines([YEAR], NOTHING)
    assert {each.datebefore[:10] for each in onec.requests if each.datefrom.startswith("2026-01-01")} == {"2026-01-31"}


def sold(day: date, number: str = "1", amount: int = 10_000, **more: Any) -> ShopLine:
    return ShopLine(datetime(day.year, day.month, day.day, 12), number, buyer=BUYER, amount=amount, **more)


def days_after(first: date, count: int) -> list[date]:
    return [first + timedelta(days=at) for at in range(count)]


def read(server: OnecServer, answer: Answer | None = None, period: Period = WEEK, **more: Any) -> Answer:
    """What is read when the hashes of an earlier answer are known."""
    return source(server.url, deadline_minutes=1, **more).lines([period], Held(answer.hashes) if answer else NOTHING)


@pytest.fixture
def week() -> Any:
    """A 1C with a sale on each of the first five days of a week."""
    shop = ListShop([sold(day) for day in days_after(DAY, 5)], [Partner(BUYER)])
    with OnecServer(shop, token=TOKEN) as server:
        yield shop, server


def test_every_day_that_is_read_has_a_hash_and_one_without_sales_too(week: Any) -> None:
    _, server = week
    first = read(server)
    assert first.hashes.keys() == set(days_after(DAY, 7))
    assert len(set(first.hashes.values())) == 6
    assert not first.same_days


def test_days_that_are_as_known_are_not_read(week: Any) -> None:
    _, server = week
    first = read(server)
    again = read(server, first)
    assert again.same_days == set(days_after(DAY, 5))
    assert not again.lines
    # Days without sales are told as such: an empty answer must show.
    assert again.hashes == {day: first.hashes[day] for day in days_after(DAY, 7)[5:]}


CHANGES: dict[str, Callable[[ListShop], None]] = {
    "added": lambda shop: shop.add(sold(DAY, "2")),
    "amended": lambda shop: shop.swap([sold(DAY, amount=1), *(sold(day) for day in days_after(DAY, 5)[1:])]),
    "twice": lambda shop: shop.add(sold(DAY)), "gone": lambda shop: shop.swap(list(shop.lines(*WEEK))[1:]),
    "renamed": lambda shop: shop.swap([sold(DAY)._replace(buyer="Новый"), *list(shop.lines(*WEEK))[1:]])}


@pytest.mark.parametrize("name", CHANGES)
def test_a_day_that_changed_is_read_whole(week: Any, name: str) -> None:
    shop, server = week
    first = read(server)
    CHANGES[name](shop)
    again, fresh = read(server, first), read(server)
    assert again.same_days == set(days_after(DAY + timedelta(days=1), 4))
    assert again.lines == [line for line in fresh.lines if line.at.date() == DAY]
    assert again.hashes[DAY] == fresh.hashes[DAY] != first.hashes[DAY]


@pytest.mark.parametrize("more", [{"currency": "EUR"}, {"return_values": ["Назад"]}, {"fields": {"cost": "Цена"}}])
def test_settings_that_shape_the_lines_make_all_days_new(week: Any, more: dict[str, Any]) -> None:
    _, server = week
    assert not read(server, read(server), **more).same_days


def test_a_day_with_a_row_set_aside_is_read_again_every_night(onec: OnecServer) -> None:
    for spoiled in ({"Сумма": "много"}, {"Партнер": ["x"]}, {"Валюта": "USD"}):
        found = answered(onec, body(row(), row(**spoiled)))
        assert not found.hashes
        assert len(found.lines) == 1


def test_what_lies_outside_or_has_no_date_belongs_to_no_day(onec: OnecServer) -> None:
    found = answered(onec, body(row(), row(ДатаРегистратора="2026-02-09"), row(ДатаРегистратора="вчера")))
    assert found.hashes.keys() == {DAY}
    assert len(found.rejected) == 2


def test_the_ledger_is_the_same_whether_days_are_skipped_or_not(tmp_path: Path, week: Any) -> None:
    shop, server = week
    books = ledger_in(tmp_path)
    one = source(server.url, deadline_minutes=1)
    sync, question = Sync(WEEK.last, "run", WEEK.first), Question(WEEK, (WEEK,))

    def night() -> tuple[int, int, int]:
        ingest = books.replace(fetch(sync, question, one, books), "run", WEEK)
        return ingest.added, ingest.changed, ingest.removed

    # One document lies on all five days: where one of them changes, the others are read too.
    assert (night(), len(live(books))) == ((1, 0, 0), 5)
    assert (night(), len(live(books))) == ((0, 0, 0), 5)
    shop.add(sold(DAY, "2"), sold(DAY))
    assert (night(), len(live(books))) == ((1, 1, 0), 7)
    shop.swap([])
    with pytest.raises(AnswerEmpty):
        night()
    assert len(live(books)) == 7


def totals_of(server: OnecServer, content: object) -> list[DayTotal] | None:
    server.faults.clear()
    server.faults.push(Fault(body=json.dumps({"data": content}).encode(), algoritm="totals"))
    return source(server.url).totals(WEEK)


def test_control_totals(week: Any) -> None:
    shop, server = week
    shop.add(sold(DAY), sold(DAY, "9", amount=30_000, returned=True))
    found = source(server.url).totals(WEEK)
    assert found is not None
    assert found[0] == DayTotal(DAY, 2, 3, -10_000)
    assert [total.day for total in found] == days_after(DAY, 5)


def test_control_totals_by_organisation_are_added(onec: OnecServer) -> None:
    rows = [{"Дата": "03.02.2026", "Документов": 1, "Строк": lines, "Сумма": "1 000,5"} for lines in (2, 3)]
    assert totals_of(onec, rows) == [DayTotal(DAY, 2, 5, 20_010_000)]
    rows[1]["Строк"] = None
    assert totals_of(onec, [*rows, {**rows[0], "Дата": "2025-01-01"}]) == [DayTotal(DAY, 2, None, 20_010_000)]


@pytest.mark.parametrize("content", [
    [], None, "", [row()], [{"Дата": "2026-02-03", "Документов": 1, "Сумма": 5}],
    [{"Дата": "вчера", "Документов": 1, "Строк": 1, "Сумма": 5}],
    [{"Дата": "2026-02-03", "Документов": "много", "Строк": 1, "Сумма": 5}],
    [{"Дата": "", "Документов": 1, "Строк": 1, "Сумма": 5}], [{"Дата": [], "Документов": 1, "Строк": 1, "Сумма": 5}]])
def test_any_other_answer_offers_no_totals(onec: OnecServer, content: object) -> None:
    assert totals_of(onec, content) is None


@pytest.mark.parametrize("fault", [
    Fault(status=500, body="Неизвестный алгоритм".encode()), Fault(status=404), Fault(status=400), Fault(status=403),
    Fault(body=b'{"error":"?"}'), Fault(status=404, body=bodies.HTML_PAGE), Fault(status=501)])
def test_a_refusal_offers_no_totals(onec: OnecServer, fault: Fault) -> None:
    onec.faults.push(fault.again())
    assert source(onec.url, deadline_minutes=1).totals(WEEK) is None
    assert len(onec.requests) == 1


@pytest.mark.parametrize(("fault", "kind"), [
    (Fault(reset=True), SourceUnavailable), (Fault(status=503), SourceUnavailable), (Fault(status=502), AnswerTooHeavy),
    (Fault(status=500, body=bodies.NO_LICENCE.encode()), SourceBusy)])
def test_an_outage_is_no_lack_of_totals(onec: OnecServer, fault: Fault, kind: type[Exception]) -> None:
    onec.faults.push(fault.again())
    with pytest.raises(kind):
        source(onec.url, deadline_minutes=0.003).totals(ONE_DAY)


def told(remarks: list[Remark]) -> list[str]:
    return [remark.sentence(str.format) for remark in remarks]


def test_what_the_source_says_of_itself() -> None:
    lines = [sold(DAY), sold(DAY, "2", cost=1), sold(date(2024, 12, 5)), sold(date(2025, 5, 5)),
             sold(date(2026, 1, 9), amount=50_000)]
    with OnecServer(ListShop(lines, [Partner(BUYER, manager="Отдел")]), token=TOKEN) as server:
        remarks = source(server.url, deadline_minutes=1).explain(DAY)
    said = told(remarks)
    assert said[0] == "2026-02-03: 2 sale lines of 1 customers."
    assert "gives: Себестоимость; that it does not give: Организация, Валюта, ВидНоменклатуры, Канал." in said[1]
    assert [each.split()[1] for each in said[2:4]] == ["ВидНоменклатуры", "Канал"]
    del said[2:4]
    assert said[2] == "1 customers in `partnersdata`."
    assert "Менеджер" in said[3].partition(";")[0]
    assert "every night is proved" in said[4]
    assert said[5] == "Sales run from 2024-12-05 to 2026-02-03."
    assert said[6:8] == [f"{month}: {documents} documents for {amount} RUB. Compare with the report on sales in 1C."
                         for month, documents, amount in (("2026-01", 1, "5.00"),
                                                          ("2026-02-01 – 2026-02-03", 2, "2.00"))]
    assert "wall-clock" in said[8]
    assert all(remark.good for remark in remarks)
    assert BUYER not in repr(remarks)


def test_what_the_source_says_without_totals_rows_or_customers() -> None:
    with OnecServer(ListShop([sold(date(2026, 1, 9))]), token=TOKEN) as server:
        server.faults.push(Fault(status=500, algoritm="totals").again())
        remarks = source(server.url, deadline_minutes=1).explain(DAY)
    said = " | ".join(told(remarks))
    for words in ("0 sale lines", "nothing can be said", "0 customers", "no control totals", "2026-01: 1 documents"):
        assert words in said
    assert [remark.text for remark in remarks if not remark.good] == ["{count} customers in `partnersdata`."]


def test_rows_that_are_set_aside_are_remarked(onec: OnecServer) -> None:
    onec.faults.push(Fault(body=body(row(), row(Сумма="x"), row(Сумма="y")), algoritm="clasterclients").again())
    [remark] = [each for each in source(onec.url).explain(DAY) if not each.good]
    assert told([remark]) == ["2 sale lines of 2026-02-03 cannot be understood; most often: a number was expected."]


def test_an_outage_while_it_is_asked_of_itself_is_told(onec: OnecServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        onec.faults.push(Fault(reset=True).again())
        assert isinstance(refused(lambda: source(onec.url, deadline_minutes=0.003).explain(DAY), caplog),
                          SourceUnavailable)
