"""Time as the shop lives it: a clock that runs faster in the season, so that visits come evenly on it.

A year is cut into its half months. How much more than expected each part brought in every year seen, less a trend,
is its season; what differs between the years is noise, and the season is shrunk by it. All models run on this clock.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rfm_service.analysis.forecasting.geometric import Geometric, Seen, fit
from rfm_service.analysis.forecasting.histories import Visits, history
from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags, Ints

PARTS = 24
YEAR = 365.2425
NEEDED = 2 * 365
"""Days of sales without which a season cannot be told from a trend."""
_AHEAD = 4 * 366
_YOUNG = 60
_ROUNDS = 3


@dataclass(frozen=True)
class Clock:
    """`ends[i]` is the time at the end of day number `first` + i; it ends years after the last sale."""

    first: int
    ends: Floats

    def time(self, day: Floats) -> Floats:
        """The time at the end of day numbers."""
        found: Floats = self.ends[(day - self.first).astype(np.int64)]
        return found

    def day(self, time: Floats) -> Ints:
        """The day number in which a time falls."""
        found = self.first + np.searchsorted(self.ends, time - 1e-6, side="left")
        return np.minimum(found, self.first + len(self.ends) - 1).astype(np.int64)


def plain_clock(first: int, as_of: int) -> Clock:
    """The Clock that runs with the calendar."""
    return Clock(first, np.arange(first, as_of + _AHEAD, dtype=np.float64))


def clock_of(visits: Visits, as_of: int) -> Clock:
    """The Clock of visits whose times are day numbers; the calendar's where less than two years are seen."""
    first = int(visits.time.min(initial=as_of))
    clock = plain_clock(first, as_of)
    if as_of - first < NEEDED:
        return clock
    season, model = np.zeros(PARTS), None
    for _ in range(_ROUNDS):
        now = float(clock.time(np.array([as_of]))[0])
        known = history(visits.on_clock(clock.time(visits.time)), now)
        model = fit(known.grouped, modified=True, start=model)
        season += _season_left(visits, clock, model, as_of)
        clock = _running(season, first, as_of)
    return clock


def part_of_year(day: Ints) -> Ints:
    """The half month, 0 .. 23, of day numbers."""
    days = day.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    late: Flags = (days - months).astype(np.int64) >= 15
    return 2 * (months.astype(np.int64) % 12) + late


def _running(season: Floats, first: int, as_of: int) -> Clock:
    speed = np.exp(season)[part_of_year(np.arange(first, as_of + _AHEAD))]
    year = np.exp(season)[part_of_year(np.arange(365))].mean()
    return Clock(first, first + np.cumsum(speed / year) - speed[0] / year)


def _season_left(visits: Visits, clock: Clock, model: Geometric, as_of: int) -> Floats:
    """The log of what each part of the year brought beyond the expectation on a clock, shrunk; sums to about 0."""
    days = np.arange(clock.first, as_of + 1)
    actual = np.bincount((visits.time - clock.first).astype(np.int64), minlength=len(days))
    new = np.bincount((visits.time[visits.start[:-1]] - clock.first).astype(np.int64), minlength=len(days))
    expected = _expected(model, new, clock.ends[:len(days)])
    run = np.cumsum(np.diff(part_of_year(days), prepend=-1) != 0) - 1
    bounds = np.flatnonzero(np.diff(run, prepend=-1))
    sold, due = (np.add.reduceat(each, bounds) for each in (actual - new, expected))
    length = np.diff(np.append(bounds, len(days)))
    whole = (length >= 10) & (days[bounds] >= clock.first + _YOUNG) & (due > 5)
    if whole.sum() < 2 * PARTS - 8:
        return np.zeros(PARTS)
    excess = np.log((sold + 0.5) / (due + 0.5))[whole]
    return _shrunk(excess, part_of_year(days[bounds])[whole], (days[bounds] - as_of)[whole] / YEAR)


def _expected(model: Geometric, new: Ints, ends: Floats) -> Floats:
    """The repeat visits of each day that a model expects of the customers won on each day."""
    age = np.linspace(0.0, ends[-1] - ends[0] + 1, 400)
    nobody = np.zeros(1)
    seen = Seen(nobody, nobody, nobody, np.ones(1))
    made = np.array([model.orders(seen, float(each))[0] for each in age])
    won = np.flatnonzero(new)
    total = np.zeros(len(ends))
    for day in won:
        total[day:] += new[day] * np.interp(ends[day:] - ends[day], age, made)
    return np.diff(total, prepend=0.0)


def _shrunk(excess: Floats, part: Ints, years: Floats) -> Floats:
    """The effects of the parts of the year beside a quadratic trend, shrunk by their noise (one-way random effects)."""
    dummies = (part[:, None] == np.arange(PARTS)).astype(np.float64)
    trend = np.column_stack([np.ones(len(years)), years, years**2])
    # A slight ridge keeps parts of which nothing is known at 0 and the constant with the trend.
    both = np.hstack([trend, dummies])
    ridge = np.diag(np.concatenate([np.zeros(3), np.full(PARTS, 1e-3)]))
    found = np.linalg.solve(both.T @ both + ridge, both.T @ excess)
    effect, times = found[3:], dummies.sum(axis=0)
    rest = excess - both @ found
    noise = float(rest @ rest) / max(len(excess) - PARTS - 2, 1)
    mean_noise = noise / np.maximum(times, 1)
    signal = max(float(effect.var()) - float(mean_noise.mean()), 0.0)
    return np.where(times > 0, effect * signal / (signal + mean_noise + 1e-12), 0.0)
