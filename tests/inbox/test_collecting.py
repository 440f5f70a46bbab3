"""Files of the inbox: kept before they are moved, nothing lost, nothing overwritten, troubles told and survived."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rfm_service import collecting
from rfm_service.domain.errors import LedgerError
from rfm_service.inbox import folder as inbox_folder
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.publishing.disk import Disk
from rfm_service.publishing.shelf import failure
from rfm_service.texts.catalogue import LANGUAGES, Catalogue
from tests.inbox.filling import CHANGED, NOW, fill, ids, made, mark, marks, olgas
from tests.inbox.folders import EN, Stand, stand
from tests.ledger.books import query

FIRST, SECOND, THIRD = ids(olgas())[:3]
GOOD = fill(olgas(), {2: {"outcome": "Отказ"}, 3: {"outcome": "Купил"}})
MARKS = marks(mark(THIRD), mark(FIRST, "wrote"))
FRESH = int(NOW.timestamp()) - 60


@pytest.fixture
def there(tmp_path: Path) -> Stand:
    return stand(tmp_path)


def test_good_files_are_kept_and_moved_and_nothing_is_said(there: Stand) -> None:
    there.put("olga.xlsx", GOOD)
    there.put("marks-Ольга-2026-11-22.json", MARKS)
    assert there.collect() == {"files": 2, "good": 4, "done": 2}
    assert there.lies() == {"done/olga.xlsx": GOOD, "done/marks-Ольга-2026-11-22.json": MARKS}
    assert there.contacts() == sorted([(FIRST, "refused"), (SECOND, "bought"), (THIRD, "called"), (FIRST, "wrote")])
    assert there.collect() == {}


def test_the_same_file_again_changes_nothing_and_finds_a_name(there: Stand) -> None:
    for name in ("olga.xlsx", "OLGA.xlsx", "olga.xlsx"):
        there.put(name, GOOD, changed=CHANGED + 500)
        there.collect()
    assert set(there.lies()) == {"done/olga.xlsx", "done/OLGA-2.xlsx", "done/olga-3.xlsx"}
    assert len(there.contacts()) == 2
    assert query(there.ledger, "SELECT count(*) FROM contact_files") == [(1,)]


def test_bad_rows_are_told_beside_the_file_and_counted(there: Stand) -> None:
    there.put("olga.xlsx", fill(olgas(), {
        2: {"outcome": "Отказ"}, 3: {"outcome": "?"}, 4: {"outcome": "Купил", "customer_id": "=cmd()"},
        5: {"outcome": "Купил", "customer_id": "deadbeef"}, 6: {"outcome": "Купил", "customer_id": THIRD}}))
    assert there.collect() == {"files": 1, "good": 2, "bad": 3, "done": 1}
    assert there.said("done/olga.xlsx").split("\r\n") == [
        "olga.xlsx", "Rows that count: 2. Rows that do not: 3.",
        "Покупатели, row 3: The outcome is none of those that the list offers.",
        "Покупатели, row 4: A cell holds a formula. Write the value itself.",
        "Покупатели, row 5: No customer has this id.", ""]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_told_is_in_the_language_of_the_service(there: Stand, language: str) -> None:
    there.texts = Catalogue(language, "RUB")
    there.put("list.xlsx", fill(olgas(), {2: {"outcome": "?"}}))
    assert there.collect() == {"files": 1, "bad": 1, "rejected": 1}
    told = there.said("rejected/list.xlsx")
    assert there.texts("The outcome is none of those that the list offers.") in told
    assert ("row" in told) is (language == "en")


def test_the_list_of_somebody_else_counts_and_is_told(there: Stand) -> None:
    (petrs,) = (content for name, content in made().items() if name == "petr-ilin")
    theirs = ids(petrs)[0]
    there.put("olga.xlsx", fill(olgas(), {2: {"outcome": "Отказ"}, 3: {"outcome": "Купил", "customer_id": theirs}}))
    assert there.collect() == {"files": 1, "good": 2, "remarks": 1, "done": 1}
    told = there.said("done/olga.xlsx")
    assert "Покупатели, row 3: The customer belongs to another sales manager now; the row counts" in told
    assert (theirs, "bought") in there.contacts()


def test_the_customers_of_nobody_are_nobodys_strangers(there: Stand) -> None:
    (nobodys,) = (content for name, content in made().items() if name not in ("olga-svetlova", "petr-ilin"))
    there.put("a.xlsx", fill(nobodys, {2: {"outcome": "Отказ", "customer_id": FIRST}}))
    there.put("b.xlsx", fill(olgas(), {2: {"outcome": "Отказ", "customer_id": ids(nobodys)[0]}}))
    assert there.collect() == {"files": 2, "good": 2, "done": 2}


def test_a_list_that_nobody_filled_is_rejected(there: Stand) -> None:
    there.put("olga.xlsx", olgas())
    there.put("marks.json", marks())
    assert there.collect() == {"files": 2, "rejected": 2}
    assert there.said("rejected/olga.xlsx") == "olga.xlsx\r\nNo row of it is filled in.\r\n"


BAD = {"old.xlsx": bytes.fromhex("d0cf11e0a1b11ae1") + bytes(99), "half.xlsx": GOOD[:-40], "photo.jpg": b"\xff\xd8\xff",
       "empty.json": b"", "half.json": MARKS[:-9], "deep.json": b'{"a":' * 99_999, "notes.txt": "Итог".encode("cp1251"),
       "=cmd.json": b'{"kind": "\\ud800"}', "two\nlines.json": b"{}", "я" * 120 + ".json": b"{}"}


def test_what_is_no_such_file_is_rejected_with_its_reason(there: Stand) -> None:
    for name, content in BAD.items():
        there.put(name, content)
    there.put("olga.xlsx", GOOD)
    assert there.collect() == {"files": len(BAD) + 1, "good": 2, "done": 1, "rejected": len(BAD)}
    lies = there.lies()
    assert {name for name in lies if "/" not in name} == set()
    rejected = {name: content for name, content in lies.items() if name.startswith("rejected/")}
    assert sorted(rejected[name] for name in rejected if not name.endswith(".problems.txt")) == sorted(BAD.values())
    told = [content.decode("utf-8-sig") for name, content in rejected.items() if name.endswith(".problems.txt")]
    assert len(told) == len(BAD)
    assert all(len(text.splitlines()) == 2 and "The file" in text for text in told)
    assert max(len(Path(name).name.encode()) for name in lies) <= 255


@pytest.mark.parametrize("name", ["half.xlsx", "half.json", "empty.json"])
def test_a_file_that_may_still_be_written_is_left_for_the_next_night(there: Stand, name: str) -> None:
    path = there.put(name, BAD[name], changed=FRESH)
    assert there.collect() == {"files": 1, "left": 1}
    path.write_bytes(GOOD)
    assert there.collect() == {"files": 1, "good": 2, "done": 1}


def test_what_is_open_in_excel_or_on_its_way_is_left(there: Stand) -> None:
    there.put("olga.xlsx", GOOD)
    there.put("~$olga.xlsx", b"\x05Olga")
    for name in ("b.xlsx.part", "c.tmp", "d.crdownload", ".hidden.xlsx", "Thumbs.db", "desktop.ini", ".~lock.x.xlsx#"):
        there.put(name, GOOD)
    before = there.lies()
    assert there.collect() == {"left": 1}
    assert there.lies() == before
    (there.folder / "~$olga.xlsx").unlink()
    assert there.collect() == {"files": 1, "good": 2, "done": 1}


def test_links_and_folders_called_as_files_are_left_and_never_followed(there: Stand, tmp_path: Path) -> None:
    (tmp_path / "theirs.xlsx").write_bytes(GOOD)
    (there.folder / "link.xlsx").symlink_to(tmp_path / "theirs.xlsx")
    (there.folder / "lost.json").symlink_to(tmp_path / "nowhere")
    (there.folder / "folder.xlsx").mkdir()
    (there.folder / "folder.xlsx" / "inner.xlsx").write_bytes(GOOD)
    (there.folder / "old").mkdir()
    assert there.collect() == {"left": 3}
    assert there.contacts() == []
    assert (tmp_path / "theirs.xlsx").read_bytes() == GOOD


@pytest.mark.skipif(os.name == "nt", reason="there are none")
def test_a_pipe_hangs_nobody(there: Stand) -> None:
    os.mkfifo(there.folder / "pipe.xlsx")
    os.utime(there.folder / "pipe.xlsx", (CHANGED, CHANGED))
    assert there.collect() == {"files": 1, "rejected": 1}


@dataclass(frozen=True)
class Failing(Disk):
    """A disk on which a call about a name fails, or somebody changes a file after it was read."""

    call: str = ""
    about: str = ""
    windows: int = 0

    def _perhaps(self, call: str, name: str) -> None:
        if call == self.call and self.about in name:
            raise failure(self.windows, "as Windows says") if self.windows else OSError(errno.EIO, "broken")

    def entries(self, folder: str = "") -> Any:
        self._perhaps("entries", folder)
        return super().entries(folder)

    def read(self, name: str, most: int) -> bytes:
        self._perhaps("read", name)
        content = super().read(name, most)
        if self.call == "change" and self.about in name:
            (self.path / name).write_bytes(content + b" ")
        return content

    def write(self, name: str, content: bytes) -> None:
        self._perhaps("write", name)
        super().write(name, content)

    def rename(self, old: str, new: str, *, replace: bool = False) -> None:
        self._perhaps("rename", old)
        super().rename(old, new, replace=replace)


@pytest.mark.parametrize("windows", [0, 5, 32])
def test_a_file_that_cannot_be_read_is_left_and_the_others_are_taken(there: Stand, windows: int) -> None:
    there.put("bad.xlsx", GOOD)
    there.put("marks.json", MARKS)
    there.shelf = Failing(there.home, "read", "bad", windows)
    assert there.collect() == {"files": 2, "good": 2, "left": 1, "done": 1}
    assert set(there.lies()) == {"bad.xlsx", "done/marks.json"}


@pytest.mark.parametrize("call", ["rename", "write"])
def test_a_file_that_cannot_be_moved_is_kept_once_and_moved_later(there: Stand, call: str) -> None:
    there.put("olga.xlsx", fill(olgas(), {2: {"outcome": "Отказ"}, 3: {"outcome": "?"}}))
    there.shelf = Failing(there.home, call, "olga", 32)
    assert there.collect() == {"files": 1, "good": 1, "bad": 1, "left": 1}
    kept = query(there.ledger, "SELECT * FROM contacts")
    there.shelf = None
    assert there.collect() == {"files": 1, "known": 1, "done": 1}
    assert query(there.ledger, "SELECT * FROM contacts") == kept
    assert set(there.lies()) == {"done/olga.xlsx", "done/olga.xlsx.problems.txt"}


def test_a_file_that_changes_while_it_is_read_is_left(there: Stand) -> None:
    there.put("marks.json", MARKS)
    there.shelf = Failing(there.home, "change", "marks")
    assert there.collect() == {"files": 1, "left": 1}
    assert there.contacts() == []


def test_a_file_that_was_replaced_after_it_was_read_is_not_moved_unread(there: Stand) -> None:
    path = there.put("marks.json", MARKS)
    (entry,) = there.inbox.waiting().files
    seen = there.inbox.read(entry)
    assert seen
    path.write_bytes(marks(mark(SECOND)))
    assert there.inbox.move(seen, "marks.json", "done", "") is False
    assert there.collect() == {"files": 1, "good": 1, "done": 1}
    assert there.contacts() == [(SECOND, "called")]


def test_what_bears_the_name_of_our_folder_is_let_be(there: Stand) -> None:
    there.put("done", b"theirs")
    there.put("olga.xlsx", GOOD, changed=CHANGED - 1)
    assert there.collect() == {"files": 2, "good": 2, "rejected": 1, "left": 1}
    assert there.collect() == {"files": 1, "known": 1, "done": 1}
    assert there.lies()["rejected/done"] == b"theirs"


def test_an_inbox_that_is_not_there_or_away_stops_nothing(there: Stand) -> None:
    assert collecting.collect(None, there.ledger, EN, NOW)["files"] == 0
    there.folder.rmdir()
    assert there.collect() == {}
    there.home.rmdir()
    assert there.collect() == {}
    own = replace(there.inbox, within_place="")
    assert collecting.collect(own, there.ledger, EN, NOW)["unread"] == 1
    there.shelf = Failing(there.home, "entries", "", 53)
    there.folder.mkdir(parents=True)
    assert there.collect() == {"unread": 1}
    there.folder.rmdir()
    there.folder.symlink_to(there.home.parent)
    there.shelf = None
    assert there.collect() == {"unread": 1}


def test_the_ledger_alone_can_stop_a_night(there: Stand, tmp_path: Path) -> None:
    there.put("olga.xlsx", GOOD)
    (tmp_path / "broken.db").write_bytes(b"no database")
    there.ledger = Ledger(Warehouse(tmp_path / "broken.db"), tmp_path)
    with pytest.raises(LedgerError):
        there.collect()
    assert set(there.lies()) == {"olga.xlsx"}


def test_a_night_ends_in_time(there: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    there.put("a.xlsx", GOOD)
    there.put("b.json", MARKS)
    monkeypatch.setattr(collecting, "LONGEST_S", -1)
    assert there.collect() == {"files": 2, "left": 2}
    monkeypatch.setattr(collecting, "LONGEST_S", 300)
    monkeypatch.setattr(inbox_folder, "MOST_FILES", 1)
    assert there.collect() == {"files": 1, "good": 2, "done": 1, "left": 1}


def test_of_many_rows_only_the_first_are_told_one_by_one(there: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MOST_LINES", 2)
    there.put("marks.json", marks(*[mark("x")] * 5, mark(FIRST)))
    there.collect()
    lines = there.said("done/marks.json").split("\r\n")
    assert (len(lines), lines[-2]) == (6, "More of the same: 3.")


def warned(**counts: int) -> Iterator[str]:
    return iter(collecting.warning(counts, EN))


def test_admins_are_told_in_one_line_and_only_of_troubles() -> None:
    assert list(warned(files=3, good=9, done=3, remarks=2)) == []
    assert list(warned()) == []
    (line,) = warned(files=3, good=9, bad=2, rejected=1, left=4, done=2)
    assert line.startswith("Inbox: contacts noted 9; rows that do not count 2, files rejected 1, files left for the "
                           "next night 4.")
    (away,) = warned(unread=1)
    assert "could not be read" in away


def test_the_inbox_is_made_where_the_report_has_just_come(there: Stand) -> None:
    there.folder.rmdir()
    collecting.make(there.inbox, [])
    collecting.make(None, [str(there.home)])
    collecting.make(replace(there.inbox, within_place=""), [""])
    assert not there.folder.exists()
    for _ in range(2):
        collecting.make(there.inbox, [str(there.home)])
        assert there.folder.is_dir()
        assert there.lies() == {}
    there.folder.rmdir()
    there.home.rmdir()
    collecting.make(there.inbox, [str(there.home)])
    assert not there.home.exists()


def test_days_of_a_file_are_those_of_its_own_clock(there: Stand) -> None:
    there.put("marks.json", marks(mark(FIRST, at=(NOW + timedelta(days=9)).isoformat())))
    assert there.collect() == {"files": 1, "bad": 1, "rejected": 1}
