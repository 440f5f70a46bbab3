"""Where a report lands: whole or not at all, and never in a place that is gone."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import date, timedelta

from tests.nights.company import sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)


def test_the_manifest_tells_of_every_file(firm):
    firm = firm(shop_of(sale("1", DAY, 500)), renderers='["machine_tables", "workbook"]')
    firm.good_night(DAY)
    files = firm.files(DAY.isoformat())
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert (manifest["as_of"], manifest["data_through"]) == ("2026-06-10", "2026-06-10")
    assert manifest["rows"] == {"customers": 1, "moves": 0}
    assert manifest["totals"]["revenue"] == "500"
    assert firm.files("latest").keys() == {*files, "manifest.json"}


def test_a_folder_that_is_gone_is_not_made_again(firm):
    firm = firm(shop_of(sale("1", DAY, 500)))
    firm.good_night(DAY)
    reports = firm.folder / "reports"
    away = firm.folder / "share-elsewhere"
    shutil.move(reports, away)
    assert firm.night(NEXT).exit_code == 0
    assert not reports.exists()
    assert "is gone" in firm.told(1001)[-1]
    shutil.move(away, reports)
    later = NEXT + timedelta(days=1)
    assert firm.night(later).exit_code == 0
    assert {NEXT.isoformat(), later.isoformat()} <= {path.name for path in reports.iterdir()}
    assert json.loads(firm.files("latest")["manifest.json"])["as_of"] == later.isoformat()


def test_a_run_that_has_nothing_new_publishes_the_same(firm):
    firm = firm(shop_of(sale("1", DAY, 500)))
    for _ in range(3):
        firm.good_night(DAY)
    assert sorted(path.name for path in (firm.folder / "reports").iterdir()) == [
        "2026-06-10", "inbox", "index.html", "latest"]
