"""`customers show`, `forget` and `renames` at the door: locks, copies that cannot be read, sentences."""

from __future__ import annotations

from pathlib import Path

import pytest

from rfm_service import lock
from rfm_service.ledger.ledger import Ledger
from tests.doors.test_backups import command, settings
from tests.ledger.books import ledger_in, line, tell

__all__ = ["settings"]
NAME = "Тайнов Пётр"


@pytest.fixture
def ledger(settings: Path, tmp_path: Path) -> Ledger:
    made = ledger_in(tmp_path / "data")
    tell(made, [line("1", customer=NAME), line("2", customer="Ромашка")])
    return made


def test_without_a_warehouse_nothing_is_made(settings: Path, tmp_path: Path) -> None:
    for words in (("show", NAME), ("forget", NAME, "--yes")):
        result = command("customers", *words, "--settings", settings)
        assert (result.exit_code, "There is no warehouse" in result.stderr) == (1, True)
    assert list((tmp_path / "data").iterdir()) == []


@pytest.mark.parametrize("name", ["night.lock", "deliver.lock"])
def test_while_another_run_is_at_work_nobody_is_forgotten(settings: Path, ledger: Ledger, tmp_path: Path,
                                                         name: str) -> None:
    with lock.held(tmp_path / "data" / name, "the first"):
        result = command("customers", "forget", NAME, "--yes", "--settings", settings)
    assert (result.exit_code, "the first" in result.stderr, ledger.rights.forgotten()) == (75, True, {})


def test_who_comes_back_under_another_name_is_to_be_forgotten_too(settings: Path, ledger: Ledger) -> None:
    assert command("customers", "forget", NAME, "--yes", "--settings", settings).exit_code == 0
    tell(ledger, [line("1", customer="Новое Имя"), line("2", customer="Ромашка")])
    told = command("customers", "renames", "--settings", settings).output
    (new,) = ledger.renames()
    assert f"under the name Новое Имя ({new.new_id})" in told
    assert f"rfm-service customers forget {new.new_id}" in told
    assert command("customers", "merge", new.old_id, new.new_id, "--settings", settings).exit_code == 1


def test_who_may_be_the_same_is_shown_and_told(settings: Path, ledger: Ledger) -> None:
    tell(ledger, [line("1", customer="Тайнов П."), line("2", customer="Ромашка")])
    (rename,) = ledger.renames()
    shown = command("customers", "show", NAME, "--settings", settings).output
    assert f"May be the same, renamed in 1C:\n  Тайнов П. ({rename.new_id})" in shown
    told = command("customers", "forget", NAME, "--yes", "--settings", settings).output
    assert f"rfm-service customers forget {rename.new_id}" in told
    assert "may be the same" not in command("customers", "forget", "Тайнов П.", "--yes", "--settings", settings).output


def test_a_copy_that_cannot_be_read_may_tell_and_can_be_removed(settings: Path, ledger: Ledger, tmp_path: Path) -> None:
    copies = tmp_path / "data" / "backups"
    command("backup", "--settings", settings)
    (good,) = copies.iterdir()
    damaged = copies / "before-0005.db"
    damaged.write_bytes(good.read_bytes()[:5000])
    (copies / "notes.txt").write_text("theirs", encoding="utf-8")
    words = ("customers", "forget", NAME, "--yes", "--settings", settings)
    listed = command(*words)
    assert listed.exit_code == 1
    assert f"{damaged} cannot be read" in listed.output
    assert str(good) in listed.output
    kept = command(*words, "--backups", "rewrite")
    assert (kept.exit_code, damaged.exists()) == (1, True)
    assert command(*words, "--backups", "delete").exit_code == 0
    assert sorted(path.name for path in copies.iterdir()) == ["notes.txt", good.name]
    assert NAME.encode() not in good.read_bytes()


def test_a_copy_of_an_older_form_forgets_too(settings: Path, ledger: Ledger, tmp_path: Path) -> None:
    from tests.ledger.test_migrations import HOSTILE, of_0001

    (tmp_path / "old").mkdir()
    old = of_0001(tmp_path / "old").warehouse.path
    (tmp_path / "data" / "backups").mkdir()
    copy = old.rename(tmp_path / "data" / "backups" / "before-0002.db")
    tell(ledger, [line("1", customer=HOSTILE[2])])
    result = command("customers", "forget", HOSTILE[2], "--yes", "--backups", "rewrite", "--settings", settings)
    assert (result.exit_code, f"Without the customer now: {copy}" in result.output) == (0, True)
    assert len(Ledger(type(ledger.warehouse)(copy), tmp_path).rights.forgotten()) == 1
    shown = command("customers", "show", "Ромашка", "--settings", settings).output
    assert "No report and no copy" in shown


def test_a_log_beside_a_copy_is_forgotten_with_it(settings: Path, ledger: Ledger, tmp_path: Path) -> None:
    """A warehouse set aside by hand while it was in use: what its log has is a part of it."""
    aside = tmp_path / "data" / "replaced-1"
    aside.mkdir()
    with ledger.warehouse.kept_open():
        tell(ledger, [line("3", customer="Из Журнала"), line("1", customer=NAME)])
        for name in ("warehouse.db", "warehouse.db-wal"):
            (aside / name).write_bytes((tmp_path / "data" / name).read_bytes())
    result = command("customers", "forget", NAME, "--yes", "--backups", "rewrite", "--settings", settings)
    assert result.exit_code == 0
    assert [path.name for path in aside.iterdir()] == ["warehouse.db"]
    content = (aside / "warehouse.db").read_bytes()
    assert (NAME.encode() in content, "Из Журнала".encode() in content) == (False, True)
