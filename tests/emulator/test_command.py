import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
import requests

from rfm_service.commands import showroom
from rfm_service.emulator.fates import Fates
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.onec import OnecServer
from tests.emulator.asking import posted, small_shop

COMMAND = [sys.executable, "-m", "rfm_service", "emulator", "--port", "0", "--lines", "300", "--days", "60"]


@pytest.fixture
def addresses() -> Iterator[list[str]]:
    """What a living local 1C prints."""
    with subprocess.Popen([*COMMAND, "--scenario", "licence-night"], stdout=subprocess.PIPE,
                          encoding="utf-8") as running:
        assert running.stdout
        yield [running.stdout.readline().strip() for _ in range(6)]
        running.kill()


def test_the_command_prints_settings_for_both_protocols_and_plays_a_scenario(addresses: list[str]) -> None:
    assert addresses[:2] + addresses[3:4] == ["[source]", 'kind = "onec_http"', '# kind = "onec_odata"']
    sales, odata, control = (re.findall(r"http://[\w.:/]+", line)[0] for line in (addresses[2], *addresses[4:]))
    assert requests.post(sales, json={}, timeout=10).status_code == 500
    assert requests.get(odata + "/?$format=json", timeout=10).status_code == 200
    today = datetime.now().astimezone().date()
    moved = requests.post(control + "clock", json={"advance": 4}, timeout=10).json()
    assert moved == {"clock": str(today + timedelta(4))}
    assert "лицензии" in requests.post(sales, json={"algoritm": "totals"}, timeout=10).content.decode()


def test_an_unknown_scenario_is_told_with_those_that_there_are() -> None:
    done = subprocess.run([*COMMAND, "--scenario", "war"], capture_output=True, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "calm" in done.stderr


def test_the_clock_follows_the_real_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showroom, "MINUTE_S", 0.01)
    today = datetime.now().astimezone().date()
    with OnecServer(LivingShop(small_shop(), 1, Fates.none(), date(2026, 3, 1))) as server:
        thread = threading.Thread(target=showroom.follow, args=(server, today - timedelta(4)), daemon=True)
        thread.start()
        while server.clock == date(2026, 3, 1):
            time.sleep(0.01)
        assert server.clock == date(2026, 3, 5)
        assert posted(server, "totals").status_code == 200
