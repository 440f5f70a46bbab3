"""Nights in which something fails each time end as clean nights do; every one is green, or somebody was told."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from rfm_service.emulator import faults, refusals
from rfm_service.emulator.faults import Fault
from rfm_service.emulator.shop import ListShop, document_of
from tests.nights.company import Company, company, sale, shop_of
from tests.reliability.kills import Nursery, Stand, nursery
from tests.reliability.stands import BEFORE, DAY, DELIVERS, START, TABLES

SOAK = bool(os.environ.get("TEST_SOAK"))
NIGHTS = 30 if SOAK else 6
TRIES = 4
HURRIED = {"RFM_SOURCE__GAP_S": "0.005"}
PASSING = {"500": Fault(500, times=2), "resets": faults.reset().again(3), "no licence": faults.licence().again(1),
           "maintenance": faults.maintenance().again(1), "cut": faults.cut(60).again(2), "429": faults.too_many(1),
           "502": faults.bad_gateway().again(2), "slow": faults.slow(0.3)}
REFUSING = {"401": faults.unauthorized().again(), "a page": faults.login_page().again(),
            "a redirect": faults.redirect("https://login.example/").again(), "empty": faults.empty().again(),
            "no column": faults.dropped("Сумма").again(), "404": faults.no_page().again()}
TELEGRAM = {"down": refusals.RESET_BEFORE.always(), "502": refusals.BAD_GATEWAY.always(),
            "too many": refusals.too_many(1), "500": refusals.SERVER_ERROR}
KINDS = ("passing", "refusing", "killed", "killed twice", "telegram", "share gone", "killed and telegram", "calm")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="runs are forked")]


@dataclass
class Year:
    """A company through its nights, one run after another as a daemon would have them."""

    stand: Stand
    failed: list[date] = field(default_factory=list)
    ran: int = 0

    @property
    def firm(self) -> Company:
        return self.stand.firm

    @property
    def away(self) -> Path:
        return self.firm.folder / "away"

    def run(self, night: date, **job: object) -> int:
        self.stand.night, self.ran = night, self.ran + 1
        code = self.stand.run(environment=HURRIED, **job)
        assert "Traceback" not in self.stand.output()
        if code == 1:
            self.failed.append(night)
        return code

    def good(self, night: date) -> None:
        """Try until it is good, as often as a daemon would before the next night."""
        assert 0 in (self.run(night) for _ in range(TRIES)), self.stand.output()

    def share(self, *, there: bool) -> None:
        source, target = (self.away, self.stand.reports) if there else (self.stand.reports, self.away)
        if source.exists():
            source.rename(target)


def changes(shop: ListShop, night: date, chance: random.Random) -> None:
    """What happens in 1C on a day: new sales, at times a late document, an edited one, one that goes."""
    known = list(shop.lines(START, night))
    shop.add(*(sale(f"{night}-{number}", night, chance.randint(100, 90_000), buyer=chance.choice(known).buyer or "Дом")
               for number in range(3)))
    recent = [document_of(line) for line in known if line.date.date() > night - timedelta(days=20)]
    if chance.random() < 0.4:
        shop.add(sale(f"late-{night}", night - timedelta(days=chance.randint(1, 20)), 700, buyer="Поздний"))
    if chance.random() < 0.4:
        shop.remove(chance.choice(recent))
    elif chance.random() < 0.6:
        edited = chance.choice(recent)
        shop.replace(edited, *(line._replace(amount=line.amount + 10_000) for line in known
                               if document_of(line) == edited))


def faulty(year: Year, night: date, kind: str, chance: random.Random) -> None:
    """A night in which something of a kind fails, and then no longer."""
    firm, stand = year.firm, year.stand
    if kind == "passing":
        firm.onec.faults.push(PASSING[chance.choice(sorted(PASSING))])
    if "telegram" in kind:
        firm.chat.refusals.push(TELEGRAM[chance.choice(sorted(TELEGRAM))])
    if kind == "share gone":
        year.share(there=False)
    if kind == "refusing":
        firm.onec.faults.push(REFUSING[chance.choice(sorted(REFUSING))])
        assert year.run(night) == 1
        firm.onec.faults.clear()
    for _ in range(kind.count("killed") + kind.count("twice")):
        year.run(night, at=chance.randint(1, 400))
    year.good(night)
    firm.onec.faults.clear()
    assert list(stand.half_reports()) == []


def recovered(year: Year, chance: random.Random) -> None:
    """Telegram and the share come back, not always before the next night."""
    if chance.random() < 0.6:
        year.firm.chat.refusals.clear()
    if chance.random() < 0.6:
        year.share(there=True)
    if DELIVERS:
        year.stand.command("deliver", environment=HURRIED)


@contextmanager
def years(folder: Path, forking: Nursery) -> Iterator[tuple[Year, Year]]:
    """Two companies with the same 1C before their first common night."""
    with ExitStack() as stack:
        opened = []
        for name in ("clean", "faulty"):
            home = folder / name / "firm"
            home.mkdir(parents=True)
            firm = stack.enter_context(company(home, shop_of(*BEFORE), start=START, renderers=TABLES))
            assert firm.settings.exists()
            (folder / name / "saved").mkdir()
            opened.append(Year(Stand(firm, forking, DAY, folder / name / "saved")))
            opened[-1].good(DAY - timedelta(days=1))
        yield opened[0], opened[1]


def test_nights_with_faults_end_as_clean_ones(tmp_path: Path, measured: Callable[[str], None]) -> None:
    chance = random.Random(4)
    nights = [DAY + timedelta(days=ahead) for ahead in range(NIGHTS)]
    kinds = [KINDS[at % len(KINDS)] for at in range(NIGHTS)]
    chance.shuffle(kinds)
    with nursery() as forking, years(tmp_path, forking) as (clean, troubled):
        for night, kind in zip(nights, kinds, strict=True):
            day = random.Random(str(night))
            for year in (clean, troubled):
                changes(year.firm.onec.shop, night, random.Random(str(night)))
            clean.good(night)
            faulty(troubled, night, kind, day)
            recovered(troubled, day)
        troubled.firm.chat.refusals.clear()
        troubled.share(there=True)
        last = nights[-1] + timedelta(days=1)
        for year in (clean, troubled):
            year.good(last)
        compared(clean, troubled, [*nights, last])
    measured(f"{NIGHTS} nights took {troubled.ran} runs, {len(troubled.failed)} of which failed")


def compared(clean: Year, troubled: Year, nights: list[date]) -> None:
    """Ledger and report are the same; every night went well in the end, and every failed run was told of."""
    expected, found = clean.stand.state(), troubled.stand.state()
    assert [kind for kind in expected.facts if expected.facts[kind] != found.facts[kind]] == []
    assert found.files == expected.files
    for chat in ("1001", "2002"):
        assert {told for told in expected.told if told.chat == chat} <= set(found.told)
    told = [sent.text for sent in troubled.firm.chat.sent if sent.chat_id == "1001"]
    for night in nights:
        assert any(f"{night:%B} {night.day}, {night.year} went well" in text for text in told), night
        assert sum(f"The night of {night} stopped" in text for text in told) >= troubled.failed.count(night), night
