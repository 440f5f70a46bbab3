"""A warehouse that is damaged in every way files are: set aside whole, a good copy restored; never a good one."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from rfm_service.domain.errors import LedgerError
from rfm_service.ledger import backup, soundness
from tests.reliability.kept import Kept, spoil

pytestmark = pytest.mark.slow

SOAK = bool(os.environ.get("TEST_SOAK"))
ROUNDS = 200 if SOAK else 12
PAGE = 4096


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.in_(tmp_path)


def pages(path: Path) -> int:
    return path.stat().st_size // PAGE


def leaf_of_an_index(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT max(rootpage) FROM sqlite_master WHERE type = 'index'").fetchone()[0]
    spoil(path, (root - 1) * PAGE, bytes(PAGE))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "not a database": lambda path: path.write_bytes(b"something else" * 1000),
    "a text": lambda path: path.write_text("moved to the new disk", encoding="utf-8"),
    "nothing": lambda path: path.write_bytes(b""),
    "cut to a page": lambda path: os.truncate(path, PAGE),
    "cut in a page": lambda path: os.truncate(path, PAGE * 7 + 100),
    "the last page lost": lambda path: os.truncate(path, path.stat().st_size - PAGE),
    "zeroed from the middle": lambda path: spoil(path, path.stat().st_size // 2, bytes(path.stat().st_size // 2)),
    "all zero": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "zeroed first page": lambda path: spoil(path, 0, bytes(PAGE)),
    "wrong magic": lambda path: spoil(path, 0, b"SQLite format 4\0"),
    "odd write version": lambda path: spoil(path, 18, b"\x42"),
    "odd read version": lambda path: spoil(path, 19, b"\x42"),
    "odd form": lambda path: spoil(path, 44, b"\x00\x00\x00\x63"),
    "odd page size": lambda path: spoil(path, 16, b"\x03\x03"),
    "a damaged index": leaf_of_an_index,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_set_aside_and_a_copy_restored(kept: Kept, damage: str) -> None:
    newest = kept.copies[0]
    DAMAGE[damage](kept.warehouse)
    damaged = kept.warehouse.read_bytes()
    recovered = kept.recover()
    assert recovered is not None
    assert (recovered.copy, recovered.as_of is not None, bool(recovered.damage)) == (newest, True, True)
    assert [(recovered.aside / "warehouse.db").read_bytes()] == [damaged] == [
        (aside / "warehouse.db").read_bytes() for aside in kept.aside]
    assert kept.sound()
    [told] = kept.told()
    for said in ("damaged", recovered.damage, newest.name, str(recovered.aside)):
        assert said in told
    line = json.loads((kept.folder / "logs" / "runs.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (line["task"], line["step"], line["event"], line["as_of"]) == (
        "restore", "restore", "end", recovered.as_of.isoformat())
    assert kept.recover() is None


@pytest.mark.parametrize("seed", range(3))
def test_bits_pages_and_cuts_at_random(kept: Kept, seed: int) -> None:
    chance, good = random.Random(seed), kept.warehouse.read_bytes()
    seen = 0
    for _ in range(ROUNDS):
        kept.warehouse.write_bytes(good)
        how = ("bit", "page", "cut")[seed]
        if how == "bit":
            at = chance.randrange(len(good))
            spoil(kept.warehouse, at, bytes([good[at] ^ (1 << chance.randrange(8))]))
        elif how == "page":
            spoil(kept.warehouse, chance.randrange(pages(kept.warehouse)) * PAGE, bytes(PAGE))
        else:
            os.truncate(kept.warehouse, chance.randrange(1, len(good)))
        as_it_was = kept.warehouse.read_bytes()
        recovered = kept.recover()
        assert kept.sound()
        seen += recovered is not None
        if recovered is None:
            # What SQLite cannot see stays in its place, as it was.
            assert kept.warehouse.read_bytes() == as_it_was
        else:
            assert (recovered.aside / "warehouse.db").read_bytes() == as_it_was
            shutil.rmtree(recovered.aside)
    assert seen == ROUNDS or (how == "bit" and seen >= ROUNDS // 4)


def test_a_good_file_is_never_set_aside(kept: Kept) -> None:
    before = kept.warehouse.read_bytes()
    for _ in range(3):
        assert kept.recover() is None
    with closing(sqlite3.connect(kept.warehouse, isolation_level=None)) as other:
        other.execute("UPDATE outbox SET text = 'in the log'")
        assert kept.warehouse.with_name("warehouse.db-wal").stat().st_size
        assert kept.recover() is None
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE outbox SET text = 'under way'")
        assert kept.recover() is None
        other.execute("ROLLBACK")
    assert (len(before), kept.aside) == (kept.warehouse.stat().st_size, [])


@pytest.mark.parametrize("tail", ["garbage", "cut", "only garbage", "zero"])
def test_a_log_with_a_bad_end_is_no_alarm(kept: Kept, tail: str) -> None:
    log = kept.warehouse.with_name("warehouse.db-wal")
    with closing(sqlite3.connect(kept.warehouse, isolation_level=None)) as other:
        other.execute("UPDATE outbox SET text = 'in the log'")
        content, chance = log.read_bytes(), random.Random(3)
        whole = kept.warehouse.read_bytes()
    kept.warehouse.write_bytes(whole)
    log.write_bytes({"garbage": content + chance.randbytes(5000), "cut": content[:len(content) - 1000],
                     "only garbage": chance.randbytes(9000), "zero": bytes(5000)}[tail])
    assert kept.recover() is None
    assert kept.aside == []
    assert ("in the log" in str(rows(kept.warehouse))) == (tail == "garbage")


def rows(path: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT text FROM outbox").fetchall()


def test_copies_that_are_damaged_too_are_passed_over(kept: Kept) -> None:
    DAMAGE["not a database"](kept.warehouse)
    newest, older = kept.copies
    leaf_of_an_index(newest)
    recovered = kept.recover()
    assert recovered is not None
    assert recovered.copy == older
    assert {path.name for path in newest.parent.iterdir()} == {newest.name, older.name}


def test_a_copy_of_a_newer_program_is_passed_over_and_one_before_a_migration_is_the_last_resort(kept: Kept) -> None:
    DAMAGE["all zero"](kept.warehouse)
    newest, older = kept.copies
    with closing(sqlite3.connect(newest)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    before = older.rename(older.with_name("before-0004.db"))
    recovered = kept.recover()
    assert recovered is not None
    assert recovered.copy == before


def test_without_a_good_copy_a_new_warehouse_takes_the_place(kept: Kept) -> None:
    DAMAGE["cut in a page"](kept.warehouse)
    for copy in kept.copies:
        DAMAGE["a text"](copy)
    recovered = kept.recover()
    assert recovered is not None
    assert (recovered.copy, recovered.again) == (None, kept.settings.source.start)
    assert kept.sound()
    [told] = kept.told()
    for said in ("No copy of it can be relied on", "history of moves", str(recovered.aside)):
        assert said in told


def test_a_missing_warehouse_comes_back_where_copies_lie_beside_it(kept: Kept) -> None:
    kept.warehouse.unlink()
    kept.warehouse.with_name("warehouse.db-wal").write_bytes(b"of another file")
    recovered = kept.recover()
    assert recovered is not None
    assert (recovered.damage, recovered.copy) == ("", kept.copies[0])
    assert kept.sound()
    assert [path.name for path in recovered.aside.iterdir()] == ["warehouse.db-wal"]
    kept.warehouse.unlink()
    shutil.rmtree(kept.data / "backups")
    assert kept.recover() is None
    assert not kept.warehouse.exists()


def test_a_start_that_was_killed_at_once_is_no_alarm(kept: Kept) -> None:
    shutil.rmtree(kept.data / "backups")
    (kept.folder / "logs" / "runs.jsonl").unlink()
    kept.warehouse.write_bytes(b"")
    assert kept.recover() is None
    kept.warehouse.unlink()
    with closing(sqlite3.connect(kept.warehouse)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    assert kept.recover() is None
    assert kept.aside == []


def test_a_disk_that_may_be_gone_is_no_damage(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = kept.folder / "second disk"
    (kept.data / "backups").rename(elsewhere)
    monkeypatch.setenv("RFM_BACKUP__PATH", str(elsewhere))
    whole = kept.warehouse.rename(kept.data / "away.db")
    with pytest.raises(LedgerError, match="its disk may not be connected"):
        kept.recover()
    kept.warehouse.symlink_to(kept.folder / "nowhere" / "warehouse.db")
    with pytest.raises(LedgerError, match="leads nowhere"):
        kept.recover()
    kept.warehouse.unlink()
    shutil.copy(whole, kept.warehouse)
    DAMAGE["all zero"](kept.warehouse)
    monkeypatch.setenv("RFM_BACKUP__PATH", str(kept.folder / "third disk"))
    with pytest.raises(LedgerError, match="the disk may not be connected"):
        kept.recover()
    assert kept.aside == []
    (kept.folder / "third disk").mkdir()
    recovered = kept.recover()
    assert recovered is not None
    assert recovered.copy is None


def test_without_room_for_a_copy_nothing_is_moved(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    DAMAGE["all zero"](kept.warehouse)
    monkeypatch.setattr(backup, "MARGIN", 1 << 60)
    with pytest.raises(LedgerError, match="MB are free"):
        kept.recover()
    assert (kept.aside, kept.warehouse.exists()) == ([], True)
    monkeypatch.undo()
    assert kept.recover() is not None


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="rights of POSIX, which root has all of")
def test_no_rights_is_no_damage(kept: Kept) -> None:
    kept.warehouse.chmod(0)
    with pytest.raises(LedgerError):
        kept.recover()
    kept.warehouse.chmod(0o644)
    DAMAGE["a text"](kept.warehouse)
    for copy in kept.copies:
        copy.chmod(0)
    with pytest.raises(LedgerError):
        kept.recover()
    assert kept.aside == []


def test_locked_is_no_damage(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundness, "WAIT_S", 0.1)
    before = kept.warehouse.read_bytes()
    with closing(sqlite3.connect(kept.warehouse, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("UPDATE outbox SET text = 'under way'")
        with pytest.raises(LedgerError, match="locked"):
            kept.recover()
        other.execute("ROLLBACK")
    assert (kept.aside, kept.warehouse.read_bytes()) == ([], before)


def test_a_link_to_a_warehouse_is_followed(kept: Kept) -> None:
    real = kept.folder / "other" / "real.db"
    real.parent.mkdir()
    kept.warehouse.rename(real)
    kept.warehouse.symlink_to(real)
    DAMAGE["all zero"](real)
    assert kept.recover() is not None
    assert kept.warehouse.is_symlink()
    assert kept.sound()


CRASH = """
import sys
from pathlib import Path
from rfm_service import recovery, wiring
left = int(sys.argv[2])
def stop(event, arguments):
    global left
    if event in ("os.rename", "os.remove", "os.mkdir", "sqlite3.connect") or (
            event == "open" and "runs.jsonl" in str(arguments[0]) and "a" in str(arguments[1])):
        left -= 1
        if left == 0:
            import os
            os._exit(9)
sys.addaudithook(stop)
recovery.recover(wiring.load(Path(sys.argv[1])))
"""


def test_killed_at_any_moment_the_next_start_ends_it(tmp_path: Path) -> None:
    for left in range(1, 400, 1 if SOAK else 7):
        kept = Kept.in_(tmp_path / str(left))
        DAMAGE["all zero"](kept.warehouse)
        done = subprocess.run([sys.executable, "-c", CRASH, str(kept.folder / "settings.toml"), str(left)],
                              capture_output=True, encoding="utf-8")
        assert done.returncode in (0, 9), done.stderr
        kept.recover()
        assert kept.sound()
        assert len(kept.told()) == 1
        assert kept.recover() is None
        assert any((aside / "warehouse.db").exists() for aside in kept.aside)
        assert '"task": "restore"' in (kept.folder / "logs" / "runs.jsonl").read_text(encoding="utf-8")
        shutil.rmtree(tmp_path / str(left))
        if done.returncode == 0:
            break
    assert left > 8
