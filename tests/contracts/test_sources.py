"""What the port of sources promises: all lines of the periods and no others, or an error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from rfm_service import wiring
from rfm_service.domain.errors import SourceError
from rfm_service.domain.values import Answer, Period, SaleLine, merge_periods
from rfm_service.domain.values import Partner as Told
from rfm_service.emulator.shop import Partner, ShopLine, document_of
from tests.contracts.sockets import stand
from tests.contracts.stands.worlds import SourceStand

MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))
SPRING = Period(date(2026, 3, 1), date(2026, 6, 1))
SALE = ShopLine(datetime(2026, 3, 1), "А-1", datetime(2026, 2, 28, 9), "З-1", "Ателье «Ёлка»", "ООО «Ёлка»", 77,
                "Платье", "синий, 48", 2_500, 123_456_700, "г. Пермь", organisation="Фирма", cost=5_000)
RETURN = SALE._replace(date=datetime(2026, 3, 31, 23, 59, 59), sale_id="А-2", returned=True, quantity=1_000)
OUTSIDE = [SALE._replace(date=datetime(2026, 2, 28, 23, 59, 59), sale_id="А-3"),
           SALE._replace(date=datetime(2026, 4, 1), sale_id="А-4")]
STORNO = SALE._replace(date=datetime(2026, 3, 9, 12), sale_id="А-5", amount=-1, order_date=None, order_id="",
                       site_id=None, cost=None)
WANTED = {
    SaleLine(SALE.date, "А-1", 123_456_700, False, "Ателье «Ёлка»", "ООО «Ёлка»", "Фирма", "З-1", date(2026, 2, 28),
             "Платье", "синий, 48", 2_500, "г. Пермь", "77", cost=5_000),
    SaleLine(RETURN.date, "А-2", -123_456_700, True, "Ателье «Ёлка»", "ООО «Ёлка»", "Фирма", "З-1", date(2026, 2, 28),
             "Платье", "синий, 48", 1_000, "г. Пермь", "77", cost=5_000),
    SaleLine(STORNO.date, "А-5", -1, False, "Ателье «Ёлка»", "ООО «Ёлка»", "Фирма", "", None,
             "Платье", "синий, 48", 2_500, "г. Пермь"),
}


class Knows:
    """A ledger that took over an answer, or is empty."""

    def __init__(self, answer: Answer | None = None, partners: Iterable[Told] = ()) -> None:
        self.lines = answer.lines if answer else ()
        self._hashes = answer.hashes if answer else {}
        self._partners = {partner.ref: partner.version for partner in partners if partner.ref}

    def has_sales(self, period: Period) -> bool:
        return any(line.at.date() in period for line in self.lines)

    def hashes(self, period: Period) -> dict[date, bytes]:
        return {day: told for day, told in self._hashes.items() if day in period}

    def versions(self, period: Period) -> dict[str, str]:
        return {line.ref: line.version for line in self.lines if line.ref and line.at.date() in period}

    def partners(self) -> dict[str, str]:
        return self._partners


@pytest.fixture(params=wiring.kinds("sources"))
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SourceStand]:
    with stand("sources", request.param)(tmp_path) as opened:
        opened.shop.add(SALE, RETURN, STORNO, *OUTSIDE)
        opened.shop.add_partner(
            Partner("Ателье «Ёлка»", "a@example.com", "Опт", "Отдел 1", "+79000000000", "0012345678"))
        yield opened


def asked(world: SourceStand, *periods: Period) -> Answer:
    return world.plug.lines(periods, Knows())


def covered(world: SourceStand, answer: Answer, *periods: Period) -> bool:
    """Whether an answer is of the periods: all their days, or those with sales where others are not known of."""
    days = {line.at.date() for line in answer.lines}
    sold = merge_periods(Period(day, day + timedelta(days=1)) for day in days)
    return answer.periods == (tuple(sold) if world.gaps else periods)


def plain(world: SourceStand, lines: Iterable[SaleLine]) -> set[SaleLine]:
    return {world.plain(line) for line in lines}


def test_a_period_comes_whole_and_alone(world: SourceStand) -> None:
    answer = asked(world, MARCH)
    assert covered(world, answer, MARCH)
    assert len(answer.lines) == 3
    assert plain(world, answer.lines) == plain(world, WANTED)
    assert not answer.rejected


def test_the_same_question_gets_the_same_answer(world: SourceStand) -> None:
    assert list(asked(world, MARCH).lines) == list(asked(world, MARCH).lines)


def test_a_long_period_and_several_give_every_line_once(world: SourceStand) -> None:
    parts = [Period(date(2026, 2, 1), MARCH.first), SPRING]
    whole = asked(world, Period(parts[0].first, parts[1].end))
    assert sorted(line.number for line in whole.lines) == ["А-1", "А-2", "А-3", "А-4", "А-5"]
    assert covered(world, asked(world, *parts), *parts)
    assert set(asked(world, *parts).lines) == set(whole.lines)


def test_what_is_known_and_the_same_is_read_again_or_told_to_be_so(world: SourceStand) -> None:
    first = asked(world, MARCH)
    again = world.plug.lines([MARCH], Knows(first))
    same = [line for line in first.lines if line.ref in again.unchanged or line.at.date() in again.same_days]
    assert plain(world, [*same, *again.lines]) == plain(world, first.lines)
    assert not set(same) & set(again.lines)


def test_texts_with_what_cannot_be_shown_are_cleaned_and_counted_once(world: SourceStand) -> None:
    assert asked(world, MARCH).cleaned == 0
    odd = SALE._replace(date=datetime(2026, 3, 12), sale_id="А-6", buyer="До\x07м", product="\u202eПлатье\u202c")
    world.shop.add(odd, odd._replace(date=datetime(2026, 3, 14), sale_id="А-7"))
    answer = asked(world, MARCH)
    assert {(line.customer, line.product) for line in answer.lines if line.number in ("А-6", "А-7")} == {
        ("Дом", "Платье")}
    assert answer.cleaned == 2
    assert asked(world, MARCH).cleaned == 0


def test_what_changed_is_told(world: SourceStand) -> None:
    first = asked(world, MARCH)
    world.shop.replace(document_of(SALE), SALE._replace(amount=100))
    again = world.plug.lines([MARCH], Knows(first))
    assert [line.amount for line in again.lines if line.number == "А-1"] == [100]


def test_totals_are_those_of_the_lines(world: SourceStand) -> None:
    totals = world.plug.totals(SPRING)
    days: dict[date, int] = {}
    for line in asked(world, SPRING).lines:
        days[line.at.date()] = days.get(line.at.date(), 0) + line.amount
    assert totals is None or {total.day: total.amount for total in totals} == days


def test_a_source_explains_itself(world: SourceStand) -> None:
    for remark in world.plug.explain(MARCH.last):
        assert remark.good
        assert remark.sentence(str.format)


def test_no_sales_are_no_lines(world: SourceStand) -> None:
    assert not asked(world, Period(date(2025, 1, 1), date(2025, 2, 1))).lines


def test_customers(world: SourceStand) -> None:
    (partner,) = world.plug.customers(date(2026, 3, 31), Knows())
    assert partner[:4] == ("Ателье «Ёлка»", "a@example.com", "Опт", "Отдел 1")
    assert (partner.phone, partner.tax_id) == ("+79000000000", "0012345678")
    assert {line.told for line in asked(world, MARCH).lines} == {partner.told}
    again = world.plug.customers(date(2026, 3, 31), Knows(partners=[partner]))
    assert again == ([] if partner.version else [partner])


def test_an_outage_is_an_error_and_never_an_empty_answer(world: SourceStand) -> None:
    world.fail()
    with pytest.raises(SourceError):
        asked(world, MARCH)
    with pytest.raises(SourceError):
        world.plug.customers(date(2026, 3, 31), Knows())
