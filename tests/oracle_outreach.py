"""docs/outreach.md once more, in plain Python: whom to contact, customer by customer, by lists and fractions.

Nothing is taken from rfm_service.analysis: a reader checks it against the definitions line by line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from statistics import median

from rfm_service.domain.outreach import Category, Outreach


@dataclass(frozen=True)
class Basket:
    """Money of a category: without returns, returned, with a known cost, and that cost."""

    sold: int
    returned: int = 0
    costed: int = 0
    cost: int = 0


@dataclass(frozen=True)
class Touch:
    """A contact: when, what came of it ('': only noted), and when to do it again; those of a day as they were told."""

    day: date
    outcome: str
    again: date | None = None


@dataclass(frozen=True)
class Person:
    """A customer: orders (day, sum) of all time, baskets of the window, and who looks after it."""

    number: int
    orders: tuple[tuple[date, int], ...]
    baskets: Mapping[str, Basket] = field(default_factory=dict)
    channel: str = ""
    manager: str = ""
    barred: bool = False
    touches: tuple[Touch, ...] = ()
    foretold: int = 0

    def days(self) -> list[date]:
        return sorted({day for day, _ in self.orders})

    def within(self, first: date, last: date) -> list[int]:
        return [amount for day, amount in self.orders if first <= day <= last]


@dataclass(frozen=True)
class Shop:
    """Everybody, the night, and the rules."""

    people: Sequence[Person]
    as_of: date
    rules: Outreach
    window: int = 365

    def orders(self, who: Person) -> list[int]:
        return who.within(self.as_of - timedelta(days=self.window - 1), self.as_of)

    def silence(self, who: Person) -> int:
        return (self.as_of + timedelta(days=1) - max(who.days())).days

    # goods

    def goods(self, who: Person) -> str:
        """The category with most money, of several the first by name."""
        return min(who.baskets, key=lambda name: (-who.baskets[name].sold, name), default="")

    def told(self, name: str, what: str) -> object:
        own = getattr(self.rules.categories.get(name, Category()), what)
        return getattr(self.rules.usual, what) if own is None else own

    def known_margin(self, who: Person) -> Fraction:
        return Fraction(sum(each.costed - each.cost for each in who.baskets.values()), len(self.orders(who)))

    def guessed_margin(self, who: Person) -> Fraction:
        guess = sum(max(each.sold - each.costed, 0) * Fraction(str(self.told(name, "gross_margin")))
                    for name, each in who.baskets.items())
        return Fraction(guess) / len(self.orders(who))

    def sold(self, who: Person) -> int:
        return sum(each.sold for each in who.baskets.values())

    def scale(self) -> tuple[Fraction, Fraction]:
        """Median margin of an order and median order, of those whose orders leave anything."""
        paying = [each for each in self.people if self.known_margin(each) + self.guessed_margin(each) > 0]
        if not paying:
            return Fraction(1_000_000), Fraction(3_125_000)
        return (Fraction(median(self.known_margin(each) + self.guessed_margin(each) for each in paying)),
                Fraction(median(Fraction(self.sold(each), len(self.orders(each))) for each in paying)))

    def margin(self, who: Person) -> Fraction:
        most = self.told(self.goods(who), "max_margin")
        cap = 80 * self.scale()[0] if most is None else Fraction(most)
        return self.known_margin(who) + min(self.guessed_margin(who), cap)

    def observed(self, who: Person) -> Fraction:
        back = sum(each.returned for each in who.baskets.values())
        return min(Fraction(back, self.sold(who)), Fraction(1)) if self.sold(who) > 0 else Fraction(1)

    def returns(self, who: Person) -> Fraction:
        expected = Fraction(str(self.told(self.goods(who), "return_rate")))
        if len(self.orders(who)) >= 3:
            return Fraction(7, 10) * self.observed(who) + Fraction(3, 10) * expected
        return max(self.observed(who), expected)

    def touch_cost(self, who: Person) -> Fraction:
        own = self.rules.categories.get(self.goods(who), Category()).touch_cost
        usual = self.rules.channels.get(who.channel, self.rules.usual.touch_cost)
        cost = usual if own is None else own
        return self.scale()[0] * 6 / 100 if cost is None else Fraction(cost)

    # rhythm

    def personal(self, who: Person) -> Fraction:
        days = who.days()
        return Fraction((days[-1] - days[0]).days, len(days) - 1) if len(days) > 1 else Fraction(0)

    def warning_line(self, who: Person) -> Fraction:
        cycle = Fraction(str(self.told(self.goods(who), "cycle_days")))
        return max(self.personal(who) * self.rules.churn_multiplier, cycle * self.rules.churn_multiplier,
                   Fraction(self.rules.churn_floor_days))

    def rhythm_line(self, who: Person) -> Fraction | None:
        """The quantile of the customer's own gaps, linear between two of them."""
        days = who.days()
        gaps = sorted((later - earlier).days for earlier, later in pairwise(days))
        if len(days) < self.rules.rhythm_orders or not gaps:
            return None
        place = (len(gaps) - 1) * self.rules.rhythm_quantile
        low = gaps[int(place)]
        return low + (place - int(place)) * (gaps[min(int(place) + 1, len(gaps) - 1)] - low)

    # worth

    def tier(self, who: Person) -> str:
        order, tiers, orders = self.scale()[1], self.rules.tiers, self.orders(who)
        high = 16 * order if tiers.high_money is None else Fraction(tiers.high_money)
        middle = Fraction(64, 10) * order if tiers.middle_money is None else Fraction(tiers.middle_money)
        large = Fraction(16, 10) * order if tiers.high_order is None else Fraction(tiers.high_order)
        spent = sum(orders)
        if spent > high or (len(orders) >= tiers.high_orders and Fraction(spent, len(orders)) > large):
            return "high"
        return "middle" if spent >= middle or len(orders) >= tiers.middle_orders else "low"

    def change(self, who: Person) -> Fraction:
        today = self.as_of
        last = sum(who.within(today - timedelta(days=179), today))
        before = sum(who.within(today - timedelta(days=359), today - timedelta(days=180)))
        if min(who.days()) > today - timedelta(days=180):
            return Fraction(0)
        if before <= 0:
            return Fraction(1) if last > 0 else Fraction(-1)
        return Fraction(last - before, before)

    def growth(self, who: Person) -> str:
        if len(who.orders) <= 1:
            promising = sum(self.orders(who)) > Fraction(16, 10) * self.scale()[1] or self.tier(who) == "high"
            return "promising_new" if promising else "new"
        change = self.change(who)
        return "growing" if change >= Fraction(2, 10) else "declining" if change <= Fraction(-2, 10) else "stable"

    def tag(self, who: Person) -> str:
        silence, line = self.silence(who), self.rhythm_line(who)
        usual = max(round(self.personal(who)), int(str(self.told(self.goods(who), "cycle_days"))))
        before = sum(who.within(self.as_of - timedelta(days=359), self.as_of - timedelta(days=180)))
        if silence > self.warning_line(who):
            return "long_silent"
        if silence > (usual if line is None else line):
            return "out_of_rhythm"
        if before > 0 and self.change(who) <= Fraction(-1, 2):
            return "spend_drop"
        return "active_high" if self.tier(who) == "high" and silence <= 30 else ""

    # priority

    def uplift(self, who: Person) -> Fraction:
        """Of the seed, over the warning line in whole days."""
        late = max(Fraction(0), Fraction(self.silence(who), int(self.warning_line(who))) - 1)
        told = self.rules.uplift
        return min(max(told.base + late, told.floor), told.ceiling)

    def gain(self, who: Person, mode: str, lift: Fraction) -> Fraction:
        keep = 1 - self.returns(who)
        if mode == "seed":
            weight = self.rules.orders_dampening[min(len(self.orders(who)), 3) - 1]
            return (self.uplift(who) * self.margin(who) * keep - self.touch_cost(who)) * weight
        rate = self.margin(who) * len(self.orders(who)) / self.sold(who) if self.sold(who) > 0 else Fraction(0)
        return lift * who.foretold * rate * keep - self.touch_cost(who)

    # the list

    def state(self, who: Person, potential: str, priority: float) -> str:
        """Where a customer is before anyone is held back or seats are given."""
        today = self.as_of + timedelta(days=1)
        made = [each for each in who.touches if each.outcome]
        last = max((each.day for each in made), default=None)
        newest = max((each.day for each in who.touches), default=None)
        agreed_on = [each.again for each in who.touches if each.day == newest and each.again is not None]
        again = agreed_on[-1] if agreed_on else None
        refused = any(each.outcome == "refused" for each in made if each.day == last)
        agreed = again is not None and again <= today and (last is None or again > last)
        soon = last is not None and (today - last).days < self.rules.caps.cooldown_days
        month = len({each.day for each in made if (today - each.day).days < 30})
        wanted = (self.tag(who) or potential in ("star", "potential") or priority >= self.rules.least_priority
                  or len(who.orders) >= self.rules.many_orders or self.growth(who) in ("growing", "promising_new"))
        found = {
            "do_not_contact": who.barred, "refused": refused, "listed": agreed,
            "all_returned": self.observed(who) >= 1,
            "single_order": len(who.orders) <= 1 and not self.lately_new(who, today),
            "long_gone": self.silence(who) > 2 * int(self.warning_line(who)),
            "waits": soon or (again is not None and again > today),
            "often": month >= getattr(self.rules.caps, self.tier(who)), "no_reason": not wanted}
        return next((name for name, holds in found.items() if holds), "listed")

    def lately_new(self, who: Person, today: date) -> bool:
        day = min(who.days())
        if self.rules.single_order == "all":
            return True
        if self.rules.single_order == "days":
            return 0 < (today - day).days <= self.rules.single_order_days
        before = today.replace(day=1) - timedelta(days=1)
        return (day.year, day.month) == (before.year, before.month)
