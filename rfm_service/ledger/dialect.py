"""How the SQL of the ledger, which is written as SQLite takes it, is said to PostgreSQL.

What both understand stands in the modules as it is. The rest is here: the marks of values, lists as values, the words
of CREATE TABLE. Texts compare and sort by their bytes on both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

NUMBERS = "SELECT CAST(value AS BIGINT) FROM json_each(?)"
"""The whole numbers of a list, given as JSON."""
TEXTS = "SELECT value FROM json_each(?)"
"""The texts of a list, given as JSON."""
LISTED = re.compile(r"json_each\((\?|\$1|%\(\w+\)s(?:::\w+)?|'(?:[^']|'')*')\)")
AS_LISTED = r"jsonb_array_elements_text(CAST(\1 AS jsonb)) AS json_each (value)"
ORDERED_JOIN = re.compile(r"CROSS JOIN (\w+) USING")
"""An order that is forced upon SQLite; PostgreSQL finds one by itself."""
SHAPING = re.compile(r"\s*(CREATE (TEMP )?TABLE|ALTER TABLE|CREATE INDEX)", re.ASCII)
WORDS = ((r"\bINTEGER\b", "BIGINT"), (r"\bREAL\b", "DOUBLE PRECISION"), (r"\bBLOB\b", "BYTEA"),
         (r"\) STRICT(,\s+WITHOUT ROWID)?", ")"),
         # Facts are written in bulk, where SQLite looks nothing up either.
         (r" REFERENCES \w+(?! ON DELETE)\b", ""), (r"\bTEXT\b", 'TEXT COLLATE "C"'),
         # As it is inserted: SQLite is told so by the statement.
         (r"\buntil BIGINT NOT NULL,", "until BIGINT NOT NULL DEFAULT 0,"),
         (r"ON documents \(ref\)", "ON documents USING hash (ref)"))
UNIQUE_TEXT = re.compile(r'(\w+) (TEXT COLLATE "C" NOT NULL) UNIQUE')
UNIQUE_KEY = re.compile(r",\s*UNIQUE \([^)]*\)(?=\)\s*$)")
# A text of 1C may be longer than an ordinary index takes. What a key of several columns keeps apart, the only writer
# has looked up before; its index serves that look.
INDEXES = {
    "products": "hash (product)", "deliveries": "hash (address)", "documents": "hash (number)",
    "referred": "hash (number)", "orders": "btree (customer_no)"}
UNSTORABLE = {0: None, **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
"""What a text of PostgreSQL cannot hold; sources and the inbox have taken it out before (tabular/cells.py)."""


def storable(text: str) -> str:
    """A text without NUL, and with a sign in place of half letters."""
    return text.translate(UNSTORABLE)


def said(statement: str, *, raw: bool) -> str:
    """A statement in the words of PostgreSQL; `raw`: its values are marked as SQLite has them, and not counted yet."""
    if raw:
        statement = statement.replace("%", "%%")
    statement = ORDERED_JOIN.sub(r"JOIN \1 USING", LISTED.sub(AS_LISTED, statement)).replace("instr(", "strpos(")
    return (_shaped(statement) if SHAPING.match(statement) else statement).replace("?", "%s" if raw else "?")


def said_to_arrow(query: str) -> str:
    """A query with at most one value, as ADBC takes it."""
    return LISTED.sub(AS_LISTED, query.replace("json_each(?)", "json_each($1)"))


def _shaped(statement: str) -> str:
    """A statement that makes or changes a table."""
    for written, word in WORDS:
        statement = re.sub(written, word, statement)
    alone = [found[1] for found in UNIQUE_TEXT.finditer(statement)]
    statement = UNIQUE_TEXT.sub(r"\1 \2", statement)
    table = re.match(r"\s*CREATE TABLE (\w+)", statement)
    if table and table[1] in INDEXES:
        statement = UNIQUE_KEY.sub("", statement) + f"; CREATE INDEX ON {table[1]} USING {INDEXES[table[1]]}"
    keys = "".join(f", EXCLUDE USING hash ({column} WITH =)" for column in alone)
    return re.sub(r"\)(\s*)$", rf"{keys})\1", statement) if keys else statement


def speak(_connection: sa.Connection, _cursor: object, statement: str, parameters: Any,
          context: sa.engine.ExecutionContext | None, executemany: bool) -> tuple[str, Any]:  # noqa: FBT001
    """Say a statement of SQLAlchemy to PostgreSQL (an event "before_cursor_execute")."""
    told = said(statement, raw=getattr(context, "compiled", None) is None)
    listed = not executemany and "json_each" in told
    return told, _lists(parameters) if listed else parameters


def _lists(values: Any) -> Any:
    """The values of a statement, lists in JSON without what PostgreSQL cannot hold."""
    if isinstance(values, Mapping):
        return {name: _list(value) for name, value in values.items()}
    return tuple(map(_list, values)) if isinstance(values, Sequence) else values


def _list(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith("[") or "\\u" not in value:
        return value
    return json.dumps([storable(each) if isinstance(each, str) else each for each in json.loads(value)])
