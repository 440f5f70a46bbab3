"""Documents of the generated firm as arrays: each is a function of (seed, day, number within the day)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from rfm_service.emulator.classes import CLASSES, GENERATIONS, OWN, RETAIL, class_starts
from rfm_service.emulator.hashing import mixed
from rfm_service.emulator.seasons import Calendar

Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Flags = NDArray[np.bool_]
T = TypeVar("T", Ints, Keys)

DAY_S = 86_400

LONGEST_LINK = 40
"""Days between a return and the order that it goes back to, at most."""

_U = np.uint64
_STEP, _FIRST, _SECOND = _U(0x9E3779B97F4A7C15), _U(0xBF58476D1CE4E5B9), _U(0x94D049BB133111EB)

_EPOCH = 726_468  # the day 1990-01-01
_BLOCK = 18
_ORGANISATIONS = np.array([0, 0, 1, 0, 2, 0, 1, 0, 1, 0])
_OF_ORGANISATION = np.array([np.cumsum(np.equal(_ORGANISATIONS, o)) for o in range(3)])

_WHOLESALE_LINES = np.array([1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9, 11, 14, 20])
_RETAIL_LINES = np.array([1, 1, 1, 1, 2, 2, 3, 4])
_RETURN_LINES = np.array([1, 3, 5, 8, 13, 20, 20, 20])
_LINKED = ("customer", "level", "order", "order_seconds")
MEAN_LINES = (51, 10)
"""Lines in a document on the average, as a fraction."""


@dataclass(frozen=True)
class Plan:
    """What the content of every day depends on."""

    seed: int
    slots: int
    calendar: Calendar
    before: Ints
    counts: Ints
    years: Ints


@dataclass(frozen=True)
class Heads:
    """Documents side by side; seconds count from the first day of the calendar, `order` 0 is no order."""

    day: Ints
    key: Keys
    returned: Flags
    organisation: Ints
    number: Ints
    seconds: Ints
    customer: Ints
    level: Ints
    order: Ints
    order_seconds: Ints
    lines: Ints
    source: Keys
    second_shipment: Flags


def drawn(key: Keys, stream: int, bound: int | Ints) -> Ints:
    """Return for each key a number in [0, bound): the draw that this stream makes for it."""
    high = _mixed(key, np.array([stream], _U)) >> _U(32)
    return ((high * np.asarray(bound).astype(_U)) >> _U(32)).astype(np.int64)


def joined(key: Keys, part: Ints) -> Keys:
    """Return keys that depend on both."""
    return _mixed(key, part.astype(_U))


def plan_of(seed: int, slots: int, calendar: Calendar) -> Plan:
    """Return the plan with the calendar as arrays."""
    before, counts, years = (np.array(column) for column in calendar[1:])
    return Plan(seed, slots, calendar, before, counts, years)


def documents(plan: Plan, first: int, end: int) -> Heads:
    """Return the documents of the days [first, end) of the calendar, by day and number."""
    counts = plan.counts[first:end]
    day = np.repeat(np.arange(first, end), counts)
    at = np.arange(len(day)) - np.repeat(np.cumsum(counts) - counts, counts)
    return _linked(plan, _heads(plan, day, at))


def _heads(plan: Plan, day: Ints, at: Ints) -> Heads:
    place = plan.before[day] + at
    of_day = joined(np.full(len(day), mixed(plan.seed), _U), day + plan.calendar.first.toordinal())
    key = joined(of_day, at)
    returned, rank = _ranked(plan, plan.years[day], place)
    organisation = _ORGANISATIONS[rank % 10]
    number = rank // 10 * _OF_ORGANISATION[organisation, -1] + _OF_ORGANISATION[organisation, rank % 10]
    seconds = (
        day * DAY_S + 9 * 3600 + (at * 36_000 + drawn(key, 1, 36_000)) // np.maximum(plan.counts[day], 1)
    )
    customer, level = _customers(plan, key, day)
    ordered = (customer >= 0) & ~returned & (drawn(key, 2, 100) >= 5)
    order_seconds = (
        seconds - np.array([0, 0, 0, 1, 1, 2, 3, 5])[drawn(key, 3, 8)] * DAY_S - drawn(key, 4, 9_000)
    )
    return Heads(
        day=day,
        key=key,
        returned=returned,
        organisation=organisation,
        number=number,
        seconds=seconds,
        customer=customer,
        level=level,
        order=np.where(ordered, number + number // 9, 0),
        order_seconds=order_seconds,
        lines=_line_counts(key, customer, returned),
        source=key,
        second_shipment=ordered & (drawn(key, 5, 100) < 18),
    )


def _ranked(plan: Plan, year: Ints, place: Ints) -> tuple[Flags, Ints]:
    # One return in every block of documents of the year, so that sales and returns can be numbered
    # each in a row of its own without counting through the year.
    block, within = np.divmod(place, _BLOCK)
    chosen = drawn(joined(joined(np.full(len(place), mixed(plan.seed, 1), _U), year), block), 0, _BLOCK)
    returned = within == chosen
    return returned, np.where(returned, block, block * (_BLOCK - 1) + within - (within > chosen))


def _customers(plan: Plan, key: Keys, day: Ints) -> tuple[Ints, Ints]:
    level = np.searchsorted(np.cumsum([c.documents for c in CLASSES]), drawn(key, 6, 1000), side="right")
    starts = np.array(class_starts(plan.slots))
    sizes = np.diff(starts)
    slot = starts[level] + np.minimum(drawn(key, 7, sizes[level]), drawn(key, 8, sizes[level]))
    number = slot * GENERATIONS + _generations(plan, slot, level, day)
    kind = drawn(key, 9, 1000)
    company = OWN - drawn(key, 10, 3)
    customer = np.where(kind < 262, RETAIL, np.where(kind < 270, company, number))
    return customer, level


def _generations(plan: Plan, slot: Ints, level: Ints, day: Ints) -> Ints:
    # Each customer stays for a while and is never back.
    key = joined(np.full(len(slot), mixed(plan.seed, 2), _U), slot)
    stay = np.array([c.days for c in CLASSES])[level] * (60 + drawn(key, 0, 80)) // 100
    since = day + (plan.calendar.first.toordinal() - _EPOCH)
    return (since + drawn(key, 1, stay)) // stay % GENERATIONS


def residents(plan: Plan, first: int, last: int) -> Iterator[int]:
    """Yield the numbers of the customers that hold a slot on some day of [first, last] of the calendar."""
    slots = np.arange(plan.slots)
    level = np.searchsorted(np.array(class_starts(plan.slots)), slots, side="right") - 1
    ends = (_generations(plan, slots, level, np.full(plan.slots, day)).tolist() for day in (first, last))
    for slot, held, holds in zip(range(plan.slots), *ends, strict=True):
        for generation in range(held, holds + 1):
            yield slot * GENERATIONS + generation


def _line_counts(key: Keys, customer: Ints, returned: Flags) -> Ints:
    wholesale = _WHOLESALE_LINES[drawn(key, 12, 16)]
    usual = np.where(customer == RETAIL, _RETAIL_LINES[drawn(key, 11, 8)], wholesale)
    return np.where(returned, np.minimum(usual, 8), usual)


def _linked(plan: Plan, heads: Heads) -> Heads:
    # A return goes back to an earlier document and a second shipment shares the order of one;
    # where three tries meet none of the same organisation, a return has no order and a shipment its own.
    at = np.flatnonzero(heads.returned | heads.second_shipment)
    for attempt in range(3):
        found, earlier = _earlier(plan, heads, at, 20 + 3 * attempt)
        heads = _merged(heads, at[found], earlier)
        at = at[~found]
    return heads


def _earlier(plan: Plan, heads: Heads, at: Ints, stream: int) -> tuple[Flags, Heads]:
    key, returned = heads.key[at], heads.returned[at]
    gap = 1 + drawn(key, stream, np.where(returned, LONGEST_LINK, 25))
    day = np.maximum(heads.day[at] - gap, 0)
    count = plan.counts[day]
    earlier = _heads(plan, day, drawn(key, stream + 1, np.maximum(count, 1)))
    fits = (count > 0) & ~earlier.returned & ~earlier.second_shipment & (earlier.customer > OWN)
    fits &= (earlier.organisation == heads.organisation[at]) & (returned | (earlier.order > 0))
    return fits, _taken(earlier, fits)


def _merged(heads: Heads, at: Ints, earlier: Heads) -> Heads:
    if not len(at):
        return heads
    returned = heads.returned[at]
    wanted = np.minimum(_RETURN_LINES[drawn(heads.key[at], 13, 8)], earlier.lines)
    changes = {name: _put(getattr(heads, name), at, getattr(earlier, name)) for name in _LINKED}
    return replace(
        heads,
        lines=_put(heads.lines, at, np.where(returned, wanted, heads.lines[at])),
        source=_put(heads.source, at, np.where(returned, earlier.key, heads.key[at])),
        **changes,
    )


def _taken(heads: Heads, chosen: Flags) -> Heads:
    return Heads(**{name: column[chosen] for name, column in vars(heads).items()})


def _put(column: T, at: Ints, values: T) -> T:
    changed = column.copy()
    changed[at] = values
    return changed


def _mixed(key: Keys, part: Keys) -> Keys:
    value: Keys = key + part * _STEP + _STEP
    value = (value ^ (value >> _U(30))) * _FIRST
    value = (value ^ (value >> _U(27))) * _SECOND
    return value ^ (value >> _U(31))
