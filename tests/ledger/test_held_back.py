"""Who was forgotten stays so: killed halfway, and where an older copy takes the place of the warehouse."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger.backup import verified_copy
from rfm_service.ledger.forgetting import hold_back
from rfm_service.ledger.forgotten import LIST, Listing, Told, hashed, known_at
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from tests.ledger.books import DAY, ledger_in, line, query, tell
from tests.ledger.test_forgetting import (
    LINES,
    NAME,
    OTHERS,
    SECRETS,
    WEEK,
    found_in,
    leave_gaps,
    ledger,
    night,
    summary,
)
from tests.sampling import sampled

__all__ = ["ledger"]
NOBODY: frozenset[str] = frozenset()


def killed_at(statement: int, act: Callable[[], Any]) -> int:
    """Do something in a process of its own that is killed before it runs a statement; how many it ran where it was not.
    """
    seen, (read, write) = [0], os.pipe()

    def count(*_: Any) -> None:
        seen[0] += 1
        if seen[0] == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    if (child := os.fork()) == 0:
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", count)
        act()
        os.write(write, bytes([seen[0]]))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write)
    with os.fdopen(read, "rb") as ended:
        return int.from_bytes(ended.read(1))


@pytest.mark.skipif(os.name == "nt", reason="forks")
@pytest.mark.parametrize("statement", sampled(range(1, 80), 8))
def test_killed_at_any_statement_it_is_before_or_after_and_the_next_try_ends_it(
        ledger: Ledger, tmp_path: Path, statement: int) -> None:
    before = summary(ledger)
    killed_at(statement, lambda: ledger.rights.forget(NAME, DAY))
    known = query(ledger, "SELECT count(*) FROM forgotten")[0][0] > 0
    assert (query(ledger, f"SELECT count(*) FROM customers WHERE '{NAME}' IN (told, name, shown)") == [(0,)]) is known
    assert (query(ledger, "SELECT count(*) FROM contractors WHERE name LIKE 'ИП%'") == [(0,)]) is known
    assert query(ledger, "PRAGMA integrity_check") == [("ok",)]
    assert night(ledger) == (0, 0, 0)
    pd.testing.assert_frame_equal(summary(ledger), before)
    ledger.rights.forget(NAME, DAY)
    assert found_in(tmp_path) == set()


@pytest.mark.skipif(os.name == "nt", reason="forks")
def test_the_kills_reach_the_last_statement(ledger: Ledger) -> None:
    assert 30 < killed_at(0, lambda: ledger.rights.forget(NAME, DAY)) < 80


@pytest.fixture
def copy(ledger: Ledger, tmp_path: Path) -> Path:
    """A copy from before somebody was forgotten, in a folder of its own."""
    verified_copy(ledger.warehouse.path, tmp_path / "copies" / "old.db")
    return tmp_path / "copies" / "old.db"


def test_a_copy_learns_whom_it_must_not_know(ledger: Ledger, copy: Path) -> None:
    before = summary(ledger)
    leave_gaps(copy)
    ledger.rights.forget(NAME, DAY)
    assert found_in(copy.parent) == set(SECRETS)
    hold_back(Warehouse(copy), known_at(ledger.warehouse.path), NOBODY)
    assert found_in(copy.parent) == set()
    old = Ledger(Warehouse(copy), copy.parent)
    pd.testing.assert_frame_equal(summary(old), before)
    assert old.rights.forgotten() == ledger.rights.forgotten(), "the same id in customers.csv"
    assert night(old) == (0, 0, 0)
    hold_back(Warehouse(copy), known_at(ledger.warehouse.path), NOBODY)
    assert old.rights.forgotten() == ledger.rights.forgotten()


@pytest.mark.parametrize("lost", ["the list", "the warehouse", "its pages"])
def test_the_list_or_the_warehouse_is_enough(ledger: Ledger, copy: Path, lost: str) -> None:
    ledger.rights.forget(NAME, DAY)
    path = ledger.warehouse.path
    if lost == "the list":
        path.with_name(LIST).unlink()
    elif lost == "the warehouse":
        path.unlink()
    else:
        path.write_bytes(b"x" * 9000)
    hold_back(Warehouse(copy), known_at(path), NOBODY)
    assert found_in(copy.parent) == set()


def test_who_is_not_in_the_copy_yet_is_held_back_from_it(ledger: Ledger, tmp_path: Path) -> None:
    ledger.rights.forget(NAME, DAY)
    new = ledger_in(tmp_path / "new") if (tmp_path / "new").mkdir() is None else ledger
    hold_back(new.warehouse, known_at(ledger.warehouse.path), NOBODY)
    assert night(new)[0] == len(LINES) + len(OTHERS)
    assert night(new) == (0, 0, 0)
    assert found_in(tmp_path / "new") == set()
    assert new.rights.forgotten().keys() == ledger.rights.forgotten().keys()


def test_a_copy_that_forgot_others_by_a_salt_of_its_own_holds_back_both(ledger: Ledger, copy: Path) -> None:
    old = Ledger(Warehouse(copy), copy.parent)
    ledger.rights.forget(NAME, DAY)
    old.rights.forget("Ромашка", DAY)
    hold_back(old.warehouse, known_at(ledger.warehouse.path), NOBODY)
    assert found_in(copy.parent, (*SECRETS, "Ромашка")) == set()
    assert len(old.rights.forgotten()) == 2
    assert night(old) == (0, 0, 0)
    assert found_in(copy.parent, (*SECRETS, "Ромашка")) == set()


def test_a_list_tells_a_reference_and_a_name_of_one_apart(ledger: Ledger, copy: Path) -> None:
    """In the copy two rows are what the ledger has as one: each hash keeps the row that it was met in."""
    old = Ledger(Warehouse(copy), copy.parent)
    tell(old, [line("k", customer="Кто-то", customer_key="key-1")], WEEK)
    salt = b"s" * 32
    told = Told("0" * 16, DAY, tuple(hashed(each, salt) for each in (NAME, "key-1")))
    hold_back(old.warehouse, Listing((salt,), (told,)), NOBODY)
    assert found_in(copy.parent, (*SECRETS, "Кто-то", "key-1")) == set()
    assert len(old.rights.forgotten()) == 2
    assert tell(old, [line("k", customer="Кто-то", customer_key="key-1"), *LINES], WEEK)[1:] == (0, 0)
    assert found_in(copy.parent, (*SECRETS, "Кто-то", "key-1")) == set()


@pytest.mark.parametrize("damage", [
    "", "[]", "{}", '{"salts": ["zz"], "customers": []}', '{"salts": [], "customers": [1]}',
    '{"salts": [], "customers": [{"customer_id": "x", "day": "never", "hashes": []}]}'])
def test_a_damaged_list_stops_nothing(ledger: Ledger, damage: str) -> None:
    ledger.rights.forget(NAME, DAY)
    path = ledger.warehouse.path.with_name(LIST)
    whole = json.loads(path.read_bytes())
    assert [each["day"] for each in whole["customers"]] == [DAY.isoformat()]
    path.write_text(damage, encoding="utf-8")
    assert len(known_at(ledger.warehouse.path).people) == 1
    ledger.rights.forget("Ромашка", DAY + timedelta(days=1))
    assert len(json.loads(path.read_bytes())["customers"]) == 2


def test_a_list_that_cannot_be_written_forgets_nobody(ledger: Ledger) -> None:
    ledger.warehouse.path.with_name(LIST).mkdir()
    with pytest.raises(LedgerError, match="cannot be written"):
        ledger.rights.forget(NAME, DAY)
    assert ledger.rights.forgotten() == {}
    assert ledger.rights.dossier(NAME).who[0]["name"] == NAME
