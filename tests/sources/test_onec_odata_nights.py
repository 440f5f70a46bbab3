"""Night after night: what a ledger takes over from OData is what 1C has, whatever people do to documents."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.values import Period
from rfm_service.emulator.fates import Fates
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.papers import papers
from rfm_service.emulator.shop import ListShop, ShopLine, document_of, signed_amount
from tests.sources.odata_asking import FEBRUARY, SALES, Book, asked, questions, source

NOON = datetime(2026, 2, 3, 12)
LINE = ShopLine(NOON, "А-1", datetime(2026, 2, 1, 9), "З-1", "Ателье", "ООО", None, "Платье", "48", 2_000, 1_234_500,
                organisation="Фирма")
NUMBERS = st.integers(1, 12)


def sale(number: int, at: datetime = NOON, amount: int = 1_000_000, *, lines: int = 1) -> list[ShopLine]:
    return [LINE._replace(date=at, sale_id=f"А-{number}", amount=amount + each) for each in range(lines)]


def told_by(shop: ListShop | LivingShop, period: Period) -> list[tuple[str, datetime, str, str, int, bool]]:
    """What 1C has: reference, moment, number, customer, signed amount, whether a return, of every line."""
    return sorted((paper.ref, line.date, line.sale_id, line.buyer, signed_amount(line), line.returned)
                  for paper in papers(shop, period.first, period.end) if paper.counts for line in paper.lines)


def kept(book: Book) -> list[tuple[str, datetime, str, str, int, bool]]:
    return sorted((line.ref, line.at, line.number, line.customer, line.amount, line.returned) for line in book.lines)


def night(server: OnecServer, book: Book, *periods: Period) -> None:
    book.take(asked(server, *(periods or [FEBRUARY]), book=book))


@st.composite
def deeds(draw: st.DrawFn) -> Callable[[ListShop], None]:
    """Something that people do: write, edit, delete, move a document, or give it to another customer."""
    number, day, amount = draw(NUMBERS), draw(st.integers(-3, 30)), draw(st.integers(-5, 5)) * 100
    lines, kind = draw(st.integers(1, 3)), draw(st.sampled_from(["write", "edit", "delete", "move", "resell"]))
    at = NOON + timedelta(days=day, seconds=draw(st.integers(0, 2)))

    def deed(shop: ListShop) -> None:
        found = next((line for line in shop.lines(date.min, date.max) if line.sale_id == f"А-{number}"), None)
        if found is None:
            shop.add(*sale(number, at, amount, lines=lines))
        elif kind == "delete":
            shop.remove(document_of(found))
        elif kind == "move":
            shop.move(document_of(found), at.date())
        elif kind == "resell":
            shop.replace(document_of(found), found._replace(buyer="Салон"))
        else:
            shop.replace(document_of(found), *sale(number, found.date, amount, lines=lines))

    return deed


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(deeds(), max_size=6), min_size=1, max_size=4))
def test_after_each_night_the_ledger_is_what_1c_has(nights: list[list[Callable[[ListShop], None]]]) -> None:
    shop, book = ListShop(), Book()
    with OnecServer(shop) as server:
        for done in nights:
            for deed in done:
                deed(shop)
            night(server, book)
            assert kept(book) == told_by(shop, FEBRUARY)


def test_a_living_base_is_followed_for_weeks() -> None:
    fates = Fates(late=1_500, edited=900, unposted=600, marked=300, deleted=200, moved=300, renumbered=100,
                  rewritten=300, resold=200, partners_merged=300)
    first = date(2026, 2, 1)
    base = GeneratedShop(seed=7, lines=800, days=60, last_day=date(2026, 3, 5))
    shop, book = LivingShop(base, 7, fates, first), Book()
    with OnecServer(shop) as server:
        for day in range(0, 28, 4):
            shop.clock = first + timedelta(days=day)
            horizon = Period(shop.clock - timedelta(days=45), shop.clock)
            night(server, book, horizon)
            kept_then = [line for line in kept(book) if line[1].date() in horizon]
            assert without_names(kept_then) == without_names(told_by(shop, horizon))


def without_names(lines: list[tuple[str, datetime, str, str, int, bool]]) -> list[tuple[object, ...]]:
    """A customer's new name comes with the customers, no document is written for it."""
    return [(*line[:3], *line[4:]) for line in lines]


@pytest.fixture
def shop() -> ListShop:
    return ListShop([line for number in range(1, 40) for line in sale(number, NOON + timedelta(minutes=number))])


def test_row_18_a_document_entered_late_is_found_at_the_far_end_of_the_horizon(shop: ListShop) -> None:
    horizon, book = Period(date(2025, 1, 1), FEBRUARY.end), Book()
    with OnecServer(shop) as server:
        night(server, book, horizon)
        shop.add(*sale(99, datetime(2025, 1, 7, 23, 59, 59)))
        answer = asked(server, horizon, book=book)
    assert [line.number for line in answer.lines] == ["А-99"]
    assert answer.unchanged == book.documents.keys()


def test_row_19_an_edited_document_is_replaced_by_all_of_its_lines(shop: ListShop) -> None:
    book = Book()
    with OnecServer(shop) as server:
        night(server, book)
        shop.replace(document_of(sale(7)[0]), *sale(7, lines=3))
        night(server, book)
        assert kept(book) == told_by(shop, FEBRUARY)
        assert len(book.lines) == 41


def test_row_20_deleted_and_moved_documents_go(shop: ListShop) -> None:
    book = Book()
    with OnecServer(shop) as server:
        night(server, book)
        shop.remove(document_of(sale(7)[0]))
        shop.move(document_of(sale(8)[0]), date(2026, 5, 1))
        night(server, book)
        assert {line.number for line in book.lines} == {f"А-{number}" for number in range(1, 40)} - {"А-7", "А-8"}


@pytest.mark.slow
@pytest.mark.parametrize("rows", [-3, 3])
def test_row_17_rows_that_shift_between_pages_lose_nothing(shop: ListShop, rows: int) -> None:
    shop.swap([line for number in range(1, 2_050) for line in sale(number)])
    book = Book()
    with OnecServer(shop) as server:
        night(server, book)
        server.faults.push(Fault(shift=rows, times=None))
        night(server, book)
        assert any("$skip" in question for question in questions(server))
        assert kept(book) == told_by(shop, FEBRUARY)


def test_row_21_a_return_lowers_and_a_correction_keeps_its_sign(shop: ListShop) -> None:
    shop.swap([LINE._replace(returned=True, sale_id="В-1"), LINE._replace(amount=-500, sale_id="К-1"), LINE])
    with OnecServer(shop) as server:
        amounts = {line.number: (line.amount, line.returned) for line in asked(server).lines}
    assert amounts == {"В-1": (-1_234_500, True), "К-1": (-500, False), "А-1": (1_234_500, False)}


def test_row_23_two_lines_that_are_the_same_are_two(shop: ListShop) -> None:
    shop.swap([LINE, LINE])
    with OnecServer(shop) as server:
        assert [line.amount for line in asked(server).lines] == [1_234_500, 1_234_500]


def test_row_24_after_a_replacement_of_partners_documents_come_under_the_key_that_is_left(shop: ListShop) -> None:
    book = Book()
    shop.add(LINE._replace(buyer="Ателье Плюс", sale_id="П-1"))
    with OnecServer(shop) as server:
        night(server, book)
        keys = {line.customer: line.customer_key for line in book.lines}
        shop.replace(document_of(LINE._replace(buyer="Ателье Плюс", sale_id="П-1")), LINE._replace(sale_id="П-1"))
        night(server, book)
    assert {line.customer_key for line in book.lines} == {keys["Ателье"]}
    assert len(keys) == 2


@pytest.mark.parametrize("at", [datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29), datetime(2026, 3, 29, 23, 59, 59)])
def test_row_26_times_are_taken_as_they_stand(shop: ListShop, at: datetime) -> None:
    """The night in which Europe puts its clocks forward has an hour that is not there; in 1C it is."""
    shop.swap(sale(1, at))
    with OnecServer(shop) as server:
        (line,) = asked(server, Period(at.date(), at.date() + timedelta(days=1))).lines
    assert line.at == at


def test_a_quiet_night_asks_for_headers_only(shop: ListShop) -> None:
    book = Book()
    with OnecServer(shop) as server:
        night(server, book)
        server.requests.clear()
        answer = asked(server, book=book)
        assert not answer.lines
        assert answer.unchanged == book.documents.keys()
        assert not any("Number" in question for question in questions(server))
        assert len(questions(server, SALES)) == 1


def test_a_document_with_a_line_set_aside_is_read_every_night(shop: ListShop) -> None:
    shop.add(LINE._replace(currency="EUR", sale_id="Е-1"))
    book = Book()
    with OnecServer(shop) as server:
        first = source(server).lines([FEBRUARY], book)
        book.take(first)
        assert [(row.reason, row.day) for row in first.rejected] == [("the line is in another currency", NOON.date())]
        assert source(server).lines([FEBRUARY], book).rejected == first.rejected
        mended = source(server, currency="EUR").lines([FEBRUARY], book)
    assert {line.number for line in mended.lines} == {"Е-1"}
    assert len(mended.unchanged) == 39


def test_customers_are_read_again_only_where_they_changed(shop: ListShop) -> None:
    base = GeneratedShop(seed=3, lines=2_000, days=40, last_day=date(2026, 3, 1))
    living, book = LivingShop(base, 3, Fates(partners_renamed=9_000), date(2026, 2, 1)), Book()
    with OnecServer(living) as server:
        book.met(source(server).customers(living.clock, book))
        names = {ref: partner.name for ref, partner in book.people.items()}
        living.clock = date(2026, 4, 1)
        changed = source(server).customers(living.clock, book)
    assert changed
    assert len(changed) < len(names) / 2
    assert all(partner.key == partner.ref in names for partner in changed)
    assert any(partner.name != names[partner.ref] for partner in changed)
