"""The inbox on a real Samba share: made, read, moved; a file that somebody has open; a server that is away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rfm_service import collecting
from rfm_service.inbox.folder import FOLDER, Inbox
from tests.inbox.filling import CHANGED, NOW, fill, mark, marks, olgas
from tests.inbox.folders import EN, Stand, customers, stand
from tests.publishers.samba import Samba, samba
from tests.publishers.test_smb import opened

SHARED = "rfm/отчёты"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Samba]:
    with samba(tmp_path) as running:
        yield running


@pytest.fixture
def there(server: Samba, tmp_path: Path) -> Stand:
    """An inbox seen over SMB, and on the disk of the server for who looks at it there."""
    made = stand(tmp_path)
    (server.share / SHARED).mkdir(parents=True)
    made.home = server.share / SHARED
    return made


def collect(there: Stand, server: Samba) -> dict[str, int]:
    publisher = server.publisher(SHARED)
    inbox = Inbox(publisher.shelf, f"{publisher.place}/inbox", FOLDER, publisher.place)
    collecting.make(inbox, [publisher.place])
    counts = collecting.collect(inbox, there.ledger, EN, NOW)
    return {name: count for name, count in counts.items() if count}


def test_an_inbox_on_a_share_is_made_read_and_cleared(there: Stand, server: Samba) -> None:
    assert collect(there, server) == {}
    assert there.folder.is_dir()
    there.put("olga.xlsx", fill(olgas(), {2: {"outcome": "Отказ"}, 3: {"outcome": "?"}}))
    there.put("half.json", b"{", changed=int(NOW.timestamp()))
    there.put("~$petr.xlsx", b"")
    there.put("notes.txt", b"x")
    assert collect(there, server) == {"files": 3, "good": 1, "bad": 1, "done": 1, "rejected": 1, "left": 1}
    assert set(there.lies()) == {"done/olga.xlsx", "done/olga.xlsx.problems.txt", "half.json", "~$petr.xlsx",
                                 "rejected/notes.txt", "rejected/notes.txt.problems.txt"}
    assert there.ledger.warehouse.path.exists()
    there.put("olga.xlsx", fill(olgas(), {4: {"outcome": "Отказ"}}))
    assert collect(there, server) == {"files": 2, "good": 1, "done": 1, "left": 1}
    assert "done/olga-2.xlsx" in there.lies()


def test_a_file_that_somebody_has_open_is_kept_once_and_moved_later(there: Stand, server: Samba) -> None:
    collect(there, server)
    customer = next(iter(customers()))
    there.put("marks.json", marks(mark(customer)), changed=CHANGED)
    with opened(server, "inbox/marks.json", "r"):
        assert collect(there, server) == {"files": 1, "good": 1, "left": 1}
    assert collect(there, server) == {"files": 1, "known": 1, "done": 1}
    assert there.contacts() == [(customer, "called")]


def test_a_server_that_is_away_stops_nothing(there: Stand, server: Samba) -> None:
    server.stop()
    assert collect(there, server) == {"unread": 1}
