"""Sixty nights of a scenario over one protocol: what a night should do, and whether the ledger equals 1C after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from rfm_service import wiring
from rfm_service.cli import app
from rfm_service.emulator.botapi import BotApi
from rfm_service.emulator.generator import GeneratedShop
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.onec import OnecServer
from rfm_service.emulator.papers import papers
from rfm_service.emulator.scenarios import SCENARIOS, Protocol, Scenario
from rfm_service.emulator.shop import signed_amount

FIRST_NIGHT = date(2026, 6, 1)
LOADED_DAYS = 420
LINES, MANY_LINES = 1_500, 9_000
"""Of a usual story, and of one in which a third of a month must be a mass."""
OVERLAP, HORIZON, NIGHTS_TO_READ_ALL = 45, 400, 14
SETTINGS = """
language = "en"
[source]
kind = "{kind}"
url = "{url}"
start = {start}
overlap_days = {overlap}
horizon_days = {horizon}
timeout_s = 0.4
deadline_minutes = {deadline}
gap_s = 0.005
[report]
renderers = []
[telegram]
token = "1234567:canary-bot-token-0123456789abcdef"
admin_chats = [1001]
api_url = "{api_url}"
"""
KINDS = {"hs": "onec_http", "odata": "onec_odata"}
# What is slow for hours in life is slow for seconds here: a drip must fit into the deadline once and not always.
PACES = {("slow-drip", "hs"): 0.0005, ("slow-drip", "odata"): 0.006}
DEADLINES_S = {"slow-drip": 8.0}
USUAL_PACE, USUAL_DEADLINE_S, FIRST_LOAD_S = 0.02, 3.0, 60.0

Lines = Counter[tuple[object, ...]]


@dataclass
class Story:
    """A scenario under way: `good` are the days of the nights that went well."""

    folder: Path
    scenario: Scenario
    protocol: Protocol
    onec: OnecServer
    chat: BotApi
    shop: LivingShop
    good: list[date]

    @property
    def settings(self) -> Path:
        return self.folder / "settings.toml"

    def set_up(self, deadline_s: float) -> None:
        url = self.onec.url if self.protocol == "hs" else self.onec.odata_url
        self.settings.write_text(SETTINGS.format(
            kind=KINDS[self.protocol], url=url, start=FIRST_NIGHT - timedelta(days=LOADED_DAYS), overlap=OVERLAP,
            horizon=HORIZON, deadline=deadline_s / 60,
            api_url=self.chat.api_url), encoding="utf-8")

    def run(self, day: date) -> Result:
        as_of = day - timedelta(days=1)
        return CliRunner().invoke(app, ["run", "--settings", str(self.settings), "--as-of", as_of.isoformat()])

    def held(self) -> Lines:
        """Every live line of the ledger."""
        ledger = wiring.ledger(wiring.load(self.settings))
        return Counter((row.document, bool(row.returned), row.day, row.amount, row.quantity, row.product, row.customer)
                       for frame in ledger.sales() for row in frame.itertuples())

    def true(self, first: date, end: date) -> Lines:
        """Every line that 1C has of the days."""
        epoch = date(1970, 1, 1).toordinal()
        return Counter((line.sale_id, line.returned, line.date.toordinal() - epoch, signed_amount(line),
                        line.quantity, line.product, line.buyer.replace("\u202e", "").strip())
                       for paper in papers(self.shop, first, end) if paper.counts for line in paper.lines)

    def wrong(self, day: date) -> Lines:
        """Lines that one side has and the other has not, but for those that the night of `day` need not know yet."""
        start = FIRST_NIGHT - timedelta(days=LOADED_DAYS)
        held, true = self.held(), self.true(start, day)
        different = (held - true) + (true - held)
        if self.protocol == "odata":
            horizon = _number(day - timedelta(days=HORIZON))
            return Counter({line: count for line, count in different.items() if line[2] >= horizon})
        recent = self.recently_changed(day)
        overlap = _number(day - timedelta(days=OVERLAP + 1))
        return Counter({line: count for line, count in different.items()
                        if line[2] >= overlap or not (line[0] in recent or line[6] in recent)})

    def recently_changed(self, day: date) -> set[str]:
        """Numbers of documents and names of partners that changed within the last 14 good nights."""
        since = self.good[-NIGHTS_TO_READ_ALL] if len(self.good) >= NIGHTS_TO_READ_ALL else self.good[0]
        changed = self.shop.ledger(since, day + timedelta(days=1))
        return {name for each in changed for name in (each.before.strip(), each.after.strip())}

    def alerts(self) -> int:
        return sum(" stopped at the step " in sent.text or " is postponed: " in sent.text for sent in self.chat.sent)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def opened(folder: Path, name: str, protocol: Protocol, seed: int) -> Iterator[Story]:
    """A story before its first night; the servers live until the generator is closed."""
    pace = PACES.get((name, protocol), USUAL_PACE)
    scenario = replace(SCENARIOS[name], pace=pace)
    lines = MANY_LINES if scenario.unposting else LINES
    base = GeneratedShop(seed, lines, LOADED_DAYS + 90, last_day=FIRST_NIGHT + timedelta(days=80))
    shop = scenario.shop(base, seed, FIRST_NIGHT)
    with OnecServer(shop) as onec, BotApi() as chat:
        story = Story(folder, scenario, protocol, onec, chat, shop, [])
        story.set_up(FIRST_LOAD_S)
        yield story


def tell(story: Story, nights: int) -> Counter[str]:
    """Run the nights, each judged; how many ended how."""
    play = story.onec.play(story.scenario, FIRST_NIGHT)
    ended: Counter[str] = Counter()
    usual_s = DEADLINES_S.get(story.scenario.name, USUAL_DEADLINE_S)
    for number in range(1, nights + 1):
        if number in story.scenario.missed:
            continue
        expected = play.night(number).ending(story.protocol)
        _judge(story, FIRST_NIGHT + timedelta(days=number - 1), expected, f"night {number}")
        ended[expected] += 1
        if story.good == [FIRST_NIGHT + timedelta(days=number - 1)]:
            story.set_up(usual_s)
    return ended


def _judge(story: Story, day: date, expected: str, which: str) -> None:
    before, alerts = (story.held() if expected == "refused" and story.good else None), story.alerts()
    result = story.run(day)
    told: Any = f"{which}: {result.output}"
    assert "Traceback" not in result.output, told
    assert "unexpected fault" not in result.output, told
    if expected == "refused":
        assert result.exit_code == 1, told
        assert story.alerts() == alerts + 1, told
        assert before is None or story.held() == before, told
        return
    assert result.exit_code == 0, told
    assert story.alerts() == alerts, told
    story.good.append(day)
    wrong = story.wrong(day)
    assert not wrong, f"{which}: {sum(wrong.values())} lines differ, such as {list(wrong)[:3]}"
