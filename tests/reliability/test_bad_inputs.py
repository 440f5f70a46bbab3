"""Bad settings, answers and command lines: a sentence and an exit code, never a traceback, and nothing is changed."""

from __future__ import annotations

import json
import os
import sqlite3
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rfm_service.cli import app
from rfm_service.emulator import faults
from rfm_service.emulator.faults import Fault
from tests.architecture.test_documentation import keys
from tests.nights.company import Company, company
from tests.reliability.verdicts import DAY, HURRIED, NEXT, START, held, share, usual_shop
from tests.settings.test_settings import TREE, toml
from tests.sources.asking import row

SOAK = bool(os.environ.get("TEST_SOAK"))
SETTINGS, ANSWERS = (180, 80) if SOAK else (8, 4)
ALLOWED = {0, 1, 2}
UNSEEN = ("Traceback", "unexpected fault", "Unexpected", "canary", "канал-1C")


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """A company after a good night, deep in its folder: paths of bad settings stay in it."""
    folder = tmp_path_factory.mktemp("bad") / "a" / "b" / "c"
    folder.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as environment, company(folder, usual_shop(), start=START) as made:
        for name, value in HURRIED.items():
            environment.setenv(name, value)
        made.deadline = 0.005
        made.good_night(DAY)
        yield made


def said(*words: str) -> Result:
    """What a command line says: an exit code that is documented, and a sentence where it is not 0."""
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, repr(result.exception))
    assert result.exit_code in ALLOWED, (words, result.exit_code)
    assert [each for each in UNSEEN if each in result.output] == [], (words, result.output)
    assert result.exit_code == 0 or result.output.strip(), words
    return result


def stands(firm: Company) -> object:
    """What the ledger holds, by count, and the published report."""
    with closing(sqlite3.connect(firm.folder / "data" / "warehouse.db")) as connection:
        counted = [connection.execute(query).fetchall() for query in (
            "SELECT count(*), max(ingest_no) FROM ingests", "SELECT count(*), sum(until), sum(amount) FROM versions",
            "SELECT count(*) FROM snapshots", "SELECT count(*) FROM customers")]
    return counted, share(firm)


@contextmanager
def unchanged(firm: Company) -> Iterator[None]:
    """The facts and the published report stay as they were."""
    before = stands(firm)
    yield
    assert stands(firm) == before


def tame(value: object) -> Any:
    """A value whose texts lead nowhere outside of the folder."""
    if isinstance(value, str):
        return value if value in ("http://x/", "sqlite:///x", "~x") else value.replace("/", "").replace("~", "")
    if isinstance(value, list):
        return [tame(each) for each in value]
    return {key: tame(each) for key, each in value.items()} if isinstance(value, dict) else value


ODD = st.sampled_from(["", " ", "\u202e", "\U0001f600" * 300, "x" * 100_000, "NaN", "1e400", "-1", "02:00", "no", "№"])
HUGE = st.sampled_from([2**31, 2**62, -(2**62), 10**18, 1e308, float("nan"), float("inf"), -0.0, 0, -1])


@settings(max_examples=SETTINGS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(keys())), TREE | ODD | HUGE)
def test_any_value_of_any_key(firm: Company, key: str, value: object) -> None:
    tables = tomllib.loads(firm.settings.read_text(encoding="utf-8"))
    *above, last = key.split(".")
    inner = tables
    for name in above:
        if name == "publish":
            tables["publish"] = [{"path": "reports"}]
            inner = tables["publish"][0]
        else:
            inner = inner.setdefault(name, {})
    inner[last] = tame(value)
    path = firm.folder / "bad.toml"
    path.write_text("\n".join(f"{toml(name)} = {toml(table)}" for name, table in tables.items()), encoding="utf-8")
    with unchanged(firm):
        result = said("status", "--settings", str(path))
        assert result.exit_code != 2 or "bad.toml" in result.stderr


FILES = {
    "nothing": b"", "bytes": bytes(range(256)), "NUL": b"\0" * 100, "UTF-16": "language = 'ru'".encode("utf-16"),
    "cp1251": "[source]\nuser = 'Ёж'".encode("cp1251"), "cut": b"[source\nurl = ", "twice": b"[source]\n[source]\n",
    "a page": faults.HTML_PAGE, "JSON": b'{"source": 1}', "deep": b"x = " + b"[" * 5000 + b"]" * 5000,
    "backslashes": b'[[publish]]\npath = "\\\\server\\share"', "long": b"x = '" + b"a" * 300_000 + b"'",
    "surrogate": b'x = "\\ud800"', "control": b"x = '\x07'", "BOM twice": b"\xef\xbb\xbf\xef\xbb\xbflanguage = 'ru'",
    "a number": b"5", "a date": b"2026-01-01", "a huge number": b"[source]\noverlap_days = " + b"9" * 5000,
}


@pytest.mark.parametrize("name", FILES)
def test_a_settings_file_that_is_none(firm: Company, name: str) -> None:
    path = firm.folder / "bad.toml"
    path.write_bytes(FILES[name])
    for command in ("run", "status", "check"):
        with unchanged(firm):
            assert said(command, "--settings", str(path)).exit_code == 2


LINES = (
    "run --as-of nonsense", "run --as-of 2026-02-30", "run --as-of 99999-01-01", "run --as-of 0001-01-01",
    "run --as-of 2999-01-01", "run --as-of 1900-01-01", "run --as-of", "run now", "run --colour", "sleep",
    "sync --from 2026-06-10 --to 2026-06-01", "sync --from x", "sync --dry-run --accept-removals",
    "sync --accept-removals --as-of 2020-01-01", "replay", "replay --from 2026-06-10",
    "replay --from 2026-06-11 --to 2026-06-01", "replay --from 2999-01-01 --to 2999-01-02", "preview --set x",
    "preview --set rfm.cuts=never", "preview --preset nobody", "preview --set =", "preview --set a.b.c=d",
    "export", "export customers", "export nothing --output x", "export customers --format pdf --output x",
    "customers", "customers merge", "customers merge nobody no-one", "customers merge \u202e \u0007", "status --xml",
    "check everything", "demo --days x", "emulator --port x", "emulator --days x", "daemon --fast",
)


@pytest.mark.parametrize("line", LINES)
def test_a_command_line_that_cannot_be_carried_out(firm: Company, line: str) -> None:
    words = line.split(" ")
    with unchanged(firm):
        assert said(*words, *(["--settings", str(firm.settings)] if words[0] in (
            "run", "sync", "replay", "preview", "status", "check") else [])).exit_code in (1, 2)


CELL = TREE.map(lambda value: str(value) if isinstance(value, date) else value) | ODD | HUGE
ROWS = st.lists(st.dictionaries(st.sampled_from(sorted(row())), CELL, max_size=4), min_size=1, max_size=4)
BODIES = st.one_of(
    st.binary(max_size=200), CELL.map(lambda value: json.dumps(value, default=str).encode()),
    CELL.map(lambda value: json.dumps({"data": value}, default=str).encode()),
    ROWS.map(lambda told: json.dumps({"data": json.dumps([row() | each for each in told], default=str)}).encode()))


@pytest.mark.slow
@settings(max_examples=ANSWERS, deadline=None, suppress_health_check=list(HealthCheck))
@given(BODIES, st.sampled_from([200, 200, 200, 404, 500, 299, 204, 418]), st.booleans())
def test_any_answer_of_1c(firm: Company, content: bytes, status: int, partners: bool) -> None:
    firm.onec.faults.push(Fault(status, content, None, "partnersdata" if partners else "clasterclients"))
    before = held(firm), share(firm)
    try:
        result = said("run", "--settings", str(firm.settings), "--as-of", DAY.isoformat())
    finally:
        firm.onec.faults.clear()
    assert result.exit_code in (0, 1)
    if result.exit_code == 1:
        assert (held(firm), share(firm)) == before
    else:
        firm.good_night(DAY)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(faults.NAMED)[:: 1 if SOAK else 7])
def test_any_named_fault_of_1c(firm: Company, name: str) -> None:
    given = {"cut": [1], "cut_unseen": [1], "cut_chunks": [1], "empty_day": [DAY], "dropped": ["Сумма"], "bomb": [20],
             "renamed": ["Сумма", "Итог"], "redirect": ["http://127.0.0.1/"], "slow": [0.1], "drip": [0.01, 100],
             "deep_skip": [0.1]}
    firm.onec.faults.push(faults.NAMED[name](*given.get(name, [])).again())
    before = held(firm), share(firm)
    try:
        result = said("run", "--settings", str(firm.settings), "--as-of", (NEXT - timedelta(days=1)).isoformat())
    finally:
        firm.onec.faults.clear()
    if result.exit_code:
        assert (held(firm), share(firm)) == before
    else:
        firm.good_night(DAY)
