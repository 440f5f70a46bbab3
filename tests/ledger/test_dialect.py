"""How the SQL of the ledger is said to PostgreSQL, and what of an address is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm_service.ledger.dialect import said, said_to_arrow, storable
from rfm_service.ledger.opening import opened
from rfm_service.ledger.server import Server
from rfm_service.ledger.warehouse import Warehouse

SAID = {
    "a value": ("SELECT 1 FROM a WHERE b = ?", "SELECT 1 FROM a WHERE b = %s"),
    "a remainder": ("SELECT a % 7", "SELECT a %% 7"),
    "a list": ("x IN (SELECT CAST(value AS BIGINT) FROM json_each(?))",
               "x IN (SELECT CAST(value AS BIGINT) FROM jsonb_array_elements_text(CAST(%s AS jsonb)) AS json_each "
               "(value))"),
    "an order": ("FROM a CROSS JOIN b USING (c)", "FROM a JOIN b USING (c)"),
    "a table": ("CREATE TABLE t (\n  a INTEGER PRIMARY KEY, b TEXT NOT NULL, c BLOB, d REAL NOT NULL) STRICT",
                'CREATE TABLE t (\n  a BIGINT PRIMARY KEY, b TEXT COLLATE "C" NOT NULL, c BYTEA, '
                "d DOUBLE PRECISION NOT NULL)"),
    "without numbers": ("CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT,\n    WITHOUT ROWID",
                        "CREATE TABLE t (a BIGINT PRIMARY KEY)"),
    "references": ("CREATE TABLE t (a INTEGER REFERENCES b, c INTEGER REFERENCES d ON DELETE CASCADE) STRICT",
                   "CREATE TABLE t (a BIGINT, c BIGINT REFERENCES d ON DELETE CASCADE)"),
    "one of a kind": ("CREATE TABLE t (a TEXT NOT NULL UNIQUE, b INTEGER) STRICT",
                      'CREATE TABLE t (a TEXT COLLATE "C" NOT NULL, b BIGINT, EXCLUDE USING hash (a WITH =))'),
    "long keys": ("CREATE TABLE products (a TEXT NOT NULL,\n    UNIQUE (a, b)) STRICT",
                  'CREATE TABLE products (a TEXT COLLATE "C" NOT NULL); CREATE INDEX ON products USING hash (product)'),
    "short keys": ("CREATE TABLE contacts (a INTEGER, UNIQUE (a, b)) STRICT",
                   "CREATE TABLE contacts (a BIGINT, UNIQUE (a, b))"),
    "a column": ("ALTER TABLE t ADD COLUMN a TEXT NOT NULL DEFAULT ''",
                 "ALTER TABLE t ADD COLUMN a TEXT COLLATE \"C\" NOT NULL DEFAULT ''"),
}


@pytest.mark.parametrize("case", SAID)
def test_said_to_postgresql(case: str) -> None:
    ours, theirs = SAID[case]
    assert said(ours, raw=True) == theirs


def test_a_name_in_a_query_of_adbc_stays_as_it_is() -> None:
    names = """SELECT value FROM json_each('["100% _ ?, :a", "it''s (x)"]') WHERE a IN (SELECT b FROM json_each(?))"""
    told = said_to_arrow(names)
    assert """CAST('["100% _ ?, :a", "it''s (x)"]' AS jsonb)""" in told
    assert told.count("$1") == 1


@given(st.text(st.characters()))
def test_a_storable_text_can_be_stored_and_a_clean_one_is_itself(text: str) -> None:
    found = storable(text)
    assert "\0" not in found.encode().decode()
    assert storable(found) == found
    assert found == text or re.search(r"[\0\ud800-\udfff]", text)


ADDRESSES = {
    "postgresql+psycopg://u:pw%40x@db:5433/firm?schema=shop&sslmode=require": ("shop", "db:5433/firm (shop)"),
    "postgresql://u@db/firm": ("rfm", "db/firm (rfm)"),
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_shows_no_login(url: str) -> None:
    server = Server(url, "secret")
    assert (server.schema, server.place) == ADDRESSES[url]
    assert "schema" not in server.address
    assert server.address.startswith("postgresql://u")
    assert ("sslmode=require" in server.address) == ("sslmode" in url)
    assert not any(hidden in repr(server) for hidden in ("secret", "pw%40x"))


def test_a_file_is_what_is_meant_without_a_url(tmp_path: Path) -> None:
    assert opened(tmp_path / "w.db") == Warehouse(tmp_path / "w.db")
