"""Simulated histories with one known reason for each move: the walk names that one.

What the reason is comes from the plain-Python oracle: a customer counts whose segment would have stayed without the
one thing that happened to it.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

import rfm_service.presets
from rfm_service.analysis.moves import Walk, compare
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import LINES
from rfm_service.domain.values import MONEY_SCALE, Basis, Rules, SaleLine
from tests import oracle
from tests.analysis.coding import AS_OF, Row, versioned
from tests.rules import ruled

BEFORE = AS_OF - timedelta(days=1)
KNOWN, MERGE, LATE = 5, 6, 7
CUSTOMERS = 1_000



def money(*borders: int) -> tuple[int, ...]:
    return tuple(5 * MONEY_SCALE * border for border in borders)


THEN = Cuts((100, 225, 450, 700), (5, 10, 20, 40), money(9_000, 60_000, 200_000, 1_000_000))
NOW = Cuts((90, 200, 500, 800), (5, 15, 25, 35), money(8_000, 50_000, 300_000, 1_000_000))
PRESETS = Path(rfm_service.presets.__file__).parent


@dataclass
class World:
    """Rows as stored, and what differs between the two nights beside them."""

    rows: list[Row]
    then: Rules
    now: Rules
    cuts_then: Cuts = THEN
    cuts_now: Cuts = THEN
    merges: frozenset[int] = frozenset()
    touched: set[int] = field(default_factory=set)

    def lines(self, known: int) -> list[SaleLine]:
        """What is known after an ingest, as the oracle reads it."""
        return [SaleLine(at=datetime(row.day.year, row.day.month, row.day.day), number=str(row.order),
                         amount=round(row.amount * MONEY_SCALE), returned=row.returned, customer=str(row.customer),
                         order_id=str(row.order))
                for row in self.rows if row.since <= known and (not row.until or row.until > known)]

    def truth(self, known: int, as_of: date, rules: Rules, cuts: Cuts) -> Mapping[str, str]:
        """Who would be where, by the oracle."""
        written = tomllib.loads((PRESETS / f"{rules.grid.name}.toml").read_text("utf-8"))
        fifths = {axis: [Fraction(cut, 5) for cut in getattr(cuts, axis)] for axis in "rfm"}
        return {name: oracle.first_match(written, judged) or ""
                for name, judged in oracle.judge(self.lines(known), as_of, rules, fifths).scored.items()}

    def causes(self) -> dict[str, str]:
        """Who moved and why, by the walk."""
        walk = Walk(BEFORE, KNOWN, Basis(AS_OF, self.now), self.cuts_then if self.then == self.now else self.cuts_now,
                    self.cuts_now, self.merges)
        versions = versioned(self.rows)
        then = (versions["since"] <= KNOWN) & ((versions["until"] == 0) | (versions["until"] > KNOWN))
        known, true = versions.loc[then, list(LINES)], versions.loc[versions["until"] == 0, list(LINES)]
        previous = score(summarise(known, Basis(BEFORE, self.then)), self.cuts_then, self.then)
        current = score(summarise(true, walk.basis), self.cuts_now, self.now)
        moves = compare(previous, current, versions, walk)
        return dict(zip(moves["customer_no"].astype(str), moves["cause"], strict=True))


def orders_of(draw: random.Random, customer: int) -> list[Row]:
    """A customer's known history: orders around the borders of segments and of the window."""
    newest = draw.choice((1, 5, 20, 44, 45, 46, 89, 90, 91, 134, 135, 136, 179, 180, 250, 364, 365))
    typical = draw.choice((300, 3_000, 30_000, 90_000))
    return [Row(customer, customer * 100 + at, AS_OF - timedelta(days=newest + at * draw.randint(1, 40)),
                round(typical * draw.uniform(0.5, 1.5)), since=1)
            for at in range(draw.choice((1, 1, 2, 2, 3, 5, 6, 8, 9, 12)))]


def happenings(draw: random.Random, cause: str, rows: Sequence[Row]) -> Iterator[Row]:
    """A customer's rows after the one thing that happened."""
    at = draw.randrange(len(rows))
    chosen, others = rows[at], [row for place, row in enumerate(rows) if place != at]
    fresh = chosen._replace(order=chosen.customer * 100 + 99, day=AS_OF, since=LATE,
                            amount=draw.choice((100, 50_000, 400_000)))
    match cause:
        case "own_order":
            yield from (*rows, fresh)
        case "return":
            yield from (*rows, chosen._replace(day=AS_OF, amount=-chosen.amount, returned=True, since=LATE))
        case "late":
            yield from (*rows, fresh._replace(day=AS_OF - timedelta(days=draw.randint(1, 60))))
        case "gone":
            yield from (*others, chosen._replace(until=LATE))
        case "corrected":
            yield from (*others, chosen._replace(until=LATE),
                        chosen._replace(since=LATE, amount=draw.choice((1, 300_000, 700_000))))
        case _:
            yield from rows


def world(cause: str, preset: str, seed: int) -> World:
    draw = random.Random(seed)
    rules = ruled(preset)
    rows = [row for customer in range(1, CUSTOMERS) for row in happenings(draw, cause, orders_of(draw, customer))]
    made = World(rows, rules, rules)
    if cause == "settings_changed":
        made.now = replace(rules, window_days=draw.choice((90, 200)), gift_below=2_000 * MONEY_SCALE)
    if cause == "cuts_moved":
        made.cuts_now = NOW
    if cause == "customers_merged":
        made.merges = frozenset({MERGE})
        made.rows = [each for row in made.rows for each in (
            [row] if row.customer % 2 else
            [row._replace(until=MERGE), row._replace(customer=row.customer - 1, since=MERGE)])]
    return made


REASONS = {"own_order": "own_order", "return": "return", "late": "document_changed", "gone": "document_changed",
           "corrected": "document_changed", "ageing": "ageing", "settings_changed": "settings_changed",
           "customers_merged": "customers_merged", "cuts_moved": "cuts_moved"}


# The seed's segments look at no score, so no cut can move one.
CASES = [(cause, preset) for cause in REASONS for preset in ("seed", "list125")
         if (cause, preset) != ("cuts_moved", "seed")]


@pytest.mark.parametrize(("cause", "preset"), CASES)
def test_the_cause_named_is_the_one_known_reason(cause: str, preset: str) -> None:
    made = world(cause, preset, seed=11)
    was = made.truth(KNOWN, BEFORE, made.then, made.cuts_then)
    now = made.truth(LATE, AS_OF, made.now, made.cuts_now)
    moved = {who for who in was.keys() | now.keys() if was.get(who, "") != now.get(who, "")}
    causes = made.causes()
    assert causes.keys() == moved
    without = made.truth(KNOWN, AS_OF, made.then, made.cuts_then)
    if cause == "ageing":
        known = moved
    elif cause in ("own_order", "return", "cuts_moved"):
        known = {who for who in moved if without.get(who, "") == was.get(who, "")}
    else:
        # What lies before this night, and would have led to the same segment then: time had no part in it.
        then = made.truth(LATE, BEFORE, made.now, made.cuts_now)
        known = {who for who in moved if without.get(who, "") == was.get(who, "") and then.get(who) == now.get(who)}
    named = Counter(causes[who] for who in known)
    assert len(known) >= 30
    assert named[REASONS[cause]] >= 0.99 * len(known), named
