"""The demo begins anew each time: the ledger of the one before goes, and its copies, which would come back else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from rfm_service.demo import MARK, Demo


@pytest.mark.slow
def test_a_second_demo_forgets_the_first_and_nothing_else(tmp_path: Path) -> None:
    data, ours = tmp_path / "data", ["warehouse.db", "warehouse.db-wal", "backups/before-0004.db",
                                     "backups/warehouse-2026-06-09-20260610T020000Z.db"]
    (data / "backups").mkdir(parents=True)
    for name in (*ours, "backups/mine.txt"):
        (data / name).write_bytes(b"")
    (tmp_path / "settings.toml").write_text('language = "en"\n', encoding="utf-8")
    for mark, left in (("# Mine.", 5), (MARK, 1)):
        (tmp_path / "settings.toml").write_text(mark, encoding="utf-8")
        with Demo.started(tmp_path, "en", date(2026, 6, 10)):
            assert len([path for path in data.rglob("*") if path.is_file()]) == left
    assert (data / "backups" / "mine.txt").exists()
