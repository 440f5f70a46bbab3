"""DESIGN section 3 once more, in plain Python: what a night must find, told by lists, sets and fractions.

Nothing here is fast or clever, and nothing is taken from rfm_service.analysis: a reader checks it against the
definitions line by line, and the tests check the service against it.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from rfm_service.domain.values import FixedCuts, Rules, SaleLine

Cuts = Mapping[str, Sequence[Fraction]]
"""r, f, m -> q20, q40, q60, q80."""


@dataclass(frozen=True)
class Judged:
    """What is known of one customer; money in 1/10 000. Without a counting order the dates are None."""

    recency_days: int
    frequency: int
    monetary: int
    first_purchase: date | None
    last_purchase: date | None
    orders_returned: int
    order_interval_days: int
    tier: str = ""
    segment: str = ""
    r: int = 0
    f: int = 0
    m: int = 0


@dataclass(frozen=True)
class Verdict:
    """All customers with a clean line in the window, by name, and how many lines of it were left out."""

    customers: Mapping[str, Judged]
    gifts: int
    own_companies: int
    no_customer: int

    @property
    def scored(self) -> dict[str, Judged]:
        """The customers with frequency > 0."""
        return {name: judged for name, judged in self.customers.items() if judged.frequency > 0}


def judge(lines: Iterable[SaleLine], as_of: date, rules: Rules, cuts: Cuts | None = None) -> Verdict:
    """All of section 3 for one day; `cuts` None: the fixed ones of the rules, else this day's own."""
    # window: the window_days days ending with as_of, both ends included
    first_day = as_of - timedelta(days=rules.window_days - 1)
    window = [line for line in lines if first_day <= line.at.date() <= as_of]

    # own companies (by customer or contractor name) and lines without a customer: left out, counted
    own = [line for line in window if is_own(line, rules)]
    others = [line for line in window if not is_own(line, rules)]
    named = [line for line in others if plain(line.customer) != ""]

    # a line whose amount is 0, or |sum| < gift_below, is a gift: left out, counted
    gifts = [line for line in named if is_gift(line, rules)]
    clean = [line for line in named if not is_gift(line, rules)]

    # returns = "ignore": return lines are dropped first
    if rules.returns == "ignore":
        clean = [line for line in clean if not line.returned]

    of_customer: dict[str, list[SaleLine]] = defaultdict(list)
    for line in clean:
        of_customer[plain(line.customer)].append(line)
    customers = {name: judge_customer(theirs, as_of, rules) for name, theirs in of_customer.items()}

    scored = [judged for judged in customers.values() if judged.frequency > 0]
    if cuts is None:
        cuts = fixed_cuts(rules.cuts) if isinstance(rules.cuts, FixedCuts) else nightly_cuts(scored)
    judged_customers = {name: with_scores(judged, cuts) if judged.frequency > 0 else judged
                        for name, judged in customers.items()}
    return Verdict(judged_customers, len(gifts), len(own), len(others) - len(named))


def plain(name: str) -> str:
    """A name as it is compared: trimmed, NFC."""
    return unicodedata.normalize("NFC", name).strip()


def is_own(line: SaleLine, rules: Rules) -> bool:
    """Own companies, by customer or contractor name."""
    own_names = {plain(name) for name in rules.own_companies}
    return plain(line.customer) in own_names or plain(line.contractor) in own_names


def is_gift(line: SaleLine, rules: Rules) -> bool:
    """A line whose amount is 0, or |sum| < gift_below."""
    return line.amount == 0 or abs(line.amount) < rules.gift_below


def is_sale(line: SaleLine) -> bool:
    """A sale keeps its sign: a negative one is a correction and never a "sale line"."""
    return not line.returned and line.amount > 0


def order_of(line: SaleLine) -> tuple[object, ...]:
    """Organisation, order_id and the year of order_date (where given); without an order_id, the document."""
    if line.order_id:
        return ("order", line.organisation, line.order_id, line.order_date.year if line.order_date else None)
    # document: organisation, number verbatim, calendar year, type (sale or return); customer: given
    return ("document", line.organisation, line.number, line.at.year, line.returned)


def judge_customer(lines: list[SaleLine], as_of: date, rules: Rules) -> Judged:
    """One customer's clean lines of the window, judged; no scores yet."""
    orders: dict[tuple[object, ...], list[SaleLine]] = defaultdict(list)
    for line in lines:
        orders[order_of(line)].append(line)

    # an order counts when it has a sale line in the window and the sum of its lines in the window is > 0
    counting = [order for order in orders.values()
                if any(is_sale(line) for line in order) and sum(line.amount for line in order) > 0]

    monetary = sum(line.amount for line in lines)
    orders_returned = sum(1 for order in orders.values() if any(line.returned for line in order))
    if not counting:
        return Judged(0, 0, monetary, None, None, orders_returned, 0)

    sale_days = [line.at.date() for order in counting for line in order if is_sale(line)]
    recency_days = (as_of + timedelta(days=1) - max(sale_days)).days
    order_dates = [min(line.at.date() for line in order if is_sale(line)) for order in counting]
    return Judged(recency_days, len(counting), monetary, min(sale_days), max(sale_days), orders_returned,
                  interval(order_dates), tier(lines, rules), segment(recency_days, len(counting), monetary))


def bought(lines: Iterable[SaleLine], as_of: date, rules: Rules) -> list[tuple[str, date, int]]:
    """Every order that counts, of all days up to as_of: customer, the day of its first sale line, its sum."""
    orders: dict[tuple[object, ...], list[SaleLine]] = defaultdict(list)
    for line in lines:
        named, late = plain(line.customer) != "" and not is_own(line, rules), line.at.date() > as_of
        if named and not late and not is_gift(line, rules) and not (line.returned and rules.returns == "ignore"):
            orders[plain(line.customer), *order_of(line)].append(line)
    return sorted((str(key[0]), min(line.at.date() for line in order if is_sale(line)), sum(
        line.amount for line in order)) for key, order in orders.items()
        if any(is_sale(line) for line in order) and sum(line.amount for line in order) > 0)


def interval(order_dates: list[date]) -> int:
    """order_interval_days: the seed's adaptive rule."""
    # gaps in days between distinct order dates, newest first
    dates = sorted(set(order_dates), reverse=True)
    gaps = [(newer - older).days for newer, older in pairwise(dates)]
    # no gap -> 0; one -> it
    if len(gaps) == 0:
        return 0
    if len(gaps) == 1:
        return gaps[0]
    # newest > 120: fewer than 5 gaps -> the newest, else mean of gaps 2..4
    if gaps[0] > 120:
        return gaps[0] if len(gaps) < 5 else rounded_mean(gaps[1:4])
    # mean of the first three, or all there are, < 30 -> mean of the newest gaps whose running sum stays
    # <= 120; else the same with 180
    newest = gaps[:3]
    depth = 120 if Fraction(sum(newest), len(newest)) < 30 else 180
    taken: list[int] = []
    for gap in gaps:
        if sum(taken) + gap > depth:
            break
        taken.append(gap)
    return rounded_mean(taken)


def rounded_mean(values: list[int]) -> int:
    """Means are rounded to whole days, halves to even."""
    return round(Fraction(sum(values), len(values)))


def block_of(day: date) -> tuple[int, int]:
    """Calendar two-month blocks: Jan-Feb, ...; a block belongs to its year."""
    return day.year, (day.month - 1) // 2


def tier(lines: list[SaleLine], rules: Rules) -> str:
    """The mean, over the blocks that hold a sale line, of the block's sum."""
    with_sale = sorted({block_of(line.at.date()) for line in lines if is_sale(line)})
    sums = dict.fromkeys(with_sale, 0)
    for line in lines:
        # what lies in a block without a sale line joins the previous block that has one, else the first
        up_to = [block for block in with_sale if block <= block_of(line.at.date())]
        sums[up_to[-1] if up_to else with_sale[0]] += line.amount
    mean = Fraction(sum(sums.values()), len(sums))
    for level in sorted(rules.tiers, key=lambda each: each.floor, reverse=True):
        if mean >= level.floor:
            return level.id
    return "retail"


def segment(recency: int, frequency: int, monetary: int) -> str:
    """Segment preset `seed`, first match."""
    unit = 10_000
    if frequency >= 12 and monetary >= 600_000 * unit and recency < 90:
        return "champions"
    if frequency >= 9:
        return "lost" if recency >= 180 else "at_risk" if recency >= 90 else "loyal"
    if frequency >= 6 and monetary >= 300_000 * unit and recency < 90:
        return "growing"
    if frequency >= 3 and monetary >= 100_000 * unit and recency < 90:
        return "promising"
    if frequency >= 3:
        return "sleeping" if recency > 135 else "drifting" if recency > 45 else "promising"
    return "sleeping" if recency > 135 else "drifting" if recency > 45 else "newcomers"


def first_match(written: Mapping[str, Any], judged: Judged, high: int = 4) -> str | None:
    """The segment by a preset file as it is written: the first rule whose conditions all hold, else the fallback."""
    for rule in written["thresholds"]:
        cells = rule.get("cells", "").split()
        fits = not cells or f"{judged.r}{judged.f}{judged.m}" in cells
        for name, score in (("r", judged.r), ("f", judged.f), ("m", judged.m), ("fm", (judged.f + judged.m) / 2)):
            if name in rule:
                fits = fits and in_range(score, rule[name], high)
        for name, value in (("frequency", judged.frequency), ("recency_days", judged.recency_days),
                            ("monetary", Fraction(judged.monetary, 10_000))):
            for condition in rule.get(name, "").split(",") if name in rule else []:
                operator, number = condition.split()
                fits = fits and COMPARED[operator](value, Fraction(number))
        if fits:
            return str(rule["segment"])
    return written.get("fallback")


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    ">=": lambda value, line: value >= line, ">": lambda value, line: value > line,
    "<=": lambda value, line: value <= line, "<": lambda value, line: value < line}


def in_range(score: float, written: int | str, high: int) -> bool:
    """A score range as it is written: 5, "4-5", "high", "low"."""
    if written in ("high", "low"):
        return (score >= high) == (written == "high")
    first, _, last = str(written).partition("-")
    return float(first) <= score <= float(last or first)


def quantile(values: list[int], share: Fraction) -> Fraction:
    """Linear interpolation between the neighbours of (n - 1) * share."""
    ordered = sorted(values)
    position = (len(ordered) - 1) * share
    below = position.numerator // position.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def nightly_cuts(scored: list[Judged]) -> Cuts:
    """q20, q40, q60, q80 of the scored customers."""
    if not scored:
        return {"r": [], "f": [], "m": []}
    shares = [Fraction(fifth, 5) for fifth in (1, 2, 3, 4)]
    return {"r": [quantile([one.recency_days for one in scored], share) for share in shares],
            "f": [quantile([one.frequency for one in scored], share) for share in shares],
            "m": [quantile([one.monetary for one in scored], share) for share in shares]}


def fixed_cuts(cuts: FixedCuts) -> Cuts:
    """Cuts of the settings: days, orders, money."""
    return {"r": [Fraction(cut) for cut in cuts.r], "f": [Fraction(cut) for cut in cuts.f],
            "m": [Fraction(cut) for cut in cuts.m]}


def with_scores(judged: Judged, cuts: Cuts) -> Judged:
    """f = 1 + number of cuts < value; m likewise; r = 5 - number of cuts < value."""
    return replace(judged,
                   r=5 - sum(1 for cut in cuts["r"] if cut < judged.recency_days),
                   f=1 + sum(1 for cut in cuts["f"] if cut < judged.frequency),
                   m=1 + sum(1 for cut in cuts["m"] if cut < judged.monetary))
