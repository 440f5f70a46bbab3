"""SIGKILL at random moments of a first load of two years, of real processes: the next start goes on from there."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date, timedelta

import pytest

from rfm_service.emulator.generator import GeneratedShop
from rfm_service.syncing import LOAD_DAYS

DAY = date(2026, 6, 10)
KILLS = 100 if os.environ.get("TEST_SOAK") else 10


def night(firm, as_of):
    return subprocess.Popen([sys.executable, "-m", "rfm_service", "run", "--settings", str(firm.settings), "--as-of",
                             as_of.isoformat()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def killed_after(firm, as_of, seconds):
    child = night(firm, as_of)
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    child.wait()


@pytest.mark.slow
def test_row_33_a_killed_first_load_goes_on_where_it_stopped(firm):
    shop = GeneratedShop(6, 30_000, 720, last_day=DAY)
    start, moments = DAY - timedelta(days=719), random.Random(12)
    calm, troubled = (firm(shop, start=start, renderers='["machine_tables"]') for _ in range(2))
    begun = time.monotonic()
    assert night(calm, DAY).wait(300) == 0
    whole_s, halfway = time.monotonic() - begun, 0
    for _ in range(KILLS):
        through = troubled.ledger.watermark()
        halfway += through not in (None, DAY)
        troubled.onec.requests.clear()
        killed_after(troubled, DAY, moments.uniform(0.1, 0.7) * whole_s)
        asked = [each.datefrom[:10] for each in troubled.onec.requests if each.algoritm == "clasterclients"]
        begun = start if through is None else max(start, through - timedelta(days=troubled.overlap))
        # The last window comes with a part of the horizon, which is counted from the newest day stored.
        assert min(asked, default=begun.isoformat()) >= min(begun, (through or DAY) - timedelta(days=400)).isoformat()
        last_window = through is not None and (DAY - begun).days < LOAD_DAYS + troubled.overlap
        assert asked[:1] in ([], [begun.isoformat()]) or last_window
    assert halfway, "no kill met a load under way"
    troubled.good_night(DAY)
    assert troubled.stored() == calm.stored()
    assert troubled.customers(DAY) == calm.customers(DAY)
