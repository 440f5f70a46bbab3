"""The file: how it is opened, upgraded, guarded against two SQLites in a process, and how it fails."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Bucket, View
from rfm_service.ledger.backup import verified_copy
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from tests.ledger.books import DAY, days, ledger_in, line, query, tell

REVISION = """
from alembic import op
revision = {number!r}
down_revision = {before!r}
def upgrade():
    op.execute("CREATE TABLE t{number} (a INTEGER) STRICT")
    {more}
"""


def revisions(folder: Path, *more: str) -> str:
    """A folder of migrations with a revision for each statement."""
    versions = folder / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    real = Path(__file__).parents[2] / "rfm_service" / "ledger" / "migrations"
    (folder / "env.py").write_text((real / "env.py").read_text(encoding="utf-8"), encoding="utf-8")
    for number, statement in enumerate(more, 1):
        before = str(number - 1) if number > 1 else None
        (versions / f"r{number}.py").write_text(REVISION.format(number=str(number), before=before, more=statement),
                                                encoding="utf-8")
    return str(folder)


def test_a_fresh_file_and_a_second_open(tmp_path: Path) -> None:
    ledger = Ledger(Warehouse(tmp_path / "new" / "w.db"), tmp_path / "backups")
    ledger.open()
    before = query(ledger, "SELECT * FROM sqlite_master")
    ledger.open()
    assert query(ledger, "SELECT * FROM sqlite_master") == before
    assert not (tmp_path / "backups").exists()


def test_an_upgrade_takes_a_verified_copy_first(tmp_path: Path) -> None:
    old = Ledger(Warehouse(tmp_path / "w.db", revisions(tmp_path / "m", "pass")), tmp_path / "backups")
    old.open()
    with old.warehouse.rows() as connection:
        connection.exec_driver_sql("INSERT INTO t1 VALUES (7)")
    Ledger(Warehouse(tmp_path / "w.db", revisions(tmp_path / "m", "pass", "pass")), tmp_path / "backups").open()
    assert query(old, "SELECT a FROM t1") == [(7,)]
    assert query(old, "SELECT a FROM t2") == []
    [copy] = (tmp_path / "backups").iterdir()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT a FROM t1").fetchall() == [(7,)]
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("1",)]


def test_an_upgrade_that_fails_changes_nothing(tmp_path: Path) -> None:
    old = Ledger(Warehouse(tmp_path / "w.db", revisions(tmp_path / "m", "pass")), tmp_path / "backups")
    old.open()
    faulty = revisions(tmp_path / "m", "pass", "op.execute('CREATE TABLE t1 (b INTEGER)')")
    with pytest.raises(LedgerError, match="t1 already exists"):
        Ledger(Warehouse(tmp_path / "w.db", faulty), tmp_path / "backups").open()
    assert query(old, "SELECT version_num FROM alembic_version") == [("1",)]
    assert query(old, "SELECT name FROM sqlite_master WHERE name = 't2'") == []


def test_a_newer_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    with ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerError, match="another version of this program"):
        ledger.open()


@pytest.mark.parametrize("odd", ["a b", "a%41b", "a?b=c", "a#b", "Ключ", "it's"])
def test_paths_as_people_make_them(tmp_path: Path, odd: str) -> None:
    ledger = Ledger(Warehouse(tmp_path / odd / "w.db"), tmp_path / "backups")
    ledger.open()
    tell(ledger, [line()])
    assert len(ledger.customers()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [odd]


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for page in range(4096, len(content), 4096):
        content[page : page + 1000] = bytes(1000)
    path.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], object]] = {
    "zeroed pages": damaged,
    "no database": lambda path: path.write_bytes(b"something else" * 1000),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:10_000])}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_an_error_with_a_sentence(tmp_path: Path, damage: str) -> None:
    ledger = ledger_in(tmp_path)
    DAMAGE[damage](ledger.warehouse.path)
    for attempt in (ledger.open, ledger.customers, lambda: tell(ledger, [line()]),
                    lambda: ledger.facts.lines(Bucket(1, 9), View(days(DAY, DAY)), frozenset({"x"})),
                    lambda: verified_copy(ledger.warehouse.path, tmp_path / "copy.db")):
        with pytest.raises(LedgerError) as failure:
            attempt()
        assert "\n" not in str(failure.value)
    assert not (tmp_path / "copy.db").exists()


def test_places_that_cannot_hold_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "file" / "w.db", tmp_path):
        with pytest.raises(LedgerError):
            Ledger(Warehouse(path), tmp_path / "backups").open()
    ledger = ledger_in(tmp_path)
    with pytest.raises(LedgerError):
        verified_copy(ledger.warehouse.path, tmp_path / "file" / "copy.db")


def test_every_connection_is_safe(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    for opened in (ledger.warehouse.rows, ledger.warehouse.reading):
        with opened() as connection:
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                     for name in ("journal_mode", "synchronous", "foreign_keys")}
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    strict = query(ledger, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND NOT strict "
                           "AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version'")
    assert strict == []
    with pytest.raises(LedgerError, match="FOREIGN KEY"), ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("INSERT INTO documents VALUES (1, 77, 'n', 2026, 0, 0, '')")
    with pytest.raises(LedgerError, match="cannot store TEXT"), ledger.warehouse.rows() as connection:
        connection.exec_driver_sql("INSERT INTO publications VALUES ('p', 'twelve', 'h')")


def test_the_two_sides_are_never_open_at_once(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    again = Warehouse(tmp_path / "backups" / ".." / "warehouse.db")
    sides = ("rows", "arrow"), ("arrow", "rows"), ("reading", "arrow"), ("arrow", "reading")
    for first, second in sides:
        for other in (ledger.warehouse, again):
            with getattr(ledger.warehouse, first)(), pytest.raises(RuntimeError, match="other SQLite"):
                getattr(other, second)().__enter__()
    with ledger.warehouse.arrow(), ledger.warehouse.arrow():
        assert ledger.warehouse.gate.arrow == 2
    assert (ledger.warehouse.gate.rows, ledger.warehouse.gate.arrow) == (0, 0)
    frames = ledger.sales()
    next(frames, None)
    frames.close()
    assert ledger.watermark() is None


def test_the_gate_opens_again_after_an_error(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    for side in (ledger.warehouse.rows, ledger.warehouse.arrow):
        with pytest.raises(ZeroDivisionError), side():
            raise ZeroDivisionError
    assert len(ledger.customers()) == 0
    assert ledger.watermark() is None


def test_reading_waits_for_no_writer(tmp_path: Path) -> None:
    ledger, done = ledger_in(tmp_path), threading.Event()
    with closing(sqlite3.connect(ledger.warehouse.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO contractors VALUES (1, 'uncommitted')")
        reader = threading.Thread(target=lambda: (ledger.counts(), ledger.watermark(), ledger.outbox.waiting(),
                                                  done.set()))
        reader.start()
        assert done.wait(5)
        writer.execute("ROLLBACK")
    reader.join()


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("PRAGMA synchronous=FULL")
print("ready", flush=True)
for number in range(int(sys.argv[2])):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO contractors (name) VALUES (?)", (f"child {number}",))
    connection.execute("COMMIT")
    if number % 10 == 9:
        connection.close()
        connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.close()
"""


def test_one_sqlite_in_a_process_loses_no_commit(tmp_path: Path) -> None:
    """While another process commits and closes, this one goes back and forth between its two SQLites."""
    ledger, commits = ledger_in(tmp_path), 200
    child = subprocess.Popen([sys.executable, "-c", WRITER, str(ledger.warehouse.path), str(commits)],
                             stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    ours = 0
    while child.poll() is None or ours < 50:
        with ledger.warehouse.rows() as connection:
            connection.execute(sa.text("INSERT INTO organisations (name) VALUES (:name)"), {"name": f"parent {ours}"})
        ours += 1
        ledger.customers()
        assert query_side(ledger) == ours
    assert child.wait() == 0
    child.stdout.close()
    assert query(ledger, "SELECT count(*) FROM contractors") == [(commits,)]
    assert query(ledger, "SELECT count(*) FROM organisations") == [(ours,)]
    assert query(ledger, "PRAGMA integrity_check") == [("ok",)]


def query_side(ledger: Ledger) -> int:
    with ledger.warehouse.arrow() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM organisations")
        return int(cursor.fetchone()[0])


BOTH = """
import os, sqlite3, subprocess, sys
from adbc_driver_sqlite import dbapi
path = sys.argv[1]
ours = sqlite3.connect(path, isolation_level=None)
ours.execute("PRAGMA synchronous=FULL")
ours.execute("INSERT INTO contractors VALUES (1, 'before')")
if sys.argv[2] == "at once":
    with dbapi.connect(path) as other, other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM contractors")
        cursor.fetchall()
subprocess.run([sys.executable, "-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
                "c.execute('SELECT count(*) FROM contractors').fetchall(); c.close()", path], check=True)
ours.execute("INSERT INTO contractors VALUES (2, 'committed')")
os._exit(0)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")
@pytest.mark.parametrize(("how", "kept"), [("one at a time", 2), ("at once", 1)])
def test_why_the_gate_is_there(tmp_path: Path, how: str, kept: int) -> None:
    """Both SQLites open at once: a row that was committed is lost when the process dies."""
    ledger = ledger_in(tmp_path)
    subprocess.run([sys.executable, "-c", BOTH, str(ledger.warehouse.path), how], check=True)
    assert query(ledger, "SELECT count(*) FROM contractors") == [(kept,)]
