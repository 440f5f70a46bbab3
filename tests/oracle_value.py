"""docs/value.md once more, in plain Python: lifecycle, cohorts, Pareto, ABC/XYZ, segment value, by lists and fractions.

Nothing is taken from rfm_service.analysis: a reader checks it against the definitions line by line.
"""

from __future__ import annotations

import unicodedata
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from rfm_service.domain.standings import ClassBorders, Lifecycle

Bought = tuple[int, date, int]
"""A counting order: customer, day of its first sale line, sum."""


@dataclass(frozen=True)
class Scored:
    """A customer with a counting order in the window."""

    number: int
    first: date
    last: date
    frequency: int
    monetary: int
    segment: str = ""


def of_customer(bought: Iterable[Bought], number: int) -> list[tuple[date, int]]:
    """The orders of one customer, oldest first."""
    return sorted((day, amount) for customer, day, amount in bought if customer == number)


def first_ever(one: Scored, bought: Iterable[Bought]) -> date:
    """The first purchase of all time; of the window, where no order counts of all time."""
    return min((day for day, _ in of_customer(bought, one.number)), default=one.first)


def value(one: Scored, bought: Iterable[Bought], rules: Lifecycle) -> str:
    """Vip: enough orders or enough money."""
    orders = [amount for _, amount in of_customer(bought, one.number)]
    count, money = (len(orders), sum(orders)) if rules.over == "ever" else (one.frequency, one.monetary)
    return "vip" if count >= rules.vip_orders or money >= rules.vip_money else "regular"


def churn_threshold(one: Scored, bought: Iterable[Bought], rules: Lifecycle) -> Fraction:
    """1.5 times the mean of days between days with a purchase, at least 60."""
    days = sorted({day for day, _ in of_customer(bought, one.number)})
    if len(days) < 2:
        return Fraction(rules.churn_floor_days)
    cycle = Fraction((days[-1] - days[0]).days, len(days) - 1)
    return max(cycle * rules.churn_multiplier, Fraction(rules.churn_floor_days))


def risk(one: Scored, bought: Iterable[Bought], as_of: date, rules: Lifecycle) -> str:
    """at_risk, else new, else active, else steady."""
    silence = (as_of + timedelta(days=1) - one.last).days
    tenure = (as_of + timedelta(days=1) - first_ever(one, bought)).days
    border = Fraction(rules.silent_days) if rules.rhythm == "fixed" else churn_threshold(one, bought, rules)
    if silence > border:
        return "at_risk"
    if tenure <= rules.new_days:
        return "new"
    return "active" if silence <= rules.active_days else "steady"


def abc(money: Mapping[int, int], borders: ClassBorders) -> dict[int, str]:
    """The class of each customer by what those that brought more bring together."""
    whole = sum(each for each in money.values() if each > 0)
    classes = {}
    for customer, own in money.items():
        richer = sum(each for each in money.values() if each > max(own, 0))
        share = Fraction(richer, whole) if whole else Fraction(1)
        classes[customer] = "C" if own <= 0 or share >= borders.b else "B" if share >= borders.a else "A"
    return classes


def full_months(as_of: date, window_days: int) -> list[tuple[int, int]]:
    """The months of which every day is in the window."""
    days = [as_of - timedelta(days=ago) for ago in range(window_days)]
    held = Counter((day.year, day.month) for day in days)
    return sorted(month for month, count in held.items() if count == monthrange(*month)[1])


def xyz(one: Scored, bought: Sequence[Bought], window: tuple[date, int], borders: ClassBorders) -> str:
    """The class by standard deviation / mean of the sums of full months since the first purchase."""
    first = first_ever(one, bought)
    months = [month for month in full_months(*window) if month >= (first.year, first.month)]
    if len(months) < borders.least_months:
        return ""
    sums = [sum(amount for day, amount in of_customer(bought, one.number) if (day.year, day.month) == month)
            for month in months]
    mean = Fraction(sum(sums), len(sums))
    if not mean:
        return "Z"
    variance = sum((each - mean) ** 2 for each in sums) / len(sums)
    relative = variance / mean ** 2
    return "X" if relative <= borders.x ** 2 else "Y" if relative <= borders.y ** 2 else "Z"


def month_number(day: date) -> int:
    """Months since the year 0."""
    return day.year * 12 + day.month - 1


def cohorts(bought: Sequence[Bought], as_of: date) -> list[tuple[int, int, int, int, int, bool]]:
    """cohort, offset, customers, orders, revenue, complete; a row a month from the cohort's to that of as_of."""
    cohort_of = {number: month_number(min(day for customer, day, _ in bought if customer == number))
                 for number, _, _ in bought}
    found = []
    for cohort in sorted(set(cohort_of.values())):
        for month in range(cohort, month_number(as_of) + 1):
            cell = [(customer, amount) for customer, day, amount in bought
                    if cohort_of[customer] == cohort and month_number(day) == month]
            last_day = date(month // 12, month % 12 + 1, monthrange(month // 12, month % 12 + 1)[1])
            found.append((cohort, month - cohort, len({customer for customer, _ in cell}), len(cell),
                          sum(amount for _, amount in cell), last_day <= as_of))
    return found


def top(money: Iterable[int], share: Fraction) -> int:
    """The smallest number of customers that bring the share of the money."""
    ordered = sorted((max(each, 0) for each in money), reverse=True)
    return next(count for count in range(len(ordered) + 1) if sum(ordered[:count]) >= share * sum(ordered))


def churned(former: Mapping[int, str], bought: Sequence[Bought], as_of: date, days: int) -> dict[str, tuple[int, int]]:
    """By segment: the customers in it `days` ago, and those without an order since."""
    since = {customer for customer, day, _ in bought if as_of - timedelta(days=days) < day <= as_of}
    found: dict[str, tuple[int, int]] = {}
    for customer, segment in former.items():
        there, gone = found.get(segment, (0, 0))
        found[segment] = (there + 1, gone + (customer not in since))
    return found


def by_attribute(told: Mapping[int, str | None], scored: Sequence[Scored], risks: Mapping[int, str],
                 most: int) -> list[tuple[str, int, int, int, int, int]]:
    """value, joined, customers, money, orders, at risk: ordinary values, none told, the rare ones."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        groups[unicodedata.normalize("NFC", told.get(one.number) or "").strip()].append(one)
    blank = groups.pop("", [])
    if not groups:
        return []
    ranked = sorted(groups, key=lambda name: (-sum(one.monetary for one in groups[name]), -len(groups[name]), name))
    rare = ranked[most:] if len(ranked) > most + 1 else []
    rows = [(name, 1, groups[name]) for name in ranked if name not in rare]
    rows += [("", 0, blank)] if blank else []
    rows += [("", len(rare), [one for name in rare for one in groups[name]])] if rare else []
    return [(name, joined, len(some), sum(one.monetary for one in some), sum(one.frequency for one in some),
             sum(risks[one.number] == "at_risk" for one in some)) for name, joined, some in rows]
