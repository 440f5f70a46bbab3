"""A night is a function: two runs give the same bytes, and a run that was killed is made good by the next."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import date, timedelta

import pytest

from rfm_service.emulator.generator import GeneratedShop
from tests.nights.company import ALL, sale, shop_of

DAY = date(2026, 6, 10)
NEXT = DAY + timedelta(days=1)

DIES_BEFORE = """
import os, signal, sys
from datetime import date
from pathlib import Path
from rfm_service import wiring
from rfm_service.commands import nights
from rfm_service.console import Speaker
from rfm_service.ledger.ledger import Ledger

def killed(*_):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(Ledger, sys.argv[1], killed)
settings = wiring.load(Path(sys.argv[2]))
nights.one_night(settings, Speaker(), date.fromisoformat(sys.argv[3]))
"""


def killed_before(firm, step, as_of):
    child = subprocess.run([sys.executable, "-c", DIES_BEFORE, step, str(firm.settings), as_of.isoformat()])
    assert child.returncode == -signal.SIGKILL


def without_manifest(files):
    return {name: content for name, content in files.items() if name != "manifest.json"}


@pytest.mark.slow
def test_two_runs_give_the_same_bytes(firm):
    firm = firm(GeneratedShop(3, 1500, 200, last_day=NEXT), start=DAY - timedelta(days=198))
    firm.good_night(DAY)
    firm.renderers = ALL
    firm.good_night(NEXT)
    first = firm.files(NEXT.isoformat())
    firm.good_night(NEXT)
    second = firm.files(NEXT.isoformat())
    assert without_manifest(first) == without_manifest(second)
    runs = [json.loads(files["manifest.json"])["run"] for files in (first, second)]
    assert runs[0] != runs[1]


@pytest.mark.slow
def test_two_machines_give_the_same_bytes(firm):
    shop = GeneratedShop(3, 800, 100, last_day=NEXT)
    files = []
    for name in ("a", "b"):
        one = firm(shop, renderers=ALL, start=DAY - timedelta(days=98))
        one.good_night(DAY)
        one.good_night(NEXT)
        files.append(without_manifest(one.files(NEXT.isoformat())))
        assert name
    assert files[0] == files[1]


@pytest.mark.slow
def test_row_33_killed_between_store_and_keep(firm):
    def history():
        return shop_of(*(sale(str(n), DAY - timedelta(days=10 * n), 60_000) for n in range(1, 6)),
                       sale("50", DAY - timedelta(days=44), 9, buyer="Уходящий"))

    shops = history(), history()
    undisturbed, disturbed = (firm(shop) for shop in shops)
    for one, shop in zip((undisturbed, disturbed), shops, strict=True):
        one.good_night(DAY)
        shop.add(sale("60", NEXT, 60_000), sale("61", DAY, 5, buyer="Поздний"))
    killed_before(disturbed, "keep", NEXT)
    assert not (disturbed.folder / "reports" / NEXT.isoformat()).exists()
    for one in (undisturbed, disturbed):
        one.good_night(NEXT)
    assert len(undisturbed.moves(NEXT)) == 3
    assert disturbed.moves(NEXT) == undisturbed.moves(NEXT)
    assert disturbed.files(NEXT.isoformat())["customers.csv"] == undisturbed.files(NEXT.isoformat())["customers.csv"]


@pytest.mark.slow
def test_row_33_a_first_load_that_was_killed_goes_on_from_its_last_window(firm):
    shop = GeneratedShop(3, 1500, 300, last_day=NEXT)
    start = NEXT - timedelta(days=299)
    whole, stopped = (firm(shop, start=start, overlap=10) for _ in range(2))
    whole.good_night(NEXT)
    stopped.onec.faults.push()
    killed_before(stopped, "save_partners", NEXT)
    before = len(stopped.onec.requests)
    assert stopped.ledger.watermark() == start + timedelta(days=30)
    stopped.good_night(NEXT)
    asked = list(stopped.onec.requests)[before:]
    assert asked[0].datefrom == f"{start + timedelta(days=20)}T00:00:00"
    assert stopped.stored() == whole.stored()
    assert stopped.customers(NEXT) == whole.customers(NEXT)
