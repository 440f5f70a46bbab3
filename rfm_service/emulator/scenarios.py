"""Stories of many nights: what becomes of the documents, what fails in which night, and how each should end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

from rfm_service.domain.errors import WrongUsage
from rfm_service.emulator import faults
from rfm_service.emulator.fates import Fates, Wave
from rfm_service.emulator.faults import ODATA, Fault, Rules
from rfm_service.emulator.living import LivingShop
from rfm_service.emulator.shop import Shop

SALES = "/hs/"
"""What the path of every request of the custom protocol holds."""

Protocol = Literal["hs", "odata"]
Ending = Literal["good", "retries", "refused"]
"""How a night should end: at once; well, though something is asked again; with nothing changed."""


_USUAL = Fates()
_LATE = Fates(late=1_500, edited=600, unposted=300, marked=100, deleted=60, moved=200, renumbered=30, rewritten=150,
              resold=60, partners_renamed=300, partners_merged=300)
_LONG_S = 30.0
_TAIL = -7  # nearly whole: what is hardest to see


class Night(NamedTuple):
    """What fails in a night, for ever or so many times, and how it should end over either protocol."""

    faults: tuple[Fault, ...] = ()
    hs: Ending = "good"
    odata: Ending = "good"

    def ending(self, protocol: Protocol) -> Ending:
        """Return how the night should end over the protocol."""
        return self.hs if protocol == "hs" else self.odata


class Unposting(NamedTuple):
    """A wave by the numbers of nights: a share, in 1/10 000, of a month's documents is un-posted, then posted."""

    night: int
    until: int
    share: int = 3_333


_UNPOSTING = Unposting(20, 23)
_WEEK = frozenset(range(8, 15))


@dataclass(frozen=True)
class Scenario:
    """A named story: rates of changes, nights by number (the first is 1), nights that nobody runs.

    `pace` 1 is life; of what is slow, a smaller pace makes less.
    """

    name: str
    story: str
    plan: Callable[[int], Night]
    fates: Fates = _USUAL
    missed: frozenset[int] = frozenset()
    unposting: Unposting | None = None
    pace: float = 1

    def night(self, number: int) -> Night:
        """Return what fails in the night of this number."""
        night = self.plan(number)
        return night._replace(faults=tuple(self._paced(fault) for fault in night.faults))

    def _paced(self, fault: Fault) -> Fault:
        return replace(fault, delay_s=fault.delay_s * self.pace, drip_s=fault.drip_s * self.pace)

    def shop(self, base: Shop, seed: int, first: date) -> LivingShop:
        """Return the shop of the story, whose first night is run on the day `first`, with its clock there."""
        return LivingShop(base, seed, replace(self.fates, waves=self._waves(first)), first)

    def _waves(self, first: date) -> tuple[Wave, ...]:
        if self.unposting is None:
            return ()
        night, until, share = self.unposting
        return (Wave(first + timedelta(night - 1), first + timedelta(until - 1), share=share),)


class Play:
    """A scenario over a shop and the rules of its server; night 1 is run on the day `first`."""

    def __init__(self, scenario: Scenario, shop: Shop, rules: Rules[Fault], first: date) -> None:
        """Begin with the first night."""
        self.scenario, self.first = scenario, first
        self._shop, self._rules = shop, rules
        self.turn(first)

    def number(self, day: date) -> int:
        """Return the number of the night that is run on the day."""
        return (day - self.first).days + 1

    def night(self, number: int) -> Night:
        """Go to the night of this number: the clock and, instead of all faults, those of the night."""
        return self.turn(self.first + timedelta(number - 1))

    def turn(self, day: date) -> Night:
        """Go to the night that is run on the day."""
        if isinstance(self._shop, LivingShop):
            self._shop.clock = day
        night = self.scenario.night(self.number(day))
        self._rules.clear()
        self._rules.push(*night.faults)
        return night


def _licence_night(number: int) -> Night:
    if number % 11 == 0:
        return _lost(faults.licence())
    return _mended(faults.licence().again(3)) if number % 5 == 0 else Night()


def _maintenance(number: int) -> Night:
    if number % 7 == 0:
        return _lost(faults.maintenance())
    if number % 9 == 0:
        return _mended(faults.updating().again(2))
    return _mended(faults.maintenance().again(2)) if number % 3 == 0 else Night()


def _flaky_proxy(number: int) -> Night:
    kinds = ((faults.bad_gateway(), 400), (faults.bad_gateway(504), 300), (faults.reset(), 300),
             (faults.slow(_LONG_S), 100))
    return _mended(*(fault.sometimes(chance, 10 * number + at) for at, (fault, chance) in enumerate(kinds)))


def _truncated(number: int) -> Night:
    if number % 13 == 0:
        return _lost(faults.cut_unseen(_TAIL))
    kinds = {1: faults.cut(_TAIL), 2: faults.cut_unseen(_TAIL), 3: faults.cut_chunks(_TAIL)}
    return _mended(kinds[number % 4].again(2)) if number % 4 else Night()


def _slow_drip(number: int) -> Night:
    fault = faults.drip(1, 16)
    if number % 17 == 0:
        return _lost(fault)
    return _mended(fault) if number % 6 == 0 else Night()


def _schema_drift(number: int) -> Night:
    drifts = {
        0: (faults.dropped("Сумма").on(SALES), faults.dropped("DataVersion").on(ODATA)),
        4: (faults.renamed("Партнер", "Клиент").on(SALES), faults.renamed("Posted", "Проведен").on(ODATA)),
    }
    if number % 8 in drifts:
        return _lost(*drifts[number % 8])
    optional = (faults.dropped("Канал").again().on(SALES), faults.dropped("Комментарий").again().on(ODATA))
    return Night(optional) if number % 8 == 2 else Night()


def _mass_unpost(number: int) -> Night:
    held = _UNPOSTING.night <= number < _UNPOSTING.until
    return Night((), "refused", "refused") if held else Night()


def _duplicate_pages(number: int) -> Night:
    lost = {0: faults.ignored_top(), 2: faults.same_page()}
    mended = {4: faults.shifted(1), 5: faults.shifted(-1)}
    if number % 6 in lost:
        return Night((lost[number % 6].again(),), odata="refused")
    return Night((mended[number % 6],), odata="retries") if number % 6 in mended else Night()


def _lost(*of_night: Fault) -> Night:
    return Night(tuple(fault.again() for fault in of_night), "refused", "refused")


def _mended(*of_night: Fault) -> Night:
    return Night(of_night, "retries", "retries")


SCENARIOS = {
    each.name: each
    for each in (
        Scenario("calm", "Documents come in time and never change; nothing fails.", lambda _: Night(), Fates.none()),
        Scenario("late", "Far more documents than usual are late, change, move and go.", lambda _: Night(), _LATE),
        Scenario("licence-night", "Every fifth night begins without a free licence, every eleventh has none.",
                 _licence_night),
        Scenario("maintenance", "The base is closed for a while every third night, all night every seventh.",
                 _maintenance),
        Scenario("flaky-proxy", "A proxy answers for 1C, breaks connections or waits, at random.", _flaky_proxy),
        Scenario("truncated", "Answers break off, in three ways.", _truncated),
        Scenario("slow-drip", "Now and then an answer comes drop by drop.", _slow_drip),
        Scenario("schema-drift", "On some nights a column is gone or has another name.", _schema_drift),
        Scenario("mass-unpost", "On night 20 a third of a month's documents is un-posted, until night 23.",
                 _mass_unpost, unposting=_UNPOSTING),
        Scenario("missed-week", "Nobody runs the nights 8 to 14.", lambda _: Night(), missed=_WEEK),
        Scenario("duplicate-pages", "OData sends pages twice, all at once or shifted.", _duplicate_pages),
        Scenario("cold-start", "The first answer of every night is late.", lambda _: _mended(faults.slow(_LONG_S))),
    )
}
"""The scenarios by name."""


def scenario_named(name: str) -> Scenario:
    """Return the scenario of the name. Raises WrongUsage."""
    if name not in SCENARIOS:
        raise WrongUsage("There is no scenario {name}. Choose one of: {names}.", name=name, names=", ".join(SCENARIOS))
    return SCENARIOS[name]
