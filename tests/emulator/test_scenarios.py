from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from urllib.parse import quote

import pytest
import requests

from rfm_service.domain.errors import RfmError
from rfm_service.emulator.faults import ALWAYS
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.scenarios import SCENARIOS, Night, Scenario, scenario_named
from tests.emulator.asking import posted, rows_of

FIRST = date(2026, 2, 1)
BASE = GeneratedShop(seed=3, lines=900, days=200, last_day=FIRST + timedelta(60))
NIGHTS = range(1, 61)


def nights(name: str, ending: str, protocol: str = "hs") -> list[int]:
    return [number for number in NIGHTS if SCENARIOS[name].night(number).ending(protocol) == ending]


def statuses(scenario: Scenario, number: int, count: int) -> list[object]:
    """What so many requests of the custom protocol meet in a night: a status, or the name of what was raised."""
    with OnecServer(scenario.shop(BASE, 1, FIRST)) as server:
        server.play(scenario, FIRST).night(number)
        return [status(server) for _ in range(count)]


def status(server: OnecServer) -> object:
    try:
        return posted(server).status_code
    except requests.RequestException as problem:
        return type(problem).__name__


def test_there_are_twelve_scenarios_each_with_its_story() -> None:
    assert set(SCENARIOS) == {
        "calm", "late", "licence-night", "maintenance", "flaky-proxy", "truncated", "slow-drip", "schema-drift",
        "mass-unpost", "missed-week", "duplicate-pages", "cold-start"}
    assert all(each.name == name and each.story.endswith(".") for name, each in SCENARIOS.items())
    assert scenario_named("late") is SCENARIOS["late"]
    with pytest.raises(RfmError, match="calm, late"):
        scenario_named("war")


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("protocol", ["hs", "odata"])
def test_a_night_without_faults_is_good_and_a_lost_one_never_ends(name: str, protocol: str) -> None:
    for number in NIGHTS:
        night = SCENARIOS[name].night(number)
        ending = night.ending(protocol)
        lasting = [fault for fault in night.faults if fault.times is None and fault.chance == ALWAYS]
        if ending == "retries":
            assert night.faults
            assert not lasting
        if ending == "refused":
            assert lasting or name == "mass-unpost"


def test_a_calm_1c_shows_the_base_as_it_is() -> None:
    scenario = SCENARIOS["calm"]
    shop = scenario.shop(BASE, 1, FIRST)
    assert list(shop.lines(BASE.first_day, FIRST)) == list(BASE.lines(BASE.first_day, FIRST))
    assert all(scenario.night(number) == Night() for number in NIGHTS)


def test_late_changes_far_more_than_usual() -> None:
    late, usual = (Counter(each.kind for each in SCENARIOS[name].shop(BASE, 1, FIRST).ledger(
        BASE.first_day, FIRST + timedelta(60))) for name in ("late", "missed-week"))
    assert late["posted_late"] > 3 * usual["posted_late"] > 0
    assert late["moved"] > 0


def test_row_04_licences_lack_for_a_while_or_all_night() -> None:
    scenario = SCENARIOS["licence-night"]
    assert statuses(scenario, 5, 4) == [500, 500, 500, 200]
    assert statuses(scenario, 11, 9) == [500] * 9
    assert statuses(scenario, 6, 1) == [200]
    assert nights("licence-night", "refused") == [11, 22, 33, 44, 55]


def test_row_06_and_07_maintenance_and_updates() -> None:
    scenario = SCENARIOS["maintenance"]
    assert statuses(scenario, 3, 3) == [403, 403, 200]
    assert statuses(scenario, 9, 3) == [409, 409, 200]
    assert statuses(scenario, 7, 5) == [403] * 5


def test_rows_01_and_02_a_flaky_proxy_is_as_flaky_the_next_time() -> None:
    scenario = replace(SCENARIOS["flaky-proxy"], pace=0)
    seen = statuses(scenario, 4, 100)
    assert seen == statuses(scenario, 4, 100) != statuses(scenario, 5, 100)
    assert set(seen) == {200, 502, 504, "ConnectionError"}
    assert seen.count(200) > 75


def test_row_11_answers_break_off_in_three_ways() -> None:
    scenario = SCENARIOS["truncated"]
    assert statuses(scenario, 1, 3) == ["ChunkedEncodingError", "ChunkedEncodingError", 200]
    assert statuses(scenario, 3, 3) == ["ChunkedEncodingError", "ChunkedEncodingError", 200]
    with OnecServer(scenario.shop(BASE, 1, FIRST)) as server:
        server.play(scenario, FIRST).night(13)
        assert {posted(server).content for _ in range(3)} == {b'{"data'}


def test_row_02_answers_drip_at_the_pace_of_the_scenario() -> None:
    (fault,) = SCENARIOS["slow-drip"].night(6).faults
    (quick,) = replace(SCENARIOS["slow-drip"], pace=0.01).night(6).faults
    assert (fault.drip_s, quick.drip_s) == (1, 0.01)
    assert nights("slow-drip", "refused") == [17, 34, 51]


def test_row_28_columns_are_gone_or_renamed_for_both_protocols() -> None:
    scenario = SCENARIOS["schema-drift"]
    columns = {}
    with OnecServer(scenario.shop(BASE, 1, FIRST - timedelta(1))) as server:
        play = server.play(scenario, FIRST)
        for number in (1, 2, 4, 8):
            play.night(number)
            body = {"datefrom": "2026-01-01T00:00:00", "datebefore": "2026-01-31T23:59:59",
                    "algoritm": "clasterclients"}
            columns[number] = rows_of(requests.post(server.url, json=body, timeout=10))[0].keys()
        for number, field in ((4, "Posted"), (8, "DataVersion")):
            play.night(number)
            url = f"{server.odata_url}/Document_РеализацияТоваровУслуг?$format=json&$select={quote(field)}"
            assert requests.get(url, timeout=10).status_code == 400
            play.night(1)
            assert requests.get(url, timeout=10).status_code == 200
    assert columns[1] - columns[2] == {"Канал"}
    assert columns[1] ^ columns[4] == {"Партнер", "Клиент"}
    assert columns[1] - columns[8] == {"Сумма"}
    assert nights("schema-drift", "refused") == list(range(4, 61, 4))


def test_row_20_a_third_of_a_month_is_unposted_for_three_nights() -> None:
    scenario = SCENARIOS["mass-unpost"]
    shop = scenario.shop(BASE, 1, FIRST)
    month = (FIRST + timedelta(-5), FIRST + timedelta(15))
    counts = {}
    for number in (19, 20, 22, 23):
        shop.clock = FIRST + timedelta(number - 1)
        counts[number] = sum(paper.counts for paper in shop.papers(*month))
    assert counts[20] < 0.8 * counts[19]
    assert counts[22] < 0.8 * counts[23]
    assert counts[23] > 0.95 * counts[19]
    assert nights("mass-unpost", "refused") == [20, 21, 22]


def test_row_34_nobody_runs_the_nights_of_a_week() -> None:
    runs = [len(list(group)) for missed, group in groupby(NIGHTS, lambda n: n in SCENARIOS["missed-week"].missed)
            if missed]
    assert runs == [7]


def test_rows_16_and_17_pages_of_odata_come_again_all_at_once_or_shifted() -> None:
    scenario = SCENARIOS["duplicate-pages"]
    pages = {}
    with OnecServer(scenario.shop(BASE, 1, FIRST)) as server:
        play = server.play(scenario, FIRST)
        for number in (1, 2, 4, 5, 6):
            play.night(number)
            pages[number] = [page(server, skip) for skip in (0, 5)]
            assert status(server) == 200
    first, second = pages[1]
    assert pages[2] == [first, first]
    assert pages[4] == [first, [first[-1], *second[:-1]]]
    assert pages[5][1][:-1] == second[1:]
    assert len(pages[6][0]) > 100
    assert nights("duplicate-pages", "good") == list(NIGHTS)
    assert nights("duplicate-pages", "refused", "odata") == sorted([*range(2, 61, 6), *range(6, 61, 6)])


def page(server: OnecServer, skip: int) -> list[str]:
    query = f"$format=json&$select=Ref_Key,Date&$orderby=Date,Ref_Key&$top=5&$skip={skip}".replace(" ", "%20")
    url = f"{server.odata_url}/Document_РеализацияТоваровУслуг?{query}"
    return [row["Ref_Key"] for row in requests.get(url, timeout=10).json()["value"]]


def test_the_first_answer_of_a_night_is_late() -> None:
    scenario = replace(SCENARIOS["cold-start"], pace=0.01)
    for number in (1, 2):
        (fault,) = scenario.night(number).faults
        assert (round(fault.delay_s, 3), fault.times) == (0.3, 1)


def test_a_night_replaces_the_faults_of_the_night_before_and_sets_the_clock() -> None:
    scenario = SCENARIOS["licence-night"]
    with OnecServer(scenario.shop(BASE, 1, FIRST)) as server:
        play = server.play(scenario, FIRST)
        play.night(11)
        assert (len(server.faults), server.clock) == (1, FIRST + timedelta(10))
        assert play.number(FIRST + timedelta(10)) == 11
        play.night(12)
        assert (len(server.faults), server.clock) == (0, FIRST + timedelta(11))
