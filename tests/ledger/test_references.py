"""Documents by reference: what 1C did to them, told by versions, against a plain model of the ledger."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.values import Answer, Period, Removal, SaleLine, day_number
from rfm_service.ledger.ledger import Ledger
from tests.ledger.books import DAY, HOSTILE, answer, days, ledger_in, line, query, tell

FIRST = date(2025, 12, 29)
ALL = Period(FIRST, FIRST + timedelta(days=8))
KEYS = {"k-1": "Ромашка", "k-2": "Ромашка", "k-3": HOSTILE[0], "": ""}


class Paper(NamedTuple):
    """A document as 1C has it: `written` counts how often; a line of a `spoiled` one is set aside."""

    day: date
    number: str
    customer: str
    amounts: tuple[int, ...]
    written: int
    posted: bool = True
    spoiled: bool = False

    @property
    def version(self) -> str:
        return f"v{self.written}"

    @property
    def known(self) -> str:
        """The version that the ledger holds."""
        return "" if self.spoiled else self.version

    @property
    def content(self) -> tuple[object, ...]:
        return self[:4]

    def lines(self, ref: str) -> list[SaleLine]:
        return [line(self.number, self.day, amount, KEYS[self.customer], ref=ref, version=self.known, order_id="З-1",
                     customer_key=self.customer, at=time(9)) for amount in self.amounts]


Shop = dict[str, Paper]
DAYS = st.integers(0, 7).map(lambda ago: FIRST + timedelta(days=ago))
CHANGES: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "edit": st.lists(st.integers(-3, 3), min_size=1, max_size=3).map(lambda found: {"amounts": tuple(found)}),
    "rewrite": st.just({}),
    "spoil": st.just({"spoiled": True}),
    "mend": st.just({"spoiled": False}),
    "move": DAYS.map(lambda day: {"day": day}),
    "customer": st.sampled_from(sorted(KEYS)).map(lambda key: {"customer": key}),
    "number": st.sampled_from(["1", "01"]).map(lambda number: {"number": number}),
    "un-post": st.just({"posted": False}),
    "post": st.just({"posted": True}),
}
CHANGE = st.sampled_from(sorted(CHANGES)).flatmap(CHANGES.__getitem__)
NEW = st.builds(lambda day, customer, amount: Paper(day, "1", customer, (amount,), 0), DAYS,
                st.sampled_from(sorted(KEYS)), st.integers(-3, 3))


class Night(NamedTuple):
    """What happened in 1C, by reference (None: deleted), and which days are asked for."""

    changes: list[tuple[str, dict[str, Any] | None]]
    new: dict[str, Paper]
    period: Period
    whole: bool


@st.composite
def nights(draw: st.DrawFn) -> Night:
    refs = st.sampled_from(["r-1", "r-2", "r-3", "r-4", "r-5"])
    first = draw(st.integers(0, 7))
    period = Period(FIRST + timedelta(days=first), FIRST + timedelta(days=draw(st.integers(first + 1, 8))))
    return Night(draw(st.lists(st.tuples(refs, st.one_of(CHANGE, CHANGE, CHANGE, st.none())), max_size=4)),
                 draw(st.dictionaries(refs, NEW, max_size=3)), draw(st.sampled_from([period, ALL])),
                 draw(st.booleans()) and draw(st.booleans()))


def happen(shop: Shop, night: Night, clock: Iterator[int]) -> None:
    for ref, paper in night.new.items():
        shop.setdefault(ref, paper._replace(written=next(clock)))
    for ref, change in night.changes:
        if change is None:
            shop.pop(ref, None)
        elif ref in shop:
            shop[ref] = shop[ref]._replace(**change, written=next(clock))


def sweep(shop: Shop, period: Period, known: Mapping[str, str]) -> Answer:
    """What a source by references and versions says of the period."""
    there = {ref: paper for ref, paper in shop.items() if paper.posted and paper.day in period}
    same = frozenset(ref for ref, paper in there.items() if known.get(ref) == paper.version)
    return answer([each for ref, paper in there.items() if ref not in same for each in paper.lines(ref)], period,
                  unchanged=same)


def expected(stored: Shop, told: Shop, period: Period) -> tuple[tuple[int, int, int], Removal]:
    """Added, changed, removed; and the removals."""
    inside = {ref: paper for ref, paper in stored.items() if paper.day in period}
    gone = [paper for ref, paper in inside.items() if ref not in told]
    dates = [paper.day for paper in gone]
    changed = sum(ref in stored and stored[ref].content != paper.content for ref, paper in told.items())
    return (len(told.keys() - stored.keys()), changed, len(gone)), Removal(
        len(gone), len(inside), sum(sum(paper.amounts) for paper in gone), min(dates, default=None),
        max(dates, default=None))


def stands(ledger: Ledger) -> list[tuple[object, ...]]:
    return sorted((row.document, row.customer_id, row.day, row.amount)
                  for frame in ledger.sales() for row in frame.itertuples())


def as_stored(shop: Shop) -> list[tuple[object, ...]]:
    return sorted((paper.number, paper.customer, day_number(paper.day), each)
                  for paper in shop.values() for each in paper.amounts)


def versions(ledger: Ledger) -> int:
    return int(query(ledger, "SELECT count(*) FROM versions")[0][0])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(nights(), min_size=1, max_size=5))
def test_the_ledger_is_the_model_of_what_was_told_by_reference(told: list[Night]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, shop, stored, clock = ledger_in(Path(folder)), Shop(), Shop(), count(1)
        for night in told:
            happen(shop, night, clock)
            period = night.period
            said = sweep(shop, period, {} if night.whole else ledger.versions(period))
            there = {ref: paper for ref, paper in shop.items() if paper.posted and paper.day in period}
            counts, removal = expected(stored, there, period)
            before = versions(ledger)
            assert ledger.removal(said) == removal
            assert tell(ledger, said.lines, period, unchanged=said.unchanged) == counts
            assert versions(ledger) == before + counts[0] + counts[1]
            stored = {ref: paper for ref, paper in stored.items() if paper.day not in period} | there
            assert stands(ledger) == as_stored(stored)
            for part in (ALL, period):
                assert ledger.versions(part) == {
                    ref: paper.known for ref, paper in stored.items() if paper.day in part}
            for again in (said, sweep(shop, period, ledger.versions(period))):
                assert tell(ledger, again.lines, period, unchanged=again.unchanged) == (0, 0, 0)
            assert versions(ledger) == before + counts[0] + counts[1]
            assert stands(ledger) == as_stored(stored)


def test_a_rewrite_without_a_change_is_known_by_its_new_version_and_adds_none(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(ref="r", version="v1")])
    assert tell(ledger, [line(ref="r", version="v2")]) == (0, 0, 0)
    assert ledger.versions(days(DAY, DAY)) == {"r": "v2"}
    assert query(ledger, "SELECT since, until FROM versions") == [(1, 0)]


def test_one_reference_under_two_identities_is_one_paper(tmp_path: Path) -> None:
    """A recorder of a register brings sales and returns, or several customers, under one reference."""
    ledger = ledger_in(tmp_path)
    sale, back, other = line(ref="r"), line(ref="r", returned=True, amount=-1), line(ref="r", customer="B")
    assert tell(ledger, [sale, back, other]) == (3, 0, 0)
    assert tell(ledger, [], unchanged=frozenset({"r"})) == (0, 0, 0)
    assert ledger.removal(answer([back])) == Removal(0, 3, 0, None, None)
    assert tell(ledger, [back]) == (0, 0, 2)
    assert tell(ledger, [other, sale]) == (1, 1, 0)


def test_a_reference_that_moved_out_of_the_days_asked_is_gone_until_its_day_is_read(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    later = DAY + timedelta(days=9)
    tell(ledger, [line(ref="r", version="v1")])
    assert tell(ledger, []) == (0, 0, 1)
    assert tell(ledger, [line(day=later, ref="r", version="v2")], days(later, later)) == (1, 0, 0)
    assert tell(ledger, [line(ref="r", version="v3")]) == (0, 1, 0)
    assert ledger.versions(days(later, later)) == {}


def test_what_was_seen_unchanged_and_then_read_is_as_it_was_read(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    later = DAY + timedelta(days=1)
    tell(ledger, [line(ref="r", version="v1")])
    early = answer([], unchanged=frozenset({"r"}))
    both = early.joined(answer([line(day=later, customer="B", ref="r", version="v2")], days(later, later)))
    ledger.replace(both, "run", both.periods[0])
    assert ledger.versions(days(DAY, later)) == {"r": "v2"}
    assert query(ledger, "SELECT count(*) FROM versions WHERE until = 0") == [(1,)]


def test_elsewhere_never_asks_for_what_has_a_reference(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(ref="r", version="v1")])
    later = days(DAY + timedelta(days=9), DAY + timedelta(days=9))
    assert ledger.elsewhere(answer([line(day=later.first, ref="r", version="v2")], later)) == []


def test_a_number_of_an_old_protocol_is_another_document_than_its_reference(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1"), line("2")])
    by_reference = answer([line("1", ref="r-1"), line("2", ref="r-2")])
    assert ledger.removal(by_reference).gone == 2
    assert tell(ledger, by_reference.lines) == (2, 0, 2)


@pytest.mark.parametrize("change", [
    {"customer": "B"}, {"day": DAY + timedelta(days=1)}, {"amount": 7}, {"number": "77"}, {"organisation": "Ф"},
    {"returned": True}, {"day": date(2025, 1, 1)}])
def test_row_20_what_changed_by_reference_is_no_removal(tmp_path: Path, change: dict[str, Any]) -> None:
    ledger = ledger_in(tmp_path)
    week = days(date(2025, 1, 1), DAY + timedelta(days=2))
    tell(ledger, [line(ref="r"), line("2", ref="r-2")], week)
    changed = answer([line(**{"ref": "r", **change}), line("2", ref="r-2")], week)
    assert ledger.removal(changed) == Removal(0, 2, 0, None, None)
    assert tell(ledger, changed.lines, week) == (0, 1, 0)
