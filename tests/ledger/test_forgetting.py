"""Forgetting a customer: no sum changes, no byte of the file names it, and 1C telling of it again changes nothing."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Basis, Message, Partner, Picture, Rejected, customer_id
from rfm_service.engines.memory import Engine
from rfm_service.ledger.forgetting import Erased
from rfm_service.ledger.forgotten import known_at
from rfm_service.ledger.ledger import Ledger
from rfm_service.mailing import KIND
from tests.ledger.books import DAY, HOSTILE, answer, days, dump, ledger_in, line, live, query, sound, tell
from tests.rules import ruled

NAME, FIRM, STREET = "Иванов Иван Тайнович", "ИП Иванов И. Т.", "г. Тула, ул. Тайная, 7"
MAIL, PHONE, TAX, REF = "tainov@example.org", "+7 916 555-44-33", "710000001234", "ref-of-ivanov"
SECRETS = (NAME, FIRM, STREET, MAIL, PHONE, TAX, REF, "site-777", "просил не звонить")
PARTNERS = [Partner(NAME, MAIL, "Опт", "М. Менеджер", REF, TAX, "710001001", PHONE),
            Partner("Ромашка", "r@example.org")]
LINES = [line(str(at), DAY - timedelta(days=at), 10_000 * (at + 1), NAME, contractor=FIRM, address=STREET,
              site_id="site-777", channel="Сайт", order_id=f"З-{at}", product=f"Платье {at % 2}") for at in range(4)]
OTHERS = [line(f"o{at}", DAY - timedelta(days=at), 70_000, "Ромашка", contractor="ООО Ромашка", address="Минск",
               channel="Сайт") for at in range(3)]
WEEK = days(DAY - timedelta(days=6), DAY)
ROW = Rejected("a date was expected", DAY, json.dumps({"Партнер": f" {NAME} ", "Дата": "не дата"}))
OTHER_ROW = Rejected("a number was expected", DAY, json.dumps({"Партнер": "Ромашка", "Сумма": "сто"}))


def night(ledger: Ledger, lines: list[Any] = LINES, partners: list[Partner] = PARTNERS) -> tuple[int, int, int]:
    """What a night does with what 1C tells."""
    ledger.follow_renames(partners, "run")
    counts = tell(ledger, [*lines, *OTHERS], WEEK, rejected=[ROW, OTHER_ROW])
    ledger.save_partners(partners)
    return counts


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger that knows somebody in every way in which it can."""
    ledger = ledger_in(tmp_path)
    tell(ledger, [each._replace(amount=1) for each in LINES] + OTHERS, WEEK)
    night(ledger)
    number = query(ledger, f"SELECT customer_no FROM customers WHERE told = '{NAME}'")[0][0]
    ledger.outbox.queue([Message("k", "1", f"Клиент {NAME}, {PHONE}: позвонить"), Message("l", "1", "Ромашка")])
    with ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("INSERT INTO contacts (contact_no, customer_no, day, outcome, note, author, "
                                   "told_at) VALUES (1, ?, 20000, 'called', 'просил не звонить', 'М', 1)", (number,))
        connection.exec_driver_sql("INSERT INTO offers VALUES ('spring', ?, 20000, 'loyal', 0)", (number,))
    return ledger


def summary(ledger: Ledger, **rules: Any) -> pd.DataFrame:
    return Engine().summarise(ledger.facts, Basis(DAY, ruled(**rules)))


def found_in(folder: Path, texts: tuple[str, ...] = SECRETS) -> set[str]:
    """The texts that some file of a folder holds, as UTF-8 or as JSON writes them."""
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    return {text for text in texts if text.encode() in content or json.dumps(text)[1:-1].encode() in content}


@pytest.mark.of_files
def test_the_bytes_of_the_warehouse_name_nobody(ledger: Ledger, tmp_path: Path) -> None:
    assert found_in(tmp_path) == set(SECRETS)
    with ledger.warehouse.kept_open():
        ledger.outbox.queue([Message("in the log", "1", f"{NAME} {MAIL}")])
        assert NAME.encode() in (tmp_path / "warehouse.db-wal").read_bytes()
        erased = ledger.rights.forget(NAME, DAY)
        assert found_in(tmp_path) == set()
    assert erased == Erased(names=1, contractors=1, addresses=1, notes=1, rows=1, messages=2, documents=4)
    assert not any(text.casefold().encode() in path.read_bytes() for text in ("tainov", customer_id(NAME))
                   for path in tmp_path.rglob("*") if path.is_file())
    assert sound(ledger)


def test_no_list_for_a_sales_manager_is_kept_or_sent_afterwards(ledger: Ledger, tmp_path: Path) -> None:
    file = Picture("olga.xlsx", f"names {NAME}".encode())
    lists = [Message(f"list:{at}", f"manager:{at}/1", "3 customers to contact", kind=KIND, file=file) for at in "abc"]
    ledger.outbox.queue([*lists, Message("report", "1", "Отчёт", (Picture("p.png", b"kept"),), "report")])
    sent, begun, waits, report = (each.number for each in ledger.outbox.waiting() if each.kind != "notice")
    ledger.outbox.sent(sent)
    ledger.outbox.begin(begun)
    assert [row["kind"] for row in ledger.rights.dossier(NAME).messages] == ["notice", "list", "list"]
    assert ledger.rights.forget(NAME, DAY).messages == 3
    assert found_in(tmp_path) == set()
    assert query(ledger, "SELECT message_no, content FROM outbox_pictures") == [(report, b"kept")]
    states = dict(query(ledger, "SELECT message_no, state FROM outbox"))
    assert [states[each] for each in (sent, begun, waits, report)] == ["sent", "dropped", "dropped", "waiting"]
    ledger.outbox.queue([replace(lists[0], key="new")])
    assert ledger.rights.dossier(NAME).messages == []


def leave_gaps(path: Path) -> None:
    """Rows that were deleted lie in gaps of the file, unless SQLite was built to overwrite them."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.executemany("INSERT INTO quarantine (ingest_no, reason, row) VALUES (1, 'why', ?)",
                               [(f"{at} {SECRETS}",) for at in range(200)])
        connection.commit()
        connection.execute("DELETE FROM quarantine WHERE reason = 'why'")
        connection.commit()


@pytest.mark.of_files
def test_what_was_deleted_long_before_is_gone_too(ledger: Ledger, tmp_path: Path) -> None:
    leave_gaps(ledger.warehouse.path)
    ledger.rights.forget(NAME, DAY)
    assert found_in(tmp_path) == set()


def test_sums_facts_and_everybody_else_stay(ledger: Ledger) -> None:
    before, sold = summary(ledger), [(row[0], *row[2:]) for row in live(ledger)]
    ledger.rights.forget(NAME, DAY)
    pd.testing.assert_frame_equal(summary(ledger), before)
    assert sorted((row[0], *row[2:]) for row in live(ledger)) == sorted(sold)
    assert query(ledger, "SELECT outcome, note FROM contacts") == [("called", "")]
    assert query(ledger, "SELECT segment FROM offers") == [("loyal",)]
    assert query(ledger, "SELECT row FROM quarantine ORDER BY row_no") == [("{}",), (OTHER_ROW.row,)]
    assert [row[0] for row in query(ledger, "SELECT text FROM outbox ORDER BY message_no")] == [
        "Клиент ***, ***: позвонить", "Ромашка"]
    frame = ledger.customers().set_index("customer")
    assert (frame.loc["", "category"], frame.loc["", "manager"], frame.loc["", "email"]) == ("Опт", "М. Менеджер", "")
    assert frame["do_not_contact"].to_dict() == {"": True, "Ромашка": False}
    assert query(ledger, "SELECT name FROM contractors ORDER BY 1") == [("",), ("ООО Ромашка",)]
    assert query(ledger, "SELECT address, channel FROM deliveries ORDER BY 1") == [("", "Сайт"), ("Минск", "Сайт")]


def test_told_again_every_night_nothing_changes_and_nothing_is_known(ledger: Ledger, tmp_path: Path) -> None:
    ledger.rights.forget(NAME, DAY)
    before = summary(ledger)
    for _ in range(2):
        assert ledger.removal(answer([*LINES, *OTHERS], WEEK)).gone == 0
        assert ledger.elsewhere(answer([*LINES, *OTHERS], WEEK)) == []
        assert night(ledger) == (0, 0, 0)
    assert ledger.renames() == []
    pd.testing.assert_frame_equal(summary(ledger), before)
    assert query(ledger, "SELECT row FROM quarantine ORDER BY row_no") == [("{}",), (OTHER_ROW.row,)]
    assert found_in(tmp_path) == set()


def test_new_sales_corrections_and_other_days_count_for_the_same_nobody(ledger: Ledger, tmp_path: Path) -> None:
    ledger.rights.forget(NAME, DAY)
    moved = LINES[0]._replace(at=LINES[0].at - timedelta(days=30))
    elsewhere = days(DAY - timedelta(days=40), DAY - timedelta(days=20))
    assert ledger.elsewhere(answer([moved], elsewhere)) == [days(DAY, DAY)]
    new = [*LINES[1:], LINES[0]._replace(amount=5), LINES[0]._replace(number="new", address="г. Тула, другая")]
    assert night(ledger, new) == (1, 1, 0)
    assert len(ledger.rights.forgotten()) == 1
    number, = ledger.rights.forgotten().values()
    frame = summary(ledger).set_index("customer_no")
    assert frame.loc[number, "monetary"] == 5 + 10_000 + sum(each.amount for each in LINES[1:])
    assert found_in(tmp_path, (*SECRETS, "другая")) == set()


def test_a_new_name_that_the_reference_tells_is_held_back_too(ledger: Ledger, tmp_path: Path) -> None:
    ledger.rights.forget(NAME, DAY)
    before, new = summary(ledger), "Петров, бывший Иванов"
    renamed = [each._replace(customer=new, contractor=new) for each in LINES]
    for _ in range(2):
        assert night(ledger, renamed, [PARTNERS[0]._replace(name=new), PARTNERS[1]]) == (0, 0, 0)
    pd.testing.assert_frame_equal(summary(ledger), before)
    assert found_in(tmp_path, (*SECRETS, new)) == set()
    assert night(ledger, renamed, []) == (0, 0, 0)
    known = {key for each in known_at(tmp_path / "none.db").people for key in each.hashes}
    assert len(known) == 4, "the list beside the warehouse knows the name, the reference, the id and the new name"


@pytest.mark.parametrize("partners", [
    [PARTNERS[0]._replace(name="Ромашка")], [PARTNERS[0]._replace(name=each) for each in ("Новый", "Другой")],
    [PARTNERS[0]._replace(name="Новый"), Partner("Новый", ref="another")]])
def test_what_proves_no_new_name_of_who_was_forgotten(ledger: Ledger, partners: list[Partner]) -> None:
    ledger.rights.forget(NAME, DAY)
    before = query(ledger, "SELECT count(*) FROM forgotten")
    ledger.follow_renames(partners, "run")
    assert query(ledger, "SELECT count(*) FROM forgotten") == before


def test_under_a_new_name_without_a_reference_a_person_is_asked(ledger: Ledger) -> None:
    ledger.rights.forget(NAME, DAY)
    assert night(ledger, [each._replace(customer="Новое Имя") for each in LINES], []) == (0, 4, 0)
    (rename,) = ledger.renames()
    assert (rename.old_id, rename.new_name) == (*ledger.rights.forgotten(), "Новое Имя")
    with pytest.raises(LedgerError, match="was forgotten"):
        ledger.merge(rename.old_id, rename.new_id, "word")
    ledger.rights.forget("Новое Имя", DAY)
    assert ledger.renames() == []


def keyed(lines: list[Any]) -> list[Any]:
    return [each._replace(customer_key="k-1", ref=f"doc-{each.number}", version="v1") for each in lines]


def test_told_by_reference_a_namesake_is_somebody_else(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    namesake = line("n", customer=NAME, customer_key="k-2", ref="doc-n")
    told = [*keyed(LINES), namesake]
    partners = [PARTNERS[0]._replace(ref=key, key=key, version="v1", email=mail) for key, mail in (
        ("k-1", MAIL), ("k-2", "other@example.org"))]
    tell(ledger, told, WEEK)
    ledger.save_partners(partners)
    assert ledger.partners() == {"k-1": "v1", "k-2": "v1"}
    ledger.rights.forget("k-1", DAY)
    for _ in range(2):
        ledger.follow_renames(partners, "run")
        assert tell(ledger, told, WEEK) == (0, 0, 0)
        ledger.save_partners(partners)
    assert ledger.partners() == {"k-2": "v1"}
    assert query(ledger, "SELECT told, email FROM customers WHERE name <> '' AND told LIKE 'k-%'") == [
        ("k-2", "other@example.org")]
    # Renamed in 1C: the reference says who it is.
    assert tell(ledger, [each._replace(customer="Другое") for each in told[:4]] + [namesake], WEEK) == (0, 0, 0)
    assert found_in(tmp_path, (MAIL, "k-1", "Другое")) == set()
    # The firm moves to a source that has names alone: there the two are one, and that one is forgotten.
    tell(ledger, [LINES[0]], days(DAY, DAY))
    assert query(ledger, "SELECT count(*) FROM customers WHERE told <> customer_id") == [(0,)]


def test_all_names_that_were_joined_are_forgotten_together(ledger: Ledger, tmp_path: Path) -> None:
    second = [line(f"s{at}", customer="Тайнов Второй", contractor="ИП Второй") for at in range(2)]
    tell(ledger, [*LINES, *OTHERS, *second], WEEK)
    ledger.merge(NAME, "Тайнов Второй", "word")
    before = summary(ledger)
    assert ledger.rights.forget("Тайнов Второй", DAY).names == 2
    assert tell(ledger, [*LINES, *OTHERS, *second], WEEK) == (0, 0, 0)
    pd.testing.assert_frame_equal(summary(ledger), before)
    assert found_in(tmp_path, (*SECRETS, "Второй")) == set()


def test_an_own_company_is_not_forgotten_and_stays_the_legal_entity_of_a_line(tmp_path: Path) -> None:
    own = frozenset({"Наш Склад", FIRM})
    ledger = Ledger(ledger_in(tmp_path).warehouse, tmp_path, own)
    lines = [*LINES, line("w", customer="Наш Склад"), line("e", customer=NAME, contractor="ИП Другой")]
    tell(ledger, lines, WEEK)
    before = summary(ledger, own_companies=own)
    with pytest.raises(LedgerError, match="own companies"):
        ledger.rights.forget("Наш Склад", DAY)
    ledger.rights.forget(NAME, DAY)
    assert tell(ledger, lines, WEEK) == (0, 0, 0)
    pd.testing.assert_frame_equal(summary(ledger, own_companies=own), before)
    assert query(ledger, "SELECT name FROM contractors ORDER BY 1") == [("",), (FIRM,)]


def test_what_others_have_too_stays_theirs(ledger: Ledger) -> None:
    shared = line("z", customer="Ромашка", contractor=FIRM, address=STREET, site_id="1")
    tell(ledger, [*LINES, *OTHERS, shared], WEEK)
    assert ledger.rights.forget(NAME, DAY)[1:3] == (0, 0)
    assert query(ledger, "SELECT count(*) FROM lines JOIN contractors USING (contractor_no) JOIN deliveries "
                         f"USING (delivery_no) WHERE contractors.name = '{FIRM}' OR address = '{STREET}'") == [(1,)]


@pytest.mark.parametrize("named", [NAME, REF, customer_id(NAME)])
def test_forgotten_again_by_whatever_it_was_called(ledger: Ledger, named: str) -> None:
    if named != REF:
        ledger.rights.forget(named, DAY)
    else:
        ledger.rights.forget(NAME, DAY)
    state = dump(ledger)
    assert ledger.rights.forget(named, DAY + timedelta(days=9)) == Erased()
    assert dump(ledger) == state
    assert ledger.rights.dossier(named).forgotten == DAY


def test_nobody_and_two_are_refused(ledger: Ledger) -> None:
    tell(ledger, [line(key, customer="Тёзка", customer_key=key) for key in ("k-1", "k-2")])
    before = dump(ledger)
    for named in ("Тёзка", "Нет такого", ""):
        with pytest.raises(LedgerError, match="customers have that id or name"):
            ledger.rights.forget(named, DAY)
    assert dump(ledger) == before


NAMES = (*"ABC", HOSTILE[0], HOSTILE[4])
STEP = st.one_of(
    st.lists(st.builds(lambda number, customer, amount, firm: line(number, customer=customer, amount=amount,
                                                                   contractor=firm, address=firm, returned=amount < 3),
                       st.sampled_from("123"), st.sampled_from(NAMES), st.integers(1, 9),
                       st.sampled_from(["", "F", *NAMES])), min_size=1, max_size=5),
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, min_size=1, max_size=6), st.sampled_from(NAMES), st.lists(STEP, max_size=3))
def test_whoever_is_forgotten_whenever_no_sum_is_another(before: list[Any], name: str, after: list[Any]) -> None:
    """Beside a twin that forgets nobody; nights and joinings before, nights after."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        ledger, twin = ledger_in(Path(one)), ledger_in(Path(other))
        for step in before:
            assert told(ledger, step) == told(twin, step)
        with suppress(LedgerError):
            ledger.rights.forget(name, DAY)
            assert ledger.rights.forget(name, DAY) == Erased()
        for step in [[], *(each for each in after if isinstance(each, list))]:
            if step:
                (added, changed, removed), counts = told(ledger, step), told(twin, step)
                # Another legal entity of somebody forgotten is no change.
                assert (added, removed, changed <= counts[1]) == (counts[0], counts[2], True)
            pd.testing.assert_frame_equal(summary(ledger), summary(twin))
            assert [(row[0], *row[2:]) for row in sorted(live(ledger), key=lambda row: (row[0], *row[2:]))] == [
                (row[0], *row[2:]) for row in sorted(live(twin), key=lambda row: (row[0], *row[2:]))]


def told(ledger: Ledger, step: list[Any] | tuple[str, str]) -> Any:
    return tell(ledger, step) if isinstance(step, list) else joined(ledger, step)


def joined(ledger: Ledger, names: tuple[str, str]) -> bool:
    with suppress(LedgerError):
        ledger.merge(*names, "word")
        return True
    return False
