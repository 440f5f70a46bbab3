"""SIGKILL before each thing that a pass over the inbox does to the disk: the next pass loses and doubles nothing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inbox.filling import NOW, fill, ids, mark, marks, olgas
from tests.inbox.folders import Stand, stand
from tests.ledger.books import ledger_in, query
from tests.sampling import sampled

ROOT = Path(__file__).parents[2]
EVENTS = 27
"""More than a pass has: the last kills meet nobody."""
PASS = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from rfm_service import collecting
from rfm_service.inbox.folder import FOLDER, Inbox
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.warehouse import Warehouse
from rfm_service.publishing.disk import Disk
from rfm_service.texts.catalogue import Catalogue
home, left = Path(sys.argv[1]), [int(sys.argv[2])]
inbox = Inbox(lambda: Disk(home / "reports"), "", FOLDER, "x")
ledger, texts = Ledger(Warehouse(home / "warehouse.db"), home), Catalogue("en", "RUB")
def watch(event, arguments):
    written = event == "open" and arguments[1] not in ("r", "rb") and str(home) in str(arguments[0])
    if written or event in ("os.rename", "os.mkdir", "os.remove", "sqlite3.connect"):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
collecting.collect(inbox, ledger, texts, datetime.fromisoformat(sys.argv[3]))
"""
FIRST, SECOND, THIRD = ids(olgas())[:3]
LIST = fill(olgas(), {2: {"outcome": "Отказ"}, 3: {"outcome": "Купил"}, 4: {"outcome": "?"}})
MARKS = marks(mark(THIRD), mark("x"))
WANTED = ([(FIRST, "refused"), (SECOND, "bought"), (THIRD, "called")],
          {"done/marks.json", "done/marks.json.problems.txt", "done/olga.xlsx", "done/olga.xlsx.problems.txt",
           "rejected/x.pdf", "rejected/x.pdf.problems.txt"})


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    there = stand(folder)
    for name, content in (("olga.xlsx", LIST), ("marks.json", MARKS), ("x.pdf", b"%PDF")):
        there.put(name, content)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL there")
@pytest.mark.parametrize("event", sampled(range(3, EVENTS), 8))
def test_a_killed_pass_loses_and_doubles_nothing(prepared: Path, tmp_path: Path, event: int) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(prepared, folder)
    killed = subprocess.run([sys.executable, "-c", PASS, str(folder), str(event), NOW.isoformat()], capture_output=True,
                            cwd=ROOT, timeout=60)
    assert killed.returncode in (0, -signal.SIGKILL), killed.stderr
    there = Stand(folder / "reports", ledger_in(folder))
    moved = {name for name in there.lies() if name.startswith("done/") and not name.endswith(".problems.txt")}
    assert len(moved) <= query(there.ledger, "SELECT count(*) FROM contact_files")[0][0], "moved before it was kept"
    there.collect()
    assert (sorted(there.contacts()), set(there.lies())) == (sorted(WANTED[0]), WANTED[1])
    assert there.lies()["done/olga.xlsx"] == LIST
    assert query(there.ledger, "SELECT good, bad FROM contact_files ORDER BY name") == [(1, 1), (2, 1)]
    assert query(there.ledger, "SELECT count(*) FROM contacts") == [(3,)]
