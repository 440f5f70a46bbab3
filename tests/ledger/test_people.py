"""Customers over time: how they are told of, what is known of them, renames that are followed or proposed."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Partner, customer_id
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.people import Rename
from tests.ledger.books import DAY, HOSTILE, answer, days, ledger_in, line, query, tell


def night(ledger: Ledger, partners: list[Partner]) -> int:
    """What a night does with the partners; the number of joined names."""
    joined = ledger.follow_renames(partners, "run")
    ledger.save_partners(partners)
    return joined


def named(*names: str, **refs: str) -> list[Partner]:
    """Partners told by name: without a reference, or reference = name."""
    return [Partner(name) for name in names] + [Partner(name, f"{name}@x", ref=ref) for ref, name in refs.items()]


def owners(ledger: Ledger) -> dict[str, str]:
    """Told -> the customer whose documents they are, as stored with the documents."""
    return dict(query(ledger, "SELECT teller.told, owner.told FROM versions JOIN documents USING (document_no) "
                              "JOIN customers teller ON teller.customer_no = documents.customer_no "
                              "JOIN customers owner ON owner.customer_no = versions.customer_no WHERE until = 0"))


def customers(ledger: Ledger) -> dict[str, tuple[str, str]]:
    frame = ledger.customers().set_index("customer_id")
    return {number: (row.customer, row.email) for number, row in frame.iterrows()}


@pytest.mark.parametrize("order", ["ABC", "CBA", "BC", "CB", "B", "AC"])
def test_whom_one_of_several_joined_names_bars_is_not_contacted(tmp_path: Path, order: str) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, customer=name) for name in "ABCD"])
    ledger.save_partners([Partner(name, do_not_contact=name == "B") for name in "ABCD"])
    ledger.merge("B", "C", "word")
    ledger.merge("A", "B", "word")
    ledger.save_partners([Partner(name, do_not_contact=name == "B") for name in order])
    barred = ledger.customers().set_index("customer_id")["do_not_contact"]
    assert (barred[customer_id("A")], barred[customer_id("B")], barred[customer_id("D")]) == (True, True, False)
    ledger.save_partners([Partner(name) for name in "ABCD"])
    assert not ledger.customers()["do_not_contact"].any()


def test_by_name_the_id_is_of_the_name_and_by_reference_it_is_the_reference(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    names = [name for name in HOSTILE if name.strip() == name]
    tell(ledger, [line(f"n{at}", customer=name) for at, name in enumerate(names)]
         + [line(f"k{at}", customer=name, customer_key=f"k-{at}") for at, name in enumerate(names)])
    assert {number: name for number, (name, _email) in customers(ledger).items()} == {
        customer_id(name): name for name in names} | {f"k-{at}": name for at, name in enumerate(names)}


def test_by_reference_two_of_one_name_are_two_and_a_rename_needs_nothing(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(key, customer="Ромашка", customer_key=key) for key in ("k-1", "k-2")])
    partner = Partner("Ромашка Плюс", "a@x", ref="k-1", key="k-1", version="v2")
    assert night(ledger, [partner]) == 0
    assert customers(ledger) == {"k-1": ("Ромашка Плюс", "a@x"), "k-2": ("Ромашка", "")}
    assert ledger.partners() == {"k-1": "v2"}
    assert tell(ledger, [line(key, customer="Ромашка Плюс", customer_key=key) for key in ("k-1", "k-2")]) == (0, 0, 0)


def test_what_is_known_goes_to_an_owner_that_1c_no_longer_names(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(name, DAY + timedelta(days=at), customer=name) for at, name in enumerate("AB")],
         days(DAY, DAY + timedelta(days=1)))
    ledger.merge("A", "B", "word")
    night(ledger, named(r1="A", r2="B"))
    assert customers(ledger) == {customer_id("A"): ("B", "A@x"), customer_id("B"): ("B", "B@x")}
    night(ledger, named(r2="B"))
    assert customers(ledger)[customer_id("A")] == ("B", "B@x")


def test_by_reference_one_that_is_not_told_did_not_change(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(key, customer=key, customer_key=key) for key in ("k-1", "k-2")])
    told = [Partner(key, f"{key}@x", ref=key, key=key, version="v1") for key in ("k-1", "k-2")]
    night(ledger, told)
    ledger.merge("k-1", "k-2", "word")
    night(ledger, [told[1]._replace(email="new@x", version="v2")])
    assert {number: email for number, (_name, email) in customers(ledger).items()} == {"k-1": "k-1@x", "k-2": "new@x"}
    assert ledger.partners() == {"k-1": "v1", "k-2": "v2"}


def sold(ledger: Ledger, *names: str) -> None:
    tell(ledger, [line(name, customer=name) for name in names])


def test_row_24_the_reference_of_a_partner_joins_by_itself(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A", "X")
    night(ledger, named(r1="A", r2="X"))
    assert night(ledger, named(r1="B", r2="X")) == 1
    assert tell(ledger, [line("A", customer="B"), line("X", customer="X")]) == (0, 1, 0)
    assert owners(ledger) == {"B": "A", "X": "X"}
    assert ledger.renames() == []
    ledger.save_partners([])
    assert customers(ledger)[customer_id("A")] == ("B", "B@x")
    assert night(ledger, named(r1="B", r2="X")) == 0


def test_a_customer_renamed_again_and_back_stays_one(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A")
    for name in "ABCAB":
        night(ledger, named(r1=name))
        sold(ledger, name)
        assert set(owners(ledger).values()) == {"A"}
    assert query(ledger, "SELECT count(*) FROM ingests WHERE kind = 'merge'") == [(2,)]


NOTHING_PROVED = {
    "the old name is still told": named("A", r1="B"),
    "a reference told twice": [*named(r1="B"), *named(r1="C")],
    "a name told twice": named(r1="B", r9="B"),
    "a name for two": named(r1="B", r2="B"),
    "no name": [Partner("  ", ref="r1")],
    "no reference": named("B"),
    "told by reference": [Partner("B", ref="r1", key="r1")],
    "the name was another's": named(r1="X", r2="Y"),
    "two that swap their names": named(r1="X", r2="A"),
}


@pytest.mark.parametrize("why", NOTHING_PROVED)
def test_row_24_what_proves_no_rename(tmp_path: Path, why: str) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A", "X")
    night(ledger, named(r1="A", r2="X"))
    for _ in range(2):
        assert night(ledger, NOTHING_PROVED[why]) == 0
    assert owners(ledger) == {"A": "A", "X": "X"}
    assert ledger.merges(0) == frozenset()


def test_a_new_name_that_counts_for_another_stops_no_night(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A", "B", "C")
    night(ledger, named(r1="A", r3="C"))
    ledger.merge("C", "B", "word")
    assert night(ledger, named(r1="B", r3="C")) == 0
    assert owners(ledger) == {"A": "A", "B": "C", "C": "C"}


def test_one_name_for_two_old_customers_stops_no_night(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A", "B")
    night(ledger, named(r1="A", r2="B"))
    for refs in ({"r1": "N", "r2": "N"}, {"r1": "N"}, {"r2": "N"}):
        assert night(ledger, named(**refs)) == 0
    assert owners(ledger) == {"A": "A", "B": "B"}


def test_a_reference_that_two_had_says_nothing_of_either(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "B", "C")
    night(ledger, [*named(r1="B"), *named(r1="C")])
    assert night(ledger, named(r1="D")) == 0


def test_two_that_would_be_joined_to_each_other_stay_two(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, *"ABXY")
    night(ledger, named("A", "B", r1="X", r2="Y"))
    ledger.merge("A", "X", "word")
    ledger.merge("B", "Y", "word")
    assert night(ledger, named(r1="B", r2="A")) == 0
    assert owners(ledger) == {"A": "A", "X": "A", "B": "B", "Y": "B"}


def test_many_renames_are_one_ingest(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, *"ABC")
    night(ledger, named(r1="A", r2="B", r3="C"))
    assert night(ledger, named(r1="A2", r2="B2", r3="C2")) == 3
    assert query(ledger, "SELECT count(*) FROM ingests WHERE kind = 'merge'") == [(1,)]
    sold(ledger, "A2", "B2", "C2")
    assert owners(ledger) == {"A2": "A", "B2": "B", "C2": "C"}


def test_an_undone_join_is_not_made_again_by_the_same_reference(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A")
    night(ledger, named(r1="A"))
    night(ledger, named(r1="B"))
    ledger.unmerge("A", "B", "word")
    assert [night(ledger, named(r1="B")) for _ in range(2)] == [0, 0]
    assert night(ledger, named(r1="C")) == 1
    sold(ledger, "B", "C")
    assert owners(ledger) == {"B": "B", "C": "B"}


def test_a_merge_by_hand_undone_is_not_made_again_by_the_reference_of_the_other(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    sold(ledger, "A", "B")
    night(ledger, named(r1="A", r2="B"))
    ledger.merge("A", "B", "word")
    night(ledger, named(r2="B"))
    ledger.unmerge("A", "B", "word")
    assert night(ledger, named(r2="B")) == 0
    assert owners(ledger) == {"A": "A", "B": "B"}


NAMES = st.sampled_from("ABCD")
STEP = st.one_of(st.lists(st.builds(lambda ref, name: Partner(name, ref=ref), st.sampled_from(["", "r1", "r2", "r3"]),
                                    NAMES), max_size=4), st.tuples(NAMES, NAMES, st.booleans()))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=3, max_size=10))
def test_whatever_partners_are_told_no_night_stops_and_nobody_is_lost(
        steps: list[list[Partner] | tuple[str, str, bool]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_in(Path(folder))
        sold(ledger, *"ABCD")
        for step in steps:
            if isinstance(step, list):
                night(ledger, step)
            else:
                with suppress(LedgerError):
                    (ledger.unmerge if step[2] else ledger.merge)(*step[:2], "word")
            next_of = dict(query(ledger, "SELECT told, (SELECT told FROM customers AS o WHERE "
                                         "o.customer_no = c.owner_no) FROM customers AS c WHERE owner_no IS NOT NULL"))
            for name, owner in owners(ledger).items():
                last, met = name, set[str]()
                while last in next_of and last not in met:
                    met.add(last)
                    last = next_of[last]
                assert owner == last
        assert tell(ledger, [line(name, customer=name) for name in "ABCD"]) == (0, 0, 0)


def test_row_24_a_rename_is_proposed_where_all_documents_came_back_under_another_name(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(str(at), customer="A") for at in range(3)] + [line("9", customer="X")])
    assert tell(ledger, [line(str(at), customer="B") for at in range(3)] + [line("9", customer="X")]) == (0, 3, 0)
    assert ledger.renames() == [Rename(customer_id("A"), "A", customer_id("B"), "B", 3)]
    ledger.merge("A", "B", "word")
    assert ledger.renames() == []
    assert tell(ledger, [line(str(at), customer="B") for at in range(3)] + [line("9", customer="X")]) == (0, 0, 0)
    ledger.unmerge("A", "B", "word")
    assert len(ledger.renames()) == 1


def test_a_rename_is_proposed_when_the_last_document_came_back(tmp_path: Path) -> None:
    ledger, older = ledger_in(tmp_path), DAY - timedelta(days=200)
    tell(ledger, [line("1", older, customer="A"), line("2", customer="A")], days(older, DAY))
    tell(ledger, [line("2", customer="B")])
    assert ledger.renames() == []
    tell(ledger, [line("1", older, customer="B")], days(older, older))
    assert [(each.old_name, each.new_name, each.documents) for each in ledger.renames()] == [("A", "B", 1)]


@pytest.mark.parametrize("back", [
    [], [line("1", customer="A")], [line("7", customer="B")], [line("1", customer="")],
    [line("1", customer="B"), line("2", customer="A")], [line("1", customer="B"), line("2", customer="A", amount=7)]])
def test_what_is_no_rename(tmp_path: Path, back: list) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer="A"), line("2", customer="A")])
    tell(ledger, back)
    assert ledger.renames() == []


def test_who_had_no_name_was_nobody(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line("1", customer="")])
    tell(ledger, [line("1", customer="A")])
    assert ledger.renames() == []


def test_documents_that_came_back_under_two_names_are_two_proposals(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    tell(ledger, [line(str(at), customer="A") for at in range(3)])
    tell(ledger, [line("0", customer="C"), line("1", customer="B"), line("2", customer="B")])
    assert Counter((each.new_name, each.documents) for each in ledger.renames()) == Counter([("B", 2), ("C", 1)])
    ledger.merge("A", "C", "word")
    assert [each.new_name for each in ledger.renames()] == ["B"]


def test_of_a_reference_the_customer_that_changed_is_proposed_too(tmp_path: Path) -> None:
    """Duplicates joined in 1C: the documents of the one come back under the reference of the other."""
    ledger = ledger_in(tmp_path)
    one = [line(str(at), customer="A", customer_key="k-1", ref=f"r-{at}") for at in range(2)]
    tell(ledger, one)
    assert tell(ledger, [each._replace(customer_key="k-2") for each in one]) == (0, 2, 0)
    assert ledger.renames() == [Rename("k-1", "A", "k-2", "A", 2)]
    assert ledger.removal(answer([])).gone == 2
