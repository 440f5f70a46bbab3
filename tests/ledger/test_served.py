"""A ledger on PostgreSQL: its words for a refusal or a broken connection; kills; what is erased; the way back."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rfm_service.domain.errors import LedgerError, LedgerUnavailable, LockHeld
from rfm_service.ledger import server
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.moving import from_file
from rfm_service.ledger.opening import opened
from rfm_service.ledger.postgres import PostgresWarehouse
from rfm_service.ledger.server import Server
from rfm_service.ledger.warehouse import Warehouse
from tests import served
from tests.ledger.books import DAY, HOSTILE, days, dump, ledger_in, line, live, query, tell

pytestmark = pytest.mark.slow
NAME = "Тайнов Пётр Ильич"
LINES = [line(f"{at}-{name}", DAY - timedelta(days=at), at - 3 or 7, name, product=name, contractor=name, address=name,
              returned=at < 3, cost=at or None) for at, name in enumerate((*HOSTILE, NAME, "ю" * 9000))]
WEEK = days(DAY - timedelta(days=10), DAY)


@pytest.fixture
def ledger(tmp_path: Path, postgres: served.PostgresServer) -> Iterator[Ledger]:
    served.URL.append(postgres.url)
    made = ledger_in(tmp_path)
    tell(made, LINES, WEEK)
    yield made
    served.URL.clear()


def at(url: str) -> PostgresWarehouse:
    return PostgresWarehouse(Server(url), Path("none"))


def terminated(ledger: Ledger) -> None:
    with ledger.warehouse.rows() as connection:
        with ledger.warehouse.server.connect() as other:
            other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                          "AND query LIKE '%pg_advisory_xact_lock%'")
        connection.exec_driver_sql("SELECT 1")


def raising(code: str) -> Callable[[Ledger], None]:
    def run(ledger: Ledger) -> None:
        with ledger.warehouse.rows() as connection:
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE '{NAME}' USING ERRCODE = '{code}'; END $$")
    return run


def read_by_arrow(ledger: Ledger) -> None:
    with ledger.warehouse.arrow() as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT CAST('{NAME}' AS BIGINT)")


def twice(ledger: Ledger) -> None:
    with ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("INSERT INTO contractors VALUES (777, ?)", (NAME,))


REFUSALS: dict[str, tuple[Callable[[Ledger], None], type[LedgerError], str]] = {
    "nobody listens": (lambda ledger: at("postgresql://rfm@127.0.0.1:1/x").upgrade(None), LedgerUnavailable,
                       r"127\.0\.0\.1:1/x \(rfm\) does not answer: Connection refused"),
    "no such host": (lambda ledger: at("postgresql://rfm@nowhere.invalid/x").upgrade(None), LedgerUnavailable,
                     "nowhere.invalid/x .* does not answer"),
    "no such user": (lambda ledger: at(served.URL[0].replace("rfm@", "nobody:canary@")).upgrade(None), LedgerError,
                     'refuses the ledger: role "nobody" does not exist'),
    "no such database": (lambda ledger: at(served.URL[0].replace("/postgres", "/none")).upgrade(None), LedgerError,
                         'refuses the ledger: database "none" does not exist'),
    "it breaks off": (terminated, LedgerUnavailable, "does not answer"),
    "full": (raising("53100"), LedgerUnavailable, "The disk of the database server .* is full"),
    "no right": (raising("42501"), LedgerError, "refuses the ledger: the user lacks a right"),
    "held": (raising("55P03"), LedgerUnavailable, "kept the ledger on .* to itself"),
    "odd": (raising("XX000"), LedgerError, "PostgreSQL reports XX000"),
    "a row twice": (twice, LedgerError, "PostgreSQL reports 23P01"),
    "read by ADBC": (read_by_arrow, LedgerError, "PostgreSQL reports 22P02"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_a_sentence_without_names_and_passwords(ledger: Ledger, case: str) -> None:
    run, kind, sentence = REFUSALS[case]
    before = dump(ledger)
    with pytest.raises(LedgerError, match=sentence) as told:
        run(ledger)
    assert type(told.value) is kind
    assert told.value.permanent == (kind is LedgerError)
    assert not any(secret in str(told.value) for secret in (NAME, "canary"))
    assert dump(ledger) == before


def test_a_wrong_password_is_told(tmp_path: Path) -> None:
    with served.server() as server:
        doors = server.folder / "data" / "pg_hba.conf"
        doors.write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")
        with closing(Server(server.url).connect()) as connection:
            connection.execute("ALTER USER rfm PASSWORD 'кан арейка&=?'")
            connection.commit()
        server.stop()
        server.start()
        for password in ("", "wrong"):
            with pytest.raises(LedgerError, match="refuses the ledger") as told:
                opened(tmp_path / "x", server.url, password).upgrade(None)
            assert told.value.permanent
        kept = opened(tmp_path / "x", server.url, "кан арейка&=?")
        kept.upgrade(None)
        assert Ledger(kept, tmp_path).facts.buckets(10)
        assert "арейка" not in repr(kept)


def test_a_schema_is_made_where_there_is_a_right_to(ledger: Ledger, postgres: served.PostgresServer) -> None:
    with ledger.warehouse.server.connect() as connection:
        connection.execute("CREATE ROLE clerk LOGIN")
        connection.execute("CREATE SCHEMA desk AUTHORIZATION clerk")
    clerk = postgres.url.replace("rfm@", "clerk@")
    with pytest.raises(LedgerError, match="the user lacks a right"):
        at(f"{clerk}?schema=other").upgrade(None)
    own = at(f"{clerk}?schema=desk")
    assert not own.made
    own.upgrade(None)
    assert own.made
    own.upgrade(None)
    assert tell(Ledger(own, Path("none")), LINES, WEEK) == (len(LINES), 0, 0)


def test_two_machines_take_turns(ledger: Ledger) -> None:
    other = PostgresWarehouse(ledger.warehouse.server, Path("none"))
    with ledger.warehouse.alone("night"):
        with pytest.raises(LockHeld, match="Another machine is at work"), other.alone("night"):
            raise AssertionError
        with other.alone("deliver"):
            assert other.made
    with other.alone("night"):
        assert other.made


KILLED = """
import os, signal, sys
from pathlib import Path
from rfm_service.ledger import bulk, replace
from tests import served
from tests.ledger import books, test_served
served.URL.append(sys.argv[1])
copy = bulk.copy
def cut(connection, table, *more):
    copy(connection, table, *more)
    if table == sys.argv[3]:
        os.kill(os.getpid(), signal.SIGKILL)
bulk.copy = cut
changed = [each._replace(amount=99, product="new", customer=each.customer + "!") for each in test_served.LINES]
books.tell(books.ledger_in(Path(sys.argv[2])), changed, test_served.WEEK)
"""


@pytest.mark.parametrize("table", ["customers", "documents", "versions", "lines"])
def test_killed_in_the_middle_of_a_replace_all_is_as_before(ledger: Ledger, tmp_path: Path, table: str) -> None:
    before = dump(ledger)
    child = subprocess.run([sys.executable, "-c", KILLED, served.URL[0], str(tmp_path), table], timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert dump(ledger) == before
    assert tell(ledger, LINES, WEEK) == (0, 0, 0)


def test_who_is_forgotten_is_in_no_file_of_the_tables(ledger: Ledger, postgres: served.PostgresServer) -> None:
    once = "Однажды Забытый"
    tell(ledger, [*LINES, line("once", customer=once, contractor=once, address=once)], WEEK)

    def tells() -> bool:
        with closing(ledger.warehouse.server.connect()) as connection:
            connection.execute("CHECKPOINT")
        return any(once.encode() in path.read_bytes() for path in (postgres.folder / "data" / "base").rglob("*")
                   if path.is_file())

    assert tells()
    ledger.rights.forget(once, DAY)
    assert not tells()
    assert len(live(ledger)) == len(LINES) + 1


def test_what_could_not_be_written_anew_is_when_the_command_is_repeated(ledger: Ledger,
                                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LOCK_MS", 200)
    reader = ledger.warehouse.server.connect()
    with closing(reader):
        reader.execute("SELECT count(*) FROM customers")
        with pytest.raises(LedgerError, match="Repeat the command") as told:
            ledger.rights.forget(NAME, DAY)
    assert told.value.permanent
    assert len(ledger.rights.forgotten()) == 1
    assert not ledger.rights.forget(NAME, DAY).names


def test_there_and_back_is_the_same(ledger: Ledger, tmp_path: Path) -> None:
    ledger.warehouse.copy(tmp_path / "copy.db")
    ledger.warehouse.copy(tmp_path / "other.db")
    before = dump(ledger)
    copy = Ledger(Warehouse(tmp_path / "other.db"), tmp_path)
    copy.open()
    address = served.URL.pop()
    assert set(dump(copy)) == set(before)
    assert tell(copy, LINES, WEEK) == (0, 0, 0)
    served.URL.append(address)
    tell(ledger, [line("gone")], WEEK)
    with ledger.warehouse.bulk() as connection:
        from_file(connection, tmp_path / "copy.db")
    assert dump(ledger) == before
    assert tell(ledger, LINES, WEEK) == (0, 0, 0)


def test_text_that_no_database_holds_is_cleaned(ledger: Ledger) -> None:
    told = line("nul", customer="Ну\0ль\ud800", product="\0")
    assert tell(ledger, [*LINES, told], WEEK) == (1, 0, 0)
    assert query(ledger, "SELECT name FROM customers ORDER BY customer_no DESC LIMIT 1") == [("Нуль\ufffd",)]


def test_order_of_texts_is_that_of_bytes(ledger: Ledger) -> None:
    names = [row[0] for row in query(ledger, "SELECT told FROM customers ORDER BY told")]
    assert names == sorted(names, key=lambda name: name.encode())
    found: Any = query(ledger, "SELECT max(told) FROM customers")
    assert found == [(max(names, key=str.encode),)]
