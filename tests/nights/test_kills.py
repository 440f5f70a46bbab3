"""SIGKILL at random moments of nights: after the next run nothing is lost, doubled or half published."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest

from rfm_service.emulator.generator import GeneratedShop

DAY = date(2026, 6, 10)
KILLS = 100 if os.environ.get("TEST_SOAK") else 10
LONGEST_S, LONGEST_LOAD_S = 6.0, 4.0


def killed_after(firm, as_of, seconds):
    child = subprocess.Popen([sys.executable, "-m", "rfm_service", "run", "--settings", str(firm.settings), "--as-of",
                              as_of.isoformat()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()


def whole_reports(firm):
    """Every folder that a reader can see holds all that its manifest names."""
    reports = firm.folder / "reports"
    for folder in reports.iterdir() if reports.exists() else ():
        if folder.is_dir() and not folder.name.startswith("."):
            files = firm.files(folder.name)
            manifest = json.loads(files.pop("manifest.json"))
            assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


@pytest.mark.slow
def test_row_33_a_killed_first_load_goes_on_where_it_stopped(firm):
    shop = GeneratedShop(6, 30_000, 720, last_day=DAY)
    start, moments = DAY - timedelta(days=719), random.Random(12)
    calm, troubled = (firm(shop, start=start, renderers='["machine_tables"]') for _ in range(2))
    calm.good_night(DAY)
    halfway = 0
    for _ in range(KILLS):
        through = troubled.ledger.watermark()
        halfway += through not in (None, DAY)
        troubled.onec.requests.clear()
        killed_after(troubled, DAY, moments.uniform(0.8, LONGEST_LOAD_S))
        asked = [each.datefrom[:10] for each in troubled.onec.requests if each.algoritm == "clasterclients"]
        begun = start if through is None else max(start, through - timedelta(days=troubled.overlap))
        # The last window comes with a part of the horizon, which is counted from the newest day stored.
        assert min(asked, default=begun.isoformat()) >= min(begun, (through or DAY) - timedelta(days=400)).isoformat()
        assert asked[:1] in ([], [begun.isoformat()]) or through == DAY
    assert halfway, "no kill met a load under way"
    troubled.good_night(DAY)
    assert troubled.stored() == calm.stored()
    assert troubled.customers(DAY) == calm.customers(DAY)


@pytest.mark.slow
def test_killed_at_random_moments(firm):
    shop = GeneratedShop(5, 6000, 260, last_day=DAY)
    start, moments = DAY - timedelta(days=259), random.Random(11)
    calm, troubled = (firm(shop, start=start, renderers='["machine_tables", "workbook"]') for _ in range(2))
    nights = [DAY - timedelta(days=back) for back in (2, 1, 0)]
    for at, night in enumerate(nights):
        calm.good_night(night)
        for _ in range(KILLS // len(nights) + (at == 0)):
            killed_after(troubled, night, moments.uniform(0.8, LONGEST_S))
            whole_reports(troubled)
        troubled.good_night(night)
        whole_reports(troubled)
        assert troubled.customers(night) == calm.customers(night)
        assert troubled.moves(night) == calm.moves(night)
    assert troubled.stored() == calm.stored()
    told = [message for message in troubled.told(1001) if "went well" in message]
    assert len({message.splitlines()[0].partition(" in ")[0] for message in told}) == len(nights)
