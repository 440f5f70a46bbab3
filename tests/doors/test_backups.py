"""`backup` and `restore` as people meet them, and what a night does where its copy cannot be made."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from rfm_service import lock, recovery, wiring
from rfm_service.cli import app
from rfm_service.ledger import soundness
from tests.ledger.books import DAY, ledger_in, line, migrated, tell
from tests.nights.company import company, sale, shop_of

SETTINGS = """
language = "en"
[source]
url = "http://127.0.0.1:1/"
start = 2026-01-01
[telegram]
admin_chats = [1001]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "data").mkdir()
    return path


def command(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, list(map(str, words)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def documents(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT number FROM documents ORDER BY 1")]


def state(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.name.endswith(("-shm", ".holder", ".lock", ".log"))}


def test_a_copy_now(settings: Path, tmp_path: Path) -> None:
    assert command("backup", "--settings", settings).exit_code == 1
    ledger = ledger_in(tmp_path / "data")
    tell(ledger, [line("kept")])
    with lock.held(tmp_path / "data" / "night.lock", "a night at work"):
        result = command("backup", "--settings", settings)
    [made] = (tmp_path / "data" / "backups").iterdir()
    assert (result.exit_code, documents(made)) == (0, ["kept"])
    assert str(made) in result.stdout
    assert "MB" in result.stdout
    elsewhere = command("backup", "--settings", settings, "--dir", tmp_path / "usb" / "stick")
    [other] = (tmp_path / "usb" / "stick").iterdir()
    assert (elsewhere.exit_code, documents(other)) == (0, ["kept"])
    (tmp_path / "file").write_bytes(b"")
    assert command("backup", "--settings", settings, "--dir", tmp_path / "file").exit_code == 1


def test_restore_keeps_what_it_replaces_and_says_what_comes_next(settings: Path, tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path / "data")
    tell(ledger, [line("older")])
    command("backup", "--settings", settings, "--dir", tmp_path / "usb")
    [copy] = (tmp_path / "usb").iterdir()
    content = copy.read_bytes()
    tell(ledger, [line("newer")])
    with closing(sqlite3.connect(ledger.warehouse.path, isolation_level=None)) as connection:
        connection.execute("UPDATE documents SET number = 'in the log' WHERE number = 'newer'")
        result = command("restore", copy, "--settings", settings)
    assert (result.exit_code, documents(ledger.warehouse.path)) == (0, ["older"])
    [aside] = (tmp_path / "data").glob("replaced-*")
    assert documents(aside / "warehouse.db") == ["in the log", "older"]
    for said in (str(copy), str(aside), "`rfm-service run` does it now"):
        assert said in result.stdout
    assert copy.read_bytes() == content
    entry = json.loads((tmp_path / "logs" / "runs.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (entry["task"], entry["step"], entry["event"], entry["as_of"]) == ("restore", "restore", "end", "2025-12-31")
    ours = wiring.ledger(wiring.load(settings))
    assert (ours.watermark(), ours.outbox.waiting()) == (DAY, [])


def test_a_copy_with_its_log_is_restored_with_it(settings: Path, tmp_path: Path) -> None:
    ledger_in(tmp_path / "data")
    other = ledger_in(tmp_path)
    with other.warehouse.kept_open():
        tell(other, [line("in the log")])
        copied = tmp_path / "copied"
        copied.mkdir()
        for name in ("warehouse.db", "warehouse.db-wal"):
            (copied / name).write_bytes((tmp_path / name).read_bytes())
    assert command("restore", copied / "warehouse.db", "--settings", settings).exit_code == 0
    assert documents(tmp_path / "data" / "warehouse.db") == ["in the log"]


def newer(path: Path) -> None:
    path.write_bytes(migrated())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def other_program(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "not there": (lambda path: None, "There is no file"),
    "a folder": (Path.mkdir, "There is no file"),
    "empty": (lambda path: path.write_bytes(b""), "no warehouse"),
    "a text": (lambda path: path.write_bytes(b"x" * 5000), "is damaged"),
    "cut": (lambda path: path.write_bytes(migrated()[:9000]), "is damaged"),
    "zeroed": (lambda path: path.write_bytes(migrated()[:-9000] + bytes(9000)), "is damaged"),
    "another program's": (other_program, "no warehouse"),
    "of a newer program": (newer, "newer version"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_cannot_be_restored_is_a_sentence_and_changes_nothing(settings: Path, tmp_path: Path,
                                                                         case: str) -> None:
    tell(ledger_in(tmp_path / "data"), [line("kept")])
    make, said = REFUSED[case]
    make(tmp_path / "file")
    before = state(tmp_path / "data")
    result = command("restore", tmp_path / "file", "--settings", settings)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert state(tmp_path / "data") == before
    assert not (tmp_path / "logs" / "runs.jsonl").exists()


def test_restore_waits_for_nights_and_takes_no_copy_of_itself(settings: Path, tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path / "data")
    copy = tmp_path / "copy.db"
    copy.write_bytes(migrated())
    for name in ("night.lock", "deliver.lock"):
        with lock.held(tmp_path / "data" / name, "the first"):
            result = command("restore", copy, "--settings", settings)
        assert (result.exit_code, "the first" in result.stderr) == (75, True)
    result = command("restore", ledger.warehouse.path, "--settings", settings)
    assert (result.exit_code, "the warehouse itself" in result.stderr) == (1, True)


def test_a_copy_of_an_older_form_is_brought_to_the_newest(settings: Path, tmp_path: Path) -> None:
    from tests.ledger.test_migrations import of_0001

    old = of_0001(tmp_path)
    assert command("restore", old.warehouse.path, "--settings", settings).exit_code == 0
    found = soundness.look(tmp_path / "data" / "warehouse.db")
    assert not (tmp_path / "data" / "backups").exists()
    assert found.revision == max(old.warehouse.revisions() | wiring.ledger(wiring.load(settings)).warehouse.revisions())


def test_a_damaged_warehouse_is_seen_by_the_door(settings: Path, tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path / "data")
    tell(ledger, [line("kept")])
    assert recovery.recover(wiring.load(settings)) is None
    command("backup", "--settings", settings)
    content = ledger.warehouse.path.read_bytes()
    ledger.warehouse.path.write_bytes(content[:-8192] + bytes(8192))
    recovered = recovery.recover(wiring.load(settings))
    assert recovered is not None
    assert documents(ledger.warehouse.path) == ["kept"]
    outbox = wiring.ledger(wiring.load(settings)).outbox
    [message] = [outbox.message(each.number) for each in outbox.waiting()]
    assert message.key.startswith("notice:recover-")
    assert recovered.damage in message.text


@pytest.mark.slow
def test_a_copy_that_fails_is_told_in_the_same_run_and_the_night_is_good(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with company(tmp_path, shop_of(sale("1", DAY, 500))) as firm:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "backups").write_bytes(b"a file in the place of the folder")
        assert firm.night(DAY).exit_code == 0
        [told] = [text for text in firm.told(1001) if "was not copied" in text]
        assert "backups" in told
        assert [entry["event"] for entry in firm.diary() if entry["event"] == "fail"] == []
        (tmp_path / "data" / "backups").unlink()
        firm.good_night(DAY)
        assert firm.diary()[-1]["step"] == "backup"
        [made] = (tmp_path / "data" / "backups").iterdir()
        assert soundness.look(made, still=True).as_of == DAY
        # A night that fails makes no copy.
        monkeypatch.setenv("RFM_SOURCE__TOKEN", "wrong")
        assert firm.night(DAY + timedelta(days=1)).exit_code == 1
        assert list((tmp_path / "data" / "backups").iterdir()) == [made]


@pytest.mark.slow
def test_a_night_of_the_daemon_goes_not_ahead_of_older_ones_that_a_damage_took(tmp_path: Path) -> None:
    with company(tmp_path, shop_of(*(sale(str(day), DAY + timedelta(days=day), 500) for day in range(3)))) as firm:
        firm.good_night(DAY)
        [copy] = (tmp_path / "data" / "backups").iterdir()
        kept = copy.read_bytes()
        firm.good_night(DAY + timedelta(days=1))
        for each in (tmp_path / "data" / "backups").iterdir():
            each.unlink()
        copy.write_bytes(kept)
        (tmp_path / "data" / "warehouse.db").write_bytes(b"damaged" * 1000)
        firm.chat.clear()

        def night(day: int) -> int:
            at = (DAY + timedelta(days=day)).isoformat()
            return command("run", "--unattended", "--as-of", at, "--settings", firm.settings).exit_code

        def nights() -> list[str]:
            return sorted(path.name for path in (tmp_path / "reports").glob("2*"))

        assert night(2) == 0
        assert nights() == [DAY.isoformat(), (DAY + timedelta(days=1)).isoformat()]
        [told] = firm.told(1001)
        assert "The warehouse was damaged" in told
        assert (night(1), night(2), len(nights())) == (0, 0, 3)
        newest = wiring.ledger(wiring.load(firm.settings)).previous(DAY + timedelta(days=3))
        assert newest is not None
        assert newest.as_of == DAY + timedelta(days=2)


HOW = {
    "restored": lambda settings, copy, warehouse: command("restore", copy, "--settings", settings),
    "recovered": lambda settings, copy, warehouse: warehouse.write_bytes(b"x" * 9000),
    "recovered without a copy": lambda settings, copy, warehouse: (copy.unlink(), warehouse.write_bytes(b"x" * 9000)),
    "deleted": lambda settings, copy, warehouse: warehouse.unlink(),
}


@pytest.mark.parametrize("how", HOW)
def test_who_was_forgotten_does_not_come_back_with_a_copy(settings: Path, tmp_path: Path, how: str) -> None:
    ledger = ledger_in(tmp_path / "data")
    tell(ledger, [line("1", customer="Тайнов", contractor="ИП Тайнов")])
    command("backup", "--settings", settings)
    [copy] = (tmp_path / "data" / "backups").iterdir()
    ledger.rights.forget("Тайнов", DAY)
    HOW[how](settings, copy, ledger.warehouse.path)
    recovery.recover(wiring.load(settings))
    tell(ledger, [line("1", customer="Тайнов", contractor="ИП Тайнов"), line("2", customer="Тайнов")])
    assert documents(ledger.warehouse.path) == ["1", "2"]
    assert "Тайнов".encode() not in ledger.warehouse.path.read_bytes()
    assert len(ledger.rights.forgotten()) == 1
