"""A shop whose documents come late, change and go: what it shows is a function of the seed and its clock."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from rfm_service.emulator import papers as papers_of
from rfm_service.emulator.fates import LATEST_WRITE, LONGEST_MOVE, Fates, Life, at, life
from rfm_service.emulator.papers import Paper, put_together
from rfm_service.emulator.partner_lives import PartnerLife, PartnerLives
from rfm_service.emulator.shop import Partner, Shop, ShopLine

_LINES_KEPT = 150_000
_DAYS_AT_ONCE = 16
_DAYS_SHOWN = 30
_DAY = timedelta(1)


class Mutation(NamedTuple):
    """Something that happened to a document or a partner on a day of the clock.

    Of a document: its number and date before and after; of a partner: its names before and after.
    """

    day: date
    kind: str
    ref: str
    before: str
    after: str
    old_date: date | None = None
    new_date: date | None = None


class LivingShop:
    """The documents of another shop, which does not change, as they are on the day of `clock`.

    Nothing is written down: equal seed, fates and clock give equal answers, and the clock may go both ways.
    """

    def __init__(self, base: Shop, seed: int, fates: Fates, clock: date) -> None:
        """Wrap the shop; documents dated on `clock` or before exist, as far as they were entered."""
        self.clock, self.seed, self.fates = clock, seed, fates
        self._base = base
        self._lock = threading.Lock()
        self._days_at_once = 1
        self._days: dict[date, list[Life]] = {}
        self._sizes: dict[date, int] = {}
        self._movers: dict[date, list[Life]] = {}
        self._names: tuple[date, dict[str, str]] = (date.min, {})

    @cached_property
    def first_day(self) -> date:
        """The day of the first document of the base."""
        told = getattr(self._base, "first_day", None)
        if isinstance(told, date):
            return told
        return min((line.date.date() for line in self._base.lines(date.min, date.max)), default=self.clock)

    def lines(self, start: date, end: date) -> Iterator[ShopLine]:
        """Yield the lines of the documents of [start, end) that are posted and not marked, by day."""
        return (line for paper in self.papers(start, end) if paper.counts for line in paper.lines)

    def papers(self, start: date, end: date) -> Iterator[Paper]:
        """Yield the documents dated in [start, end) as they are on the clock, by day."""
        clock = self.clock
        return self._papers(max(start, self.first_day - timedelta(LONGEST_MOVE)), min(end, clock + _DAY), clock)

    def partners(self) -> Iterator[Partner]:
        """Yield the partners of the day with their references, without those that gave way to others."""
        clock, lives = self.clock, self._partner_lives
        for partner in self._base.partners():
            fate = lives.of(partner.buyer)
            if not (fate and fate.merged(clock)):
                ref = partner.ref or papers_of.partner_ref(self._base, partner.buyer)
                yield partner._replace(buyer=lives.name_at(partner.buyer, clock), ref=ref)

    def partner_ref(self, name: str) -> str:
        """Return the reference of the partner that has the name on the clock."""
        known = self._names
        if known[0] != self.clock:
            self._names = known = (self.clock, self._partner_lives.first_names(self.clock))
        return papers_of.partner_ref(self._base, known[1].get(name, name))

    def optional_fields(self) -> frozenset[str]:
        """Return the optional fields of the base."""
        return self._base.optional_fields()

    def ledger(self, since: date, until: date) -> Iterator[Mutation]:
        """Yield what happened on the clock days of the half-open [since, until), by day.

        A document written on its own day is no mutation. The documents of a partner that was renamed or gave way
        to another change with it without a row of their own.
        """
        oldest = max(self.first_day, since - timedelta(LATEST_WRITE + self._longest_wave))
        found = [
            mutation
            for day in _days(oldest, until)
            for each in self._lives(day)
            for mutation in _mutations(each)
            if since <= mutation.day < until
        ]
        found += [each for partner in self._partner_lives.all() for each in self._renamings(partner, since, until)]
        return iter(sorted(found, key=lambda each: (each.day, each.ref, each.kind)))

    @cached_property
    def _partner_lives(self) -> PartnerLives:
        rates = (self.fates.partners_renamed, self.fates.partners_merged)
        return PartnerLives(self.seed, self._base.partners(), rates, self.first_day)

    @property
    def _longest_wave(self) -> int:
        return max(((wave.until - wave.day).days + wave.days for wave in self.fates.waves), default=0)

    def _papers(self, start: date, end: date, clock: date) -> Iterator[Paper]:
        for first in range(start.toordinal(), end.toordinal(), _DAYS_SHOWN):
            begin = date.fromordinal(first)
            yield from self._of_days(begin, min(end, begin + _DAY * _DAYS_SHOWN), clock)

    def _of_days(self, start: date, end: date, clock: date) -> Iterator[Paper]:
        come = self._come(start, end, clock)
        for day in _days(start, end):
            for each in self._lives(day):
                paper = at(each, clock)
                if paper is not None and paper.day == day:
                    yield self._named(paper, clock)
            for paper in come.get(day, ()):
                yield self._named(paper, clock)

    def _come(self, start: date, end: date, clock: date) -> dict[date, list[Paper]]:
        """Return the documents that came into the period from other days, by the day that they are dated now."""
        come: dict[date, list[Paper]] = defaultdict(list)
        if not self.fates.moved:
            return come
        reach = timedelta(LONGEST_MOVE)
        for day in _days(max(start - reach, self.first_day), min(end + reach, clock + _DAY)):
            for each in self._movers_of(day):
                paper = at(each, clock)
                if paper is not None and paper.day != day and start <= paper.day < end:
                    come[paper.day].append(paper)
        return come

    def _movers_of(self, day: date) -> list[Life]:
        known = self._movers.get(day)
        if known is None:
            known = [each for each in self._lives(day) if any(moment.deed == "moved" for moment in each)]
            self._movers[day] = known
        return known

    def _lives(self, day: date) -> list[Life]:
        known = self._days.get(day)
        if known is None:
            for of_day, written in self._written(day).items():
                lives = [life(self.seed, paper, written, self.fates) for paper in written]
                known = lives if of_day == day else known
                self._keep(of_day, lives, sum(len(paper.lines) for paper in written))
        return known or []

    def _written(self, day: date) -> dict[date, list[Paper]]:
        """Return the documents of the base as they were first written, of the day and of some after it."""
        end = day + _DAY * self._days_at_once
        by_day: dict[date, list[Paper]] = {each: [] for each in _days(day, end)}
        own = hasattr(self._base, "papers")
        for paper in papers_of.papers(self._base, day, end) if own else put_together(self._base.lines(day, end)):
            by_day[paper.day].append(paper)
        return by_day

    def _keep(self, day: date, lives: list[Life], lines: int) -> None:
        with self._lock:
            if day not in self._days:
                self._days[day], self._sizes[day] = lives, lines
            self._days_at_once = 1 if lines * _DAYS_AT_ONCE > _LINES_KEPT // 2 else _DAYS_AT_ONCE
            while len(self._days) > _DAYS_AT_ONCE and sum(self._sizes.values()) > _LINES_KEPT:
                oldest = next(iter(self._days))
                del self._days[oldest], self._sizes[oldest]

    def _named(self, paper: Paper, clock: date) -> Paper:
        buyer = paper.lines[0].buyer
        fate = self._partner_lives.of(buyer)
        if fate is None:
            return paper
        name = self._partner_lives.name_at(buyer, clock)
        merged = fate.merged(clock) and paper.day <= (fate.merged_on or clock)
        lines = tuple(line._replace(buyer=name) for line in paper.lines)
        return paper._replace(lines=lines, version=paper.version + merged)

    def _renamings(self, partner: PartnerLife, since: date, until: date) -> Iterator[Mutation]:
        lives, ref = self._partner_lives, papers_of.partner_ref(self._base, partner.name)
        gone = partner.merged_on or date.max
        for day in partner.renamed.between(since, min(until, gone)) if partner.renamed else ():
            yield Mutation(day, "partner_renamed", ref, partner.name_at(day - _DAY), partner.name_at(day))
        if since <= gone < until:
            was = partner.name_at(gone - _DAY)
            yield Mutation(gone, "partner_merged", ref, was, lives.name_at(partner.name, gone))


def _mutations(of: Life) -> Iterator[Mutation]:
    before: Paper | None = None
    for moment in of:
        shown = moment.paper or before
        if moment.deed != "written" and shown:
            was = before or shown
            numbers = (was.lines[0].sale_id, shown.lines[0].sale_id)
            yield Mutation(moment.day, moment.deed, shown.ref, *numbers, was.day, shown.day)
        before = moment.paper


def _days(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days) for days in range((end - start).days))
