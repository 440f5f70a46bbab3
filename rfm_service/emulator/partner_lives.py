"""What becomes of partners: another name from a day on, or all their documents under another partner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from rfm_service.emulator.hashing import below, mixed, number_of
from rfm_service.emulator.shop import Partner

_OWN = "Свои"
_NAMES = (" (новое название)", " ТД", " Групп", " Плюс", " и партнёры")
_YEARS = 10_000 * 365
_FAR = 40 * 365


class Cycle(NamedTuple):
    """Something that happens on `first` and again every `days` days."""

    first: date
    days: int

    def times(self, clock: date) -> int:
        """Return how often it happened up to the day."""
        return max(0, (clock - self.first).days // self.days + 1)

    def between(self, since: date, until: date) -> list[date]:
        """Return the days of [since, until) on which it happens."""
        skipped = max(0, -((self.first - since).days // self.days))
        days = []
        day = self.first + timedelta(self.days * skipped)
        while day < until:
            days.append(day)
            day += timedelta(self.days)
        return days


class PartnerLife(NamedTuple):
    """A partner by its first name: when it is renamed, and when it gives way to which other."""

    name: str
    draw: int
    renamed: Cycle | None
    merged_on: date | None = None
    into: str = ""

    def merged(self, clock: date) -> bool:
        """Return whether it has given way to the other."""
        return self.merged_on is not None and self.merged_on <= clock

    def name_at(self, clock: date) -> str:
        """Return its name on the day."""
        times = self.renamed.times(clock) if self.renamed else 0
        return self.name + (_NAMES[(self.draw + times) % len(_NAMES)] if times else "")


class PartnerLives:
    """The partners of a catalogue that have a fate; rates are in 1/10 000 of partners a year."""

    def __init__(self, seed: int, partners: Iterable[Partner], rates: tuple[int, int], first_day: date) -> None:
        """Read the catalogue once; `rates` are those of renaming and merging, which begin with the first day."""
        self._seed, self._rates, self._first_day = seed, rates, first_day
        # Reports know own companies by their names.
        names = [each.buyer for each in partners if each.buyer and each.category != _OWN] if any(rates) else []
        found = [self._life(name) for name in names]
        staying = [life.name for life in found if life.merged_on is None]
        self._lives = {life.name: self._joined(life, staying) for life in found if life.renamed or life.merged_on}

    def __bool__(self) -> bool:
        return bool(self._lives)

    def of(self, name: str) -> PartnerLife | None:
        """Return the life of the partner that was first of this name; None where it keeps its name."""
        return self._lives.get(name)

    def name_at(self, name: str, clock: date) -> str:
        """Return what the documents of the partner that was first of this name call it on the day."""
        life = self._lives.get(name)
        if life is None:
            return name
        return self.name_at(life.into, clock) if life.merged(clock) else life.name_at(clock)

    def first_names(self, clock: date) -> dict[str, str]:
        """Return for each partner that was renamed the name of the day -> its first name."""
        return {now: name for name, life in self._lives.items() if (now := life.name_at(clock)) != name}

    def all(self) -> Iterable[PartnerLife]:
        """Return all of them."""
        return self._lives.values()

    def _life(self, name: str) -> PartnerLife:
        key = mixed(self._seed, number_of(name), 7)
        renames, merges = self._rates
        # Half of them give way, twice as often: there is always somebody to give way to.
        merged = self._cycle(key, 1, 2 * merges) if below(key, 3, 2) else None
        return PartnerLife(name, below(key, 2, 1000), self._cycle(key, 0, renames), merged and merged.first)

    def _cycle(self, key: int, stream: int, rate: int) -> Cycle | None:
        # Once in so many years, each partner in a day of its own: a rate a year without a memory.
        if not rate:
            return None
        days = max(1, _YEARS // rate)
        phase = below(key, stream, days)
        return Cycle(self._first_day + timedelta(phase), days) if phase < _FAR else None

    def _joined(self, life: PartnerLife, staying: list[str]) -> PartnerLife:
        if life.merged_on is None or not staying:
            return life._replace(merged_on=None)
        return life._replace(into=staying[below(number_of(life.name), 4, len(staying))])
