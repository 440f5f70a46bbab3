"""Contacts in the ledger: what stands of one customer, day and author, whatever the order of files; merges; files."""

from __future__ import annotations

import random
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.contacts import Contact
from rfm_service.domain.tables import CONTACTS
from rfm_service.domain.values import Partner, day_number
from rfm_service.ledger.contacts import ContactFile, Known
from rfm_service.ledger.ledger import Ledger
from tests.ledger.books import DAY, HOSTILE, ledger_in, line, query, tell

AUTHORS = ("Ольга", "")


def ledger_of(folder: Path, *customers: str) -> Ledger:
    ledger = ledger_in(folder)
    tell(ledger, [line(each, customer=f"{each}!", customer_key=each) for each in customers])
    return ledger


def contact(customer: str = "a", outcome: str = "called", day: date = DAY, **more: object) -> Contact:
    return Contact(**{"customer_id": customer, "day": day, "outcome": outcome, "note": "", "next_day": None,
                      "author": "Ольга", "told_at": 1_000, **more})  # type: ignore[arg-type]


def keep(ledger: Ledger, *contacts: Contact, file: str = "") -> bool:
    name = file or repr(contacts)
    return ledger.contacts.keep(contacts, ContactFile(name.encode(), name[:20], 5_000, len(contacts), 0))


def made(ledger: Ledger, through: date = DAY) -> list[tuple[object, ...]]:
    frame = ledger.contacts.made(through)
    pd.testing.assert_frame_equal(frame, frame.astype(CONTACTS))
    assert list(frame.columns) == list(CONTACTS)
    assert frame.equals(frame.sort_values(["customer_no", "day"], kind="stable", ignore_index=True))
    names = dict(query(ledger, "SELECT customer_no, customer_id FROM customers"))
    return [(names[row[0]], *row[1:]) for row in frame.itertuples(index=False)]


def test_what_was_kept_is_there_up_to_its_day(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a", "b")
    later, upcoming = DAY + timedelta(days=1), DAY + timedelta(days=9)
    assert keep(ledger, contact("b", next_day=upcoming), contact("a", "", note="ждёт"), contact("a", "bought", later))
    number = day_number(DAY)
    assert made(ledger, later) == [("a", number, "", 0), ("a", number + 1, "bought", 0),
                                   ("b", number, "called", day_number(upcoming))]
    assert made(ledger) == [("a", number, "", 0), ("b", number, "called", day_number(upcoming))]
    assert made(ledger, DAY - timedelta(days=1)) == []


def test_nothing_kept_is_a_table_without_rows(tmp_path: Path) -> None:
    assert made(ledger_of(tmp_path)) == []


def test_of_one_customer_day_and_author_the_one_told_later_stands(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a")
    keep(ledger, contact(outcome="called", told_at=20))
    keep(ledger, contact(outcome="refused", told_at=10))
    assert [row[2] for row in made(ledger)] == ["called"]
    keep(ledger, contact(outcome="bought", told_at=30))
    keep(ledger, contact(outcome="wrote", told_at=25, author=""))
    assert [row[2] for row in made(ledger)] == ["wrote", "bought"]


def test_of_one_day_the_words_come_as_they_were_told_and_a_refusal_last(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a", "b")
    ledger.merge("a", "b", "word")
    keep(ledger, *(contact(each, outcome, author=outcome, told_at=at) for each, outcome, at in (
        ("a", "refused", 5), ("b", "wrote", 20), ("a", "bought", 40), ("b", "called", 30))))
    keep(ledger, contact("b", "refused", DAY - timedelta(days=1), told_at=99))
    assert [row[2] for row in made(ledger)] == ["refused", "wrote", "called", "bought", "refused"]


def test_one_that_was_taken_back_is_gone_and_an_older_file_does_not_bring_it_back(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a")
    keep(ledger, contact(told_at=10))
    keep(ledger, contact(outcome="", told_at=20))
    assert made(ledger) == []
    keep(ledger, contact(told_at=15))
    assert made(ledger) == []
    keep(ledger, contact(told_at=30))
    assert len(made(ledger)) == 1


def test_a_file_is_taken_once(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a")
    assert keep(ledger, contact(told_at=10), file="one")
    assert keep(ledger, contact(outcome="refused", told_at=20), file="two")
    # The same bytes with a later date, as some programs copy: nothing that stands is changed by them.
    assert not keep(ledger, contact(told_at=99), file="one")
    assert [row[2] for row in made(ledger)] == ["refused"]
    assert query(ledger, "SELECT hash, name, taken_at, good, bad FROM contact_files ORDER BY name") == [
        (b"one", "one", 5_000, 1, 0), (b"two", "two", 5_000, 1, 0)]


def test_a_file_taken_again_brings_what_was_not_known_the_first_time(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a")
    assert keep(ledger, contact("a"), contact("b"), file="one")
    tell(ledger, [line(each, customer=f"{each}!", customer_key=each) for each in "ab"])
    assert not keep(ledger, contact("a", "bought", told_at=9_999), contact("b"), file="one")
    assert [row[::2] for row in made(ledger)] == [("a", "called"), ("b", "called")]


def test_whom_nobody_knows_is_left_out(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a")
    keep(ledger, *(contact(each) for each in ("a", "A", "", "0", "NULL", *HOSTILE)))
    assert [row[0] for row in made(ledger)] == ["a"]


def test_contacts_follow_their_customer_through_merges(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a", "b", "c")
    keep(ledger, contact("a"), contact("b", "refused"), contact("c", "bought"))
    ledger.merge("a", "b", "word")
    assert [row[::2] for row in made(ledger)] == [("a", "called"), ("a", "refused"), ("c", "bought")]
    ledger.unmerge("a", "b", "word")
    assert [row[::2] for row in made(ledger)] == [("a", "called"), ("b", "refused"), ("c", "bought")]


def test_the_sales_manager_is_that_of_the_customer_whom_one_counts_for(tmp_path: Path) -> None:
    ledger = ledger_of(tmp_path, "a", "b")
    ledger.save_partners([Partner(f"{each}!", manager=name, ref=each, key=each) for each, name in (
        ("a", "Ольга"), ("b", "Пётр"))])
    numbers = dict(query(ledger, "SELECT customer_id, customer_no FROM customers"))
    assert ledger.contacts.known(["a", "b", "x", "a"]) == {"a": Known(numbers["a"], "Ольга"),
                                                          "b": Known(numbers["b"], "Пётр")}
    ledger.merge("a", "b", "word")
    assert ledger.contacts.known(["b"]) == {"b": Known(numbers["b"], "Ольга")}


CONTACTS_TOLD = st.builds(
    contact, st.sampled_from("ab"), st.sampled_from(["", "called", "refused"]),
    st.sampled_from([DAY, DAY - timedelta(days=1)]), note=st.sampled_from(["", "н"]),
    next_day=st.sampled_from([None, DAY + timedelta(days=3)]), author=st.sampled_from(AUTHORS),
    told_at=st.integers(1, 4))


def stands(told: list[Contact]) -> list[tuple[object, ...]]:
    """What must stand, told in plain words: the latest of each, unless it tells nothing."""
    best: dict[tuple[str, date, str], Contact] = {}
    for each in told:
        key = (each.customer_id, each.day, each.author)
        if key not in best or rank(best[key]) < rank(each):
            best[key] = each
    kept = [(each, day_number(each.next_day) if each.next_day else 0) for each in best.values()
            if each.outcome or each.note or each.next_day]
    kept.sort(key=lambda row: (row[0].customer_id, row[0].day, row[0].outcome == "refused", row[0].told_at,
                               row[0].outcome, row[1]))
    return [(each.customer_id, day_number(each.day), each.outcome, again) for each, again in kept]


def rank(each: Contact) -> tuple[object, ...]:
    return each.told_at, each.outcome, each.note, each.next_day or date.min


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CONTACTS_TOLD, min_size=1, max_size=4), max_size=5), st.randoms(use_true_random=False))
def test_the_order_and_the_number_of_times_that_files_come_change_nothing(
        files: list[list[Contact]], chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_of(Path(folder), "a", "b")
        for told in chance.sample(files + files[:2], len(files) + len(files[:2])):
            keep(ledger, *told)
        assert made(ledger) == stands([each for told in files for each in told])


@pytest.mark.parametrize("text", [each for each in HOSTILE if "\x00" not in each])
def test_hostile_texts_are_texts(tmp_path: Path, text: str) -> None:
    ledger = ledger_of(tmp_path, "a")
    keep(ledger, contact(note=text, author=text))
    assert query(ledger, "SELECT note, author FROM contacts") == [(text, text)]
