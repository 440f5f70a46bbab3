"""Joining customers and parting them again: whose the documents are now, and whose they were then."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Bucket, Period, SaleLine, View, customer_id, day_number
from rfm_service.ledger.ledger import Ledger
from tests.ledger.books import DAY, HOSTILE, answer, days, ledger_in, line, query, tell

WEEK = days(DAY, DAY + timedelta(days=6))
NAMES = ("A", "B", "C", HOSTILE[0])
EVERYBODY = Bucket(1, 100)
Owners = dict[str, str]


class Told(NamedTuple):
    """An answer for a day."""

    day: date
    lines: list[SaleLine]


class Join(NamedTuple):
    """The documents of the other count for the owner, or no longer."""

    owner: str
    other: str
    undo: bool


@st.composite
def told(draw: st.DrawFn) -> Told:
    day = WEEK.first + timedelta(days=draw(st.integers(0, 2)))
    numbers = st.sampled_from([f"{day.day}-1", f"{day.day}-2"])
    lines = st.builds(
        lambda number, amount, customer, order, firm, returned: line(
            number, day, amount, customer, order_id=order, organisation=firm, order_date=DAY if order else None,
            returned=returned),
        numbers, st.integers(1, 3), st.sampled_from(NAMES), st.sampled_from(["", "", "З-1", "З-2"]),
        st.sampled_from(["", "", "Ф"]), st.booleans())
    return Told(day, draw(st.lists(lines, max_size=6)))


JOIN = st.builds(Join, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([False, False, True]))


def root(owners: Owners, name: str) -> str:
    while name in owners:
        name = owners[name]
    return name


def joined(ledger: Ledger, owners: Owners, join: Join) -> Owners:
    """Join or part, and the owners after it; what makes no sense is refused and changes nothing."""
    if join.undo:
        allowed = owners.get(join.other) == join.owner
        after = {name: owner for name, owner in owners.items() if name != join.other}
    else:
        allowed = join.owner != join.other and not {join.owner, join.other} & owners.keys()
        allowed = allowed and root(owners, join.owner) != root(owners, join.other)
        after = owners | {join.other: join.owner}
    act = ledger.unmerge if join.undo else ledger.merge
    before = query(ledger, "SELECT count(*), max(ingest_no) FROM ingests")
    if allowed:
        act(join.owner, join.other, "word")
        return after
    with pytest.raises(LedgerError):
        act(join.owner, join.other, "word")
    assert query(ledger, "SELECT count(*), max(ingest_no) FROM ingests") == before
    return owners


def by_customer(lines: Iterable[SaleLine], owners: Owners) -> Counter[tuple[object, ...]]:
    return Counter((each.number, customer_id(root(owners, each.customer)), day_number(each.at.date()), each.amount,
                    each.order_id) for each in lines)


def stands(ledger: Ledger) -> Counter[tuple[object, ...]]:
    return Counter((row[1], row[3], int(row[4]), int(row[5]), row[2]) for frame in ledger.sales() for row in
                   frame[["organisation", "document", "order", "customer_id", "day", "amount"]].itertuples(index=False))


def orders(lines: Iterable[SaleLine], owners: Owners) -> Counter[tuple[str, tuple[int, ...]]]:
    """The orders of each customer, as the amounts of their lines."""
    found: defaultdict[object, list[int]] = defaultdict(list)
    for each in lines:
        owner = root(owners, each.customer)
        key = (each.organisation, each.order_id, DAY.year) if each.order_id else each.document
        found[customer_id(owner), key].append(each.amount)
    return Counter((who, tuple(sorted(amounts))) for (who, _key), amounts in found.items())  # type: ignore[misc]


def stored_orders(ledger: Ledger, known: int | None = None) -> Counter[tuple[str, tuple[int, ...]]]:
    ids = dict(query(ledger, "SELECT customer_no, customer_id FROM customers"))
    frame = ledger.facts.lines(EVERYBODY, View(WEEK, known), frozenset())
    return Counter((ids[who], tuple(sorted(group.tolist())))
                   for (who, _order), group in frame.groupby(["customer_no", "order_no"])["amount"])


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(told(), told(), JOIN, JOIN, JOIN), min_size=2, max_size=8))
def test_documents_are_their_owner_s_now_and_were_whose_they_were_then(steps: list[Told | Join]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger, owners, lines = ledger_in(Path(folder)), Owners(), list[SaleLine]()
        first = [line(name, WEEK.last, 7, name) for name in NAMES]
        tell(ledger, first, days(WEEK.last, WEEK.last))
        then: dict[int, Counter[tuple[str, tuple[int, ...]]]] = {}
        for step in steps:
            if isinstance(step, Join):
                owners = joined(ledger, owners, step)
            else:
                lines = [each for each in lines if each.at.date() != step.day] + step.lines
                tell(ledger, step.lines, days(step.day, step.day))
            everything = first + lines
            then[ledger.newest_ingest()] = orders(everything, owners)
        assert stands(ledger) == by_customer(everything, owners)
        versions = query(ledger, "SELECT count(*) FROM versions")
        assert tell(ledger, reversed(first + lines), WEEK) == (0, 0, 0)
        assert query(ledger, "SELECT count(*) FROM versions") == versions
        for known, state in then.items():
            assert stored_orders(ledger, known) == state
        assert query(ledger, "SELECT customer_id FROM customers WHERE customer_no > 0 ORDER BY 1") == sorted(
            (customer_id(name),) for name in NAMES)


def two(ledger: Ledger) -> None:
    tell(ledger, [line("1", amount=1, customer="A", order_id="З"), line("1", amount=2, customer="B", order_id="З"),
                  line("2", amount=3, customer="B")])


def test_row_24_joined_and_parted_are_as_before(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    two(ledger)
    before, alone = stands(ledger), stored_orders(ledger)
    assert ledger.merge("A", "B", "word") == 2
    assert stored_orders(ledger) == Counter({(customer_id("A"), (1, 2)): 1, (customer_id("A"), (3,)): 1})
    assert stored_orders(ledger, 1) == alone
    assert ledger.unmerge("A", "B", "word") == 2
    assert (stands(ledger), stored_orders(ledger)) == (before, alone)
    assert query(ledger, "SELECT kind, first_day, end_day FROM ingests WHERE ingest_no > 1") == [("merge", 0, 0)] * 2
    assert ledger.merges(1) == frozenset({2, 3})
    assert ledger.merges(2) == frozenset({3})


def test_documents_told_after_a_merge_are_the_owner_s_and_go_back_with_their_teller(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    two(ledger)
    ledger.merge("A", "B", "word")
    later = days(DAY + timedelta(days=1), DAY + timedelta(days=1))
    assert tell(ledger, [line("9", later.first, 9, "B"), line("8", later.first, 8, "A")], later) == (2, 0, 0)
    assert {row[1] for row in stands(ledger)} == {customer_id("A")}
    assert ledger.unmerge("A", "B", "word") == 3
    assert sorted(row[0] for row in stands(ledger) if row[1] == customer_id("A")) == ["1", "8"]


def test_a_reference_keeps_its_version_through_a_merge(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer="A"), line("2", customer="B", ref="r", version="v1", customer_key="k")])
    ledger.merge(customer_id("A"), "k", "word")
    assert ledger.versions(days(DAY, DAY)) == {"r": "v1"}
    assert ledger.removal(answer([line("1", customer="A")], unchanged=frozenset({"r"}))).gone == 0
    assert tell(ledger, [line("1", customer="A")], unchanged=frozenset({"r"})) == (0, 0, 0)


@pytest.mark.parametrize("undo", list(permutations([("A", "B"), ("B", "C"), ("C", "D")])))
def test_a_chain_is_undone_in_any_order(tmp_path: Path, undo: tuple[tuple[str, str], ...]) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, customer=name) for name in "ABCD"])
    before, owners = stands(ledger), Owners()
    for owner, other in (("C", "D"), ("B", "C"), ("A", "B")):
        ledger.merge(owner, other, "word")
    assert {row[1] for row in stands(ledger)} == {customer_id("A")}
    owners = {"B": "A", "C": "B", "D": "C"}
    for owner, other in undo:
        ledger.unmerge(owner, other, "word")
        del owners[other]
        assert {row[0]: row[1] for row in stands(ledger)} == {
            name: customer_id(root(owners, name)) for name in "ABCD"}
    assert stands(ledger) == before


def test_several_count_for_one(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, customer=name) for name in "ABC"])
    ledger.merge("A", "B", "word")
    ledger.merge("A", "C", "word")
    assert {row[1] for row in stands(ledger)} == {customer_id("A")}
    ledger.unmerge("A", "B", "word")
    assert {row[0]: row[1] for row in stands(ledger)} == {
        "A": customer_id("A"), "B": customer_id("B"), "C": customer_id("A")}


@pytest.mark.parametrize(("kept", "other"), [("A", "A"), ("A", "B"), ("B", "A"), ("B", "C"), ("C", "B")])
def test_what_cannot_be_joined_is_refused(tmp_path: Path, kept: str, other: str) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, customer=name) for name in "ABC"])
    ledger.merge("A", "B", "word")
    before = query(ledger, "SELECT * FROM customers"), stands(ledger)
    with pytest.raises(LedgerError):
        ledger.merge(kept, other, "word")
    if (kept, other) != ("A", "B"):
        with pytest.raises(LedgerError, match="does not count for the first"):
            ledger.unmerge(kept, other, "word")
    assert (query(ledger, "SELECT * FROM customers"), stands(ledger)) == before


def shown(ledger: Ledger) -> dict[str, str]:
    frame = ledger.customers()
    return dict(zip(frame["customer_id"], frame["customer"], strict=True))


def test_a_joined_customer_is_shown_by_the_name_of_its_newest_document(tmp_path: Path) -> None:
    ledger, new, old = ledger_in(tmp_path), DAY + timedelta(days=3), DAY - timedelta(days=3)
    tell(ledger, [line("1", customer="A"), line("2", new, customer="B"), line("3", old, customer="C")], days(old, new))
    ledger.merge("A", "B", "word")
    ledger.merge("A", "C", "word")
    assert shown(ledger) == {customer_id("A"): "B", customer_id("B"): "B", customer_id("C"): "C"}
    assert {row.customer for frame in ledger.sales() for row in frame.itertuples()} == {"B"}
    tell(ledger, [], days(new, new))
    ledger.save_partners([])
    assert shown(ledger)[customer_id("A")] == "A"
    tell(ledger, [line("9", new, customer="C")], days(new, new))
    ledger.save_partners([])
    assert shown(ledger)[customer_id("A")] == "C"
    ledger.unmerge("A", "C", "word")
    assert shown(ledger)[customer_id("A")] == "A"


def test_of_a_chain_the_last_owner_is_shown_by_the_newest_document_of_all(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, DAY + timedelta(days=at), customer=name) for at, name in enumerate("ABC")], WEEK)
    ledger.merge("B", "C", "word")
    ledger.merge("A", "B", "word")
    assert shown(ledger) == {customer_id("A"): "C", customer_id("B"): "B", customer_id("C"): "C"}
    tell(ledger, [], WEEK)
    ledger.save_partners([])
    assert shown(ledger)[customer_id("A")] == "A", "without a document by its own name"


@pytest.mark.parametrize("own", ["A", "B", "C"])
def test_a_company_of_our_own_is_left_out_by_any_of_its_names(tmp_path: Path, own: str) -> None:
    ledger, mine = ledger_in(tmp_path), frozenset({own})
    tell(ledger, [line(name, customer=name) for name in "ABCD"])
    before = View(WEEK, ledger.newest_ingest())
    ledger.merge("B", "C", "word")
    ledger.merge("A", "B", "word")
    assert len(ledger.facts.lines(EVERYBODY, View(WEEK), mine)) == 1
    assert ledger.facts.left_out(View(WEEK), mine) == {"own_companies": 3, "no_customer": 0}
    numbers = {name: number for number, name in query(ledger, "SELECT customer_no, told FROM customers")}
    assert set(ledger.facts.versions(list(numbers.values()), WEEK, mine)["customer_no"]) <= set(
        numbers.values()) - {numbers[own], numbers["A"]}
    assert numbers[own] not in set(ledger.facts.lines(EVERYBODY, before, mine)["customer_no"])


def test_a_merge_is_no_news_of_how_far_the_ledger_is_whole(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    two(ledger)
    loaded = ledger.loaded(DAY)
    ledger.merge("A", "B", "word")
    assert ledger.loaded(DAY) == loaded == Period(DAY, DAY + timedelta(days=1))


@pytest.mark.parametrize("named", ["", "nobody", "  ", "0"])
def test_a_customer_that_is_not_there_is_no_customer(tmp_path: Path, named: str) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer=""), line("2", customer="A")])
    with pytest.raises(LedgerError, match="0 customers have that id"):
        ledger.merge("A", named, "word")


def test_a_name_of_two_customers_needs_their_ids_and_a_refusal_names_nobody(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(key, customer="Тайный", customer_key=key) for key in ("k-1", "k-2")])
    with pytest.raises(LedgerError, match="2 customers have that id or name") as refusal:
        ledger.merge("Тайный", "k-2", "word")
    assert "Тайный" not in repr(refusal.value) + str(refusal.value.values)
    assert ledger.merge("k-1", "k-2", "word") == 1
    assert ledger.unmerge("k-1", "k-2", "word") == 1
    assert {row[1] for row in stands(ledger)} == {"k-1", "k-2"}


def test_no_document_to_move_is_a_merge_all_the_same(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    two(ledger)
    tell(ledger, [line("1", amount=1, customer="A", order_id="З")])
    assert ledger.merge("A", "B", "word") == 0
    assert tell(ledger, [line("7", customer="B")]) == (1, 0, 1)
    assert {row[1] for row in stands(ledger)} == {customer_id("A")}
