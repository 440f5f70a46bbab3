import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import pytest
import requests

from rfm_service.emulator import faults
from rfm_service.emulator.control import fault_of
from rfm_service.emulator.fates import Fates
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.scenarios import SCENARIOS
from rfm_service.emulator.truth import truth
from tests.emulator.asking import posted, small_shop

TODAY = date(2026, 3, 4)
SHOP = GeneratedShop(seed=3, lines=900, days=200, last_day=TODAY + timedelta(30))


@pytest.fixture
def server() -> Iterator[OnecServer]:
    with OnecServer(LivingShop(SHOP, 1, Fates(late=3_000), TODAY)) as running:
        yield running


def asked(server: OnecServer, method: str, path: str, status: int = 200, **more: Any) -> Any:
    response = requests.request(method, server.control_url + path, timeout=10, **more)
    assert response.status_code == status, response.text
    return json.loads(response.content)


def test_the_clock_is_told_set_and_moved_on(server: OnecServer) -> None:
    assert asked(server, "GET", "clock") == {"clock": "2026-03-04"}
    assert asked(server, "POST", "clock", json={"set": "2026-03-10"}) == {"clock": "2026-03-10"}
    assert asked(server, "POST", "clock", json={"advance": 3}) == {"clock": "2026-03-13"}
    assert server.clock == date(2026, 3, 13)


def test_both_protocols_show_the_day_of_the_clock(server: OnecServer) -> None:
    def newest() -> tuple[int, int]:
        sold = len(posted(server, "totals").content)
        url = server.odata_url + "/Document_РеализацияТоваровУслуг?$format=json&$select=Ref_Key"
        return sold, len(requests.get(url, timeout=10).json()["value"])

    asked(server, "POST", "clock", json={"set": "2026-03-01"})
    before = newest()
    asked(server, "POST", "clock", json={"advance": 10})
    after = newest()
    assert before[0] < after[0]
    assert before[1] < after[1]


def test_the_clock_moves_the_scenario_on() -> None:
    with OnecServer(SCENARIOS["licence-night"].shop(SHOP, 1, TODAY)) as server:
        server.play(SCENARIOS["licence-night"], TODAY)
        assert asked(server, "GET", "faults") == {"waiting": 0}
        asked(server, "POST", "clock", json={"advance": 4})
        assert asked(server, "GET", "faults") == {"waiting": 1}
        assert [posted(server).status_code for _ in range(4)] == [500, 500, 500, 200]


def test_a_shop_without_a_clock_says_so() -> None:
    with OnecServer(small_shop()) as server:
        assert asked(server, "GET", "clock") == {"clock": None}
        assert "scenario" in asked(server, "POST", "clock", 400, json={"advance": 1})["error"]
        assert asked(server, "GET", "ledger?from=2026-01-01&to=2026-12-31") == []


def test_faults_are_pushed_and_cleared(server: OnecServer) -> None:
    wanted = [{"fault": "licence", "times": 2}, {"status": 503, "body": "занято", "headers": {"Retry-After": "1"}}]
    assert asked(server, "POST", "faults", json=wanted) == {"waiting": 2}
    assert [posted(server).status_code for _ in range(3)] == [500, 500, 503]
    asked(server, "POST", "faults", json={"fault": "reset", "path": faults.ODATA, "times": None})
    assert posted(server).status_code == 200
    assert asked(server, "DELETE", "faults") == {"waiting": 0}


@pytest.mark.parametrize(("wanted", "made"), [
    ({"fault": "cut", "with": [7], "after": 1}, faults.cut(7).later(1)),
    ({"fault": "renamed", "with": ["Сумма", "Итог"], "chance": 5, "seed": 2, "times": None},
     faults.renamed("Сумма", "Итог").sometimes(5, 2)),
    ({"prefix": "\ufeff", "empty_day": "2026-03-04"}, Fault(prefix=faults.BOM, empty_day=TODAY)),
    ({"fault": "empty_day", "with": ["2026-03-04"]}, faults.empty_day(TODAY)),
])
def test_a_fault_is_named_or_described(wanted: dict[str, Any], made: Fault) -> None:
    assert asdict(fault_of(wanted)) == asdict(made)


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "faults", b'{"fault": "rain"}'),
    ("POST", "faults", b'{"fault": "licence", "status": 3}'),
    ("POST", "faults", b'{"colour": "red"}'),
    ("POST", "faults", b'["licence"]'),
    ("POST", "faults", b'{"fault": "cut"}'),
    ("POST", "faults", b"{"),
    ("POST", "clock", b"{}"),
    ("POST", "clock", b'{"set": "yesterday"}'),
    ("POST", "clock", b"[]"),
    ("GET", "truth", b""),
    ("GET", "ledger?from=2026-03-01&to=soon", b""),
])
def test_what_cannot_be_understood_is_told(server: OnecServer, method: str, path: str, body: bytes) -> None:
    assert asked(server, method, path, 400, data=body)["error"]


def test_another_path_lists_what_there_is(server: OnecServer) -> None:
    assert "POST clock" in asked(server, "GET", "weather", 404)["known"]


def test_stats_leave_the_control_api_out(server: OnecServer) -> None:
    posted(server, headers={"IBSession": "start"})
    asked(server, "GET", "clock")
    found = asked(server, "GET", "stats")
    assert (found["requests"], found["sessions_open"], found["most_at_once"]) == (1, 1, 1)
    assert found["by_path"] == {"/erp/hs/rfm/sales": 1}
    assert found["bytes"] > 100


def test_the_truth_is_told_by_day_and_customer(server: OnecServer) -> None:
    found = asked(server, "GET", "truth?from=2026-02-01&to=2026-03-03")
    known = truth(server.shop, date(2026, 2, 1), date(2026, 3, 4))
    assert found["clock"] == "2026-03-04"
    assert {day: sums["documents"] for day, sums in found["days"].items()} == {
        str(day): sums.documents for day, sums in known.days.items()}
    day, sums = next(iter(known.days.items()))
    assert round(float(found["days"][str(day)]["amount"]) * 10_000) == sums.amount
    assert found["customers"].keys() == known.customers.keys()


def test_the_ledger_is_told(server: OnecServer) -> None:
    found = asked(server, "GET", "ledger?from=2026-02-01&to=2026-02-28")
    assert {each["kind"] for each in found} >= {"posted_late"}
    assert all("2026-02-01" <= each["day"] <= "2026-02-28" for each in found)
    assert found[0].keys() == {"day", "kind", "ref", "before", "after", "old_date", "new_date"}
