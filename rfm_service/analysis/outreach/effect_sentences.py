"""What contacting customers changed, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor, log10
from typing import NamedTuple

from rfm_service.domain.outreach import Effects
from rfm_service.domain.values import MONEY_SCALE, day_of
from rfm_service.ports import Texts

_TOLD_OF_CONTACTED = 0.3
"""Where fewer of the listed are known to have been contacted, the sentence speaks of the lists."""


class _Row(NamedTuple):
    """The columns of an EFFECTS row that sentences are made of."""

    verdict: str
    listed: int
    contacted: int
    held: int
    held_contacted: int
    buyers: float
    buyers_low: float
    buyers_high: float
    money: float
    money_low: float
    money_high: float
    needed: int
    enough_by: int

    @property
    def reached(self) -> float:
        """How many more of the listed than of the held-back were contacted, as a share."""
        return self.contacted / self.listed - self.held_contacted / self.held

    @property
    def of_contacted(self) -> bool:
        """Whether it can be told what became of a hundred contacted, rather than of a hundred listed."""
        return self.reached >= max(_TOLD_OF_CONTACTED, abs(self.buyers_low), abs(self.buyers_high))

    @property
    def share(self) -> float:
        """The part of the customers in question in which the whole difference came about."""
        return self.reached if self.of_contacted else 1.0


def effect_sentences(effects: Effects, texts: Texts) -> list[str]:
    """What each row of EFFECTS tells, in its order."""
    days = texts.plural("{count} day", "{count} days", effects.days)
    rows = zip(*(effects.frame[name].tolist() for name in _Row._fields), strict=True)
    return [" ".join(_told(_Row(*row), days, texts)) for row in rows]


def _told(row: _Row, days: str, texts: Texts) -> Iterator[str]:
    if row.verdict == "too_few":
        yield _too_few(row, texts)
    else:
        yield _buyers(row, days, texts)
    if row.verdict in ("helps", "harms"):
        yield _money(row, texts)
    if row.held_contacted:
        yield texts.plural("{count} of those held back was contacted all the same.",
                           "{count} of those held back were contacted all the same.", row.held_contacted)


def _buyers(row: _Row, days: str, texts: Texts) -> str:
    """The difference of buyers among a hundred."""
    whom = texts("100 customers contacted") if row.of_contacted else texts("100 customers on the lists")
    each = [100 * share / row.share for share in (row.buyers, row.buyers_low, row.buyers_high)]
    if row.buyers_low <= 0 <= row.buyers_high:
        fewer, more = _written([-each[1], each[2]], texts)
        return texts("No difference is seen: of {whom}, between {fewer} fewer and {more} more buy within {days} than "
                     "without contact.", whom=whom, fewer=fewer, more=more, days=days)
    by, *borders = _written([abs(one) for one in each], texts)
    told = {"whom": whom, "days": days, "by": by} | dict(zip(
        ("low", "high"), borders if row.buyers > 0 else reversed(borders), strict=True))
    if row.verdict == "no_difference_seen":
        return (texts("It looks as if contacting helps, but that may still be chance: of {whom}, between {low} and "
                      "{high} more buy within {days}.", **told) if row.buyers > 0 else
                texts("It looks as if contacting does harm, but that may still be chance: of {whom}, between {low} "
                      "and {high} fewer buy within {days}.", **told))
    return (texts("Contacting helps: of {whom}, {by} more buy within {days} (between {low} and {high}).", **told)
            if row.verdict == "helps" else
            texts("Contacting does harm: of {whom}, {by} fewer buy within {days} (between {low} and {high}).", **told))


def _written(numbers: list[float], texts: Texts) -> list[str]:
    """Numbers of customers in a hundred, with a decimal place where one is small."""
    small = min(numbers) < 2
    return [texts.number(each, int(small and round(each, 1) % 1 > 0)) for each in numbers]


def _money(row: _Row, texts: Texts) -> str:
    if not row.money_low * row.money_high > 0:
        return texts("How much money that makes cannot be told yet.")
    by, *borders = (abs(each) / row.share for each in (row.money, row.money_low, row.money_high))
    told = dict(zip(("by", "low", "high"), _amounts([by, *sorted(borders)], texts), strict=True))
    return (texts("That is about {by} more a customer (between {low} and {high}).", **told) if row.money > 0 else
            texts("That is about {by} less a customer (between {low} and {high}).", **told))


def _amounts(units: list[float], texts: Texts) -> list[str]:
    """Amounts with two digits that count, or to the kopeck where one is small."""
    if min(units) < 10:
        return [texts.amount(round(each * MONEY_SCALE), 2) for each in units]
    return [texts.amount(_rounded(each) * MONEY_SCALE) for each in units]


def _too_few(row: _Row, texts: Texts) -> str:
    if not row.held:
        return texts("Nobody was held back, so there is nothing to compare with.")
    if row.needed <= row.held:
        return texts.plural("Not enough to know yet: {count} customer was held back.",
                            "Not enough to know yet: {count} customers were held back.", row.held)
    wanted = texts.number(_rounded(row.needed))
    if not row.enough_by:
        return texts.plural("Not enough to know yet: {count} customer was held back; about {needed} are needed.",
                            "Not enough to know yet: {count} customers were held back; about {needed} are needed.",
                            row.held, needed=wanted)
    day = day_of(row.enough_by)
    return texts.plural("Not enough to know yet: {count} customer was held back; about {needed} are needed, at this "
                        "pace by {month}.",
                        "Not enough to know yet: {count} customers were held back; about {needed} are needed, at this "
                        "pace by {month}.", row.held, needed=wanted, month=texts.month(day.year, day.month))


def _rounded(number: float) -> int:
    """A number of at least 0 with two digits that count."""
    step = 10 ** max(floor(log10(number)) - 1, 0) if number >= 1 else 1
    return ceil(number / step - 0.5) * step
