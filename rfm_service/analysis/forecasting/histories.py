"""PURCHASES as visits (the orders of a customer on a day are one), and what of them was known at a cut-off."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.geometric import Seen, grouped
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags, Ints, sums

_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Visits:
    """Visits by customer and time: rows start[i] .. start[i + 1] are those of customer_no[i].

    Customers stand in the order of their histories, so that their numbers decide nothing, not even the last bit of a
    sum. `owner` is the position of a row's customer, `time` its day number (on whatever clock), `paid` the sum of
    amounts before each row in 1/10 000, one longer than the rows.
    """

    customer_no: Ints
    start: Ints
    owner: Ints
    time: Floats
    paid: Ints

    @property
    def size(self) -> int:
        """The number of customers."""
        return len(self.customer_no)

    def count(self, when: float) -> Ints:
        """How many visits each customer had made by the end of day `when`."""
        return np.bincount(self.owner[self.time <= when], minlength=self.size).astype(np.int64, copy=False)

    def spent(self, visits: Ints) -> Ints:
        """What each customer paid in its first so many visits, in 1/10 000."""
        paid: Ints = self.paid[self.start[:-1] + visits] - self.paid[self.start[:-1]]
        return paid

    def next_after(self, known: History) -> Floats:
        """When each customer of a history came next after its cut-off; infinity where it has not yet."""
        row = self.start[:-1][known.place] + known.visits
        came = row < self.start[1:][known.place]
        return np.where(came, self.time[np.minimum(row, len(self.time) - 1)], np.inf) if len(row) else np.zeros(0)

    def on_clock(self, time: Floats) -> Visits:
        """The same visits at other times, row by row."""
        return replace(self, time=time)

    def taken(self, place: Ints) -> Visits:
        """The visits of the customers at some positions, in their order."""
        number = np.diff(self.start)[place]
        start = np.concatenate([[0], np.cumsum(number)])
        owner = np.repeat(np.arange(len(number)), number)
        rows = np.arange(len(owner)) - start[owner] + self.start[place][owner]
        return Visits(self.customer_no[place], start, owner, self.time[rows],
                      np.concatenate([[0], np.cumsum(np.diff(self.paid)[rows])]))

    def find(self, customers: Ints) -> tuple[Ints, Flags]:
        """The position of each customer_no, and whether it is there (else the position means nothing)."""
        place = pd.Index(self.customer_no).get_indexer(pd.Index(customers)).astype(np.int64)
        there: Flags = place >= 0
        return np.maximum(place, 0), there


@dataclass(frozen=True)
class History:
    """What was known of each customer that had bought by a cut-off (an element a customer; times of one clock).

    `place` its position in the visits, `visits` how many, `purchase_span` first to last visit, `tenure_days`
    first visit to the cut-off, `recency_days` last visit to it, `recent` and `newest` the visits of the last
    90 and 30 days, `paid` and `first_paid` all it paid and what its first visit brought, in 1/10 000.
    """

    place: Ints
    visits: Ints
    purchase_span: Floats
    tenure_days: Floats
    recency_days: Floats
    recent: Ints
    newest: Ints
    paid: Ints
    first_paid: Ints

    @property
    def repeats(self) -> Floats:
        """Repeat visits: all but the first."""
        return (self.visits - 1).astype(np.float64)

    @property
    def seen(self) -> Seen:
        """The histories row by row, for predictions."""
        return Seen(self.repeats, self.purchase_span, self.tenure_days, np.ones(len(self.visits)))

    @property
    def grouped(self) -> Seen:
        """The different histories with their counts, for fitting."""
        return grouped(self.repeats, self.purchase_span, self.tenure_days)


def visits_of(purchases: pd.DataFrame, as_of: int) -> Visits:
    """Visits of PURCHASES up to the day number `as_of`, whatever the order of rows."""
    columns = [purchases[name].to_numpy() for name in ("customer_no", "day", "amount")]
    kept = columns[1] <= as_of
    customer, day, amount = columns if kept.all() else [column[kept] for column in columns]
    if not _ascending(customer, day):
        place = np.lexsort((day, customer))
        customer, day, amount = customer[place], day[place], amount[place]
    new_customer = np.diff(customer, prepend=customer[:1] - 1) != 0
    first = np.flatnonzero(new_customer | (np.diff(day, prepend=day[:1]) != 0))
    start = np.flatnonzero(new_customer[first])
    paid = np.concatenate([[0], np.cumsum(amount)])[np.append(first, len(amount))]
    owner = np.cumsum(new_customer[first]) - 1
    return _by_history(Visits(customer[first][start], np.append(start, len(first)), owner,
                              day[first].astype(np.float64), paid))


def _by_history(visits: Visits) -> Visits:
    """The same customers ordered by number of visits, first and last one, those between, and money.

    No step of it knows customer numbers, and another unit of money changes nothing.
    """
    begin, end = visits.start[:-1], visits.start[1:]
    mixed = visits.time.astype(np.int64).astype(np.uint64) * _MIX
    mixed ^= mixed >> np.uint64(29)
    between = sums(visits.owner, (mixed * _MIX >> np.uint64(20)).astype(np.int64), visits.size)
    later = sums(visits.owner, np.diff(visits.paid) * (np.arange(len(visits.owner)) - begin[visits.owner]), visits.size)
    keys = (later, visits.paid[np.minimum(begin + 1, end)] - visits.paid[begin], visits.paid[end] - visits.paid[begin],
            between, visits.time[end - 1], visits.time[begin], end - begin)
    return visits.taken(np.lexsort(keys)) if visits.size else visits


def _ascending(customer: Ints, day: Ints) -> bool:
    step = np.diff(customer)
    return bool((step >= 0).all() and (np.diff(day)[step == 0] >= 0).all())


def history(visits: Visits, when: float) -> History:
    """History of the customers that had bought by the end of day `when`."""
    number = visits.count(when)
    place = np.flatnonzero(number)
    start, held = visits.start[:-1][place], number[place]
    first, last = visits.time[start], visits.time[start + held - 1]
    recent, newest = (held - visits.count(when - days)[place] for days in (90, 30))
    return History(place, held, last - first, when - first, when - last, recent, newest,
                   visits.spent(number)[place], visits.spent(np.minimum(number, 1))[place])


def sample(visits: Visits, size: int) -> Visits:
    """Visits of about `size` customers, every k-th of those ordered by their histories.

    So neither customer numbers, nor the order of rows, nor the unit of money decides who is in; nearly equal customers
    are sampled evenly.
    """
    if visits.size <= size:
        return visits
    return visits.taken((2 * np.arange(size) + 1) * visits.size // (2 * size))
