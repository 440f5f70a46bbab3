"""Files of an earlier release: brought to the newest form with every fact, or left as they were."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rfm_service.domain.errors import LedgerError
from rfm_service.domain.values import Partner
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from tests.ledger.books import DAY, HOSTILE, answer, days, ledger_in, line, live, query, tell

MIGRATIONS = Path(__file__).parents[2] / "rfm_service" / "ledger" / "migrations"
LINES = [line(f"{at}-{name}", customer=name, product=name, contractor=name, address=name, order_id=name * (at % 2),
              organisation=name, channel=name, amount=-at if at % 3 else 7, returned=at % 3 > 0, cost=at or None)
         for at, name in enumerate(HOSTILE) for _ in range(2)]
EARLIER = days(DAY, DAY)


def of_0001(folder: Path) -> Ledger:
    """A file of the first release: its own schema, with the facts that today's ledger made of the same answers."""
    scripts = folder / "scripts"
    (scripts / "versions").mkdir(parents=True)
    shutil.copy(MIGRATIONS / "env.py", scripts / "env.py")
    for script in (MIGRATIONS / "versions").glob("0001_*.py"):
        shutil.copy(script, scripts / "versions")
    old = Ledger(Warehouse(folder / "old.db", str(scripts)), folder / "backups")
    old.open()
    today = ledger_in(folder)
    tell(today, [*LINES, line("x", customer=""), line("gone")], EARLIER)
    tell(today, [*LINES, line("x", customer=""), line("1", amount=3)], EARLIER)
    today.save_partners([Partner(HOSTILE[0], "a@x", ref="ref", manager="М")])
    with closing(sqlite3.connect(old.warehouse.path)) as connection:
        connection.execute("ATTACH ? AS today", (str(today.warehouse.path),))
        connection.execute("DELETE FROM customers")
        for table in ("ingests", "customers", "contractors", "organisations", "products", "deliveries", "documents",
                      "orders", "versions", "lines"):
            columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
            taken = ["told" if (table, column) == ("customers", "name") else column for column in columns]
            connection.execute(f"INSERT INTO main.{table} ({', '.join(columns)}) "
                               f"SELECT {', '.join(taken)} FROM today.{table}")
        connection.execute("INSERT INTO quarantine VALUES (1, 2, NULL, 'why', '{}')")
        connection.execute("INSERT INTO snapshots VALUES (1, 2, 'rules', '{}')")
        connection.execute("INSERT INTO outbox (key, chat, text) VALUES ('k', '1', 'text')")
        connection.commit()
    today.warehouse.path.unlink()
    return old


def facts(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the tables of the first release, by its columns."""
    with closing(sqlite3.connect(path)) as connection:
        tables = {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for (name,) in
                  connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()}
        return {table: connection.execute(f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2").fetchall()
                for table, columns in tables.items() if table != "alembic_version"}


def test_0001_becomes_0002_with_every_fact(tmp_path: Path) -> None:
    old = of_0001(tmp_path)
    before = facts(old.warehouse.path)
    assert {name: len(rows) for name, rows in before.items() if rows}.keys() >= {
        "documents", "versions", "lines", "customers", "quarantine", "snapshots", "outbox"}
    ledger = Ledger(Warehouse(old.warehouse.path), tmp_path / "backups")
    ledger.open()
    after = facts(ledger.warehouse.path)
    for table, rows in before.items():
        assert [row[:len(old_row)] for row, old_row in zip(after[table], rows, strict=True)] == rows
    assert query(ledger, "PRAGMA foreign_key_check") == []
    assert query(ledger, "PRAGMA integrity_check") == [("ok",)]
    assert query(ledger, "SELECT count(*) FROM customers WHERE told <> name OR told <> shown") == [(0,)]
    assert query(ledger, "SELECT DISTINCT ref FROM documents") == [("",)]
    assert query(ledger, "SELECT DISTINCT kind FROM ingests") == [("sales",)]
    assert ledger.quarantined(EARLIER) == 1


def test_a_migrated_ledger_goes_on_as_if_nothing_had_been(tmp_path: Path) -> None:
    ledger = Ledger(Warehouse(of_0001(tmp_path).warehouse.path), tmp_path / "backups")
    ledger.open()
    told = [*LINES, line("x", customer=""), line("1", amount=3)]
    assert ledger.removal(answer(told)).gone == 0
    assert ledger.elsewhere(answer(told)) == []
    assert tell(ledger, told) == (0, 0, 0)
    assert ledger.quarantined(EARLIER) == 0
    assert len(live(ledger)) == len(told)
    assert ledger.follow_renames([Partner("Новое Имя", ref="ref")], "run") == 1
    assert tell(ledger, [each._replace(customer="Новое Имя") if each.customer == HOSTILE[0] else each
                         for each in told]) == (0, 1, 0)
    assert ledger.merge(HOSTILE[1], HOSTILE[2], "word") == 1
    assert ledger.loaded(EARLIER.first) == EARLIER


def test_both_ways_lead_to_the_same_tables(tmp_path: Path) -> None:
    ledger = Ledger(Warehouse(of_0001(tmp_path).warehouse.path), tmp_path / "backups")
    ledger.open()
    schema = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    assert query(ledger, schema) == query(ledger_in(tmp_path), schema)


def test_the_copy_before_an_upgrade_is_the_old_file(tmp_path: Path) -> None:
    old = of_0001(tmp_path)
    before = facts(old.warehouse.path)
    Ledger(Warehouse(old.warehouse.path), tmp_path / "backups").open()
    [copy] = (tmp_path / "backups").iterdir()
    assert copy.name == "before-0006.db"
    assert facts(copy) == before
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    restored = Ledger(Warehouse(copy), tmp_path / "backups")
    restored.open()
    assert len(live(restored)) == len(LINES) + 2


BROKEN = {
    "a version without a document": "DELETE FROM documents WHERE number = '1'",
    "a document without a customer": "UPDATE documents SET customer_no = 777 WHERE number = '1'",
    "a line without a product": "UPDATE lines SET product_no = 777 WHERE ordinal = 0",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_whose_rows_lack_what_they_refer_to_stays_as_it_was(tmp_path: Path, fault: str) -> None:
    old = of_0001(tmp_path)
    with closing(sqlite3.connect(old.warehouse.path)) as connection:
        connection.execute(BROKEN[fault])
        connection.commit()
    before = facts(old.warehouse.path)
    schema = query(old, "SELECT name, sql FROM sqlite_master")
    ledger = Ledger(Warehouse(old.warehouse.path), tmp_path / "backups")
    for _ in range(2):
        with pytest.raises(LedgerError, match="rows lack what they refer to"):
            ledger.open()
        assert facts(old.warehouse.path) == before
        assert query(old, "SELECT version_num FROM alembic_version") == [("0001",)]
        assert query(old, "SELECT name, sql FROM sqlite_master") == schema
    old.open()
