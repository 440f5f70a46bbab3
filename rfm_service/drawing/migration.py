"""Who moved from where to where: a matrix for the page, a list of ways for the phone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rfm_service.domain.findings import Findings
from rfm_service.drawing.key_figures import ARROWS
from rfm_service.drawing.naming import Named, named
from rfm_service.drawing.totals import Flow, ordered, segment_order
from rfm_service.ports import Texts

MOST_SEGMENTS = 12
"""Rows and columns that fit on a page; those that moved the most money are shown."""
MOST_WAYS = 12
WAYS = {1: "up", 0: "same", -1: "down"}


@dataclass(frozen=True)
class Cell:
    """Customers that moved one way, as shown; all '' where nobody did. `way` is up, same or down."""

    way: str = ""
    arrow: str = ""
    meaning: str = ""
    customers: str = ""
    money: str = ""


@dataclass(frozen=True)
class Row:
    """A segment that customers left, and where they went, a cell a column."""

    segment: Named
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Way:
    """One way between two segments."""

    ends: tuple[Named, Named]
    cell: Cell


@dataclass(frozen=True)
class Migration:
    """The moves of a night, best segments first, absence last; `rest` tells of ways that do not fit."""

    title: str
    columns: tuple[Named, ...] = ()
    rows: tuple[Row, ...] = ()
    rest: str = ""
    ways: tuple[Way, ...] = ()
    other_ways: str = ""


def migration(findings: Findings, moved: Sequence[Flow], texts: Texts) -> Migration:
    """The flows of a night as matrix and list."""
    title = moves_title(findings, moved, texts)
    befores, afters = (_ends(moved, end, findings) for end in (_before, _after))
    known = {(flow.from_segment, flow.to_segment): flow for flow in moved}
    rows = tuple(Row(named(before, texts), tuple(_cell(known.get((before, after)), texts) for after in afters))
                 for before in befores)
    outside = [flow for flow in moved if flow.from_segment not in befores or flow.to_segment not in afters]
    return Migration(title, tuple(named(after, texts) for after in afters), rows, _rest(outside, texts),
                     tuple(_way(flow, texts) for flow in moved[:MOST_WAYS]), _rest(moved[MOST_WAYS:], texts))


def moves_title(findings: Findings, moved: Sequence[Flow], texts: Texts) -> str:
    """How many changed segment, or why nobody is shown."""
    if findings.previous_as_of is None:
        return texts("This is the first night: moves are shown from the next one on.")
    if not moved:
        return texts("Nobody changed segment.")
    up, down = (sum(flow.customers for flow in moved if flow.rise == rise) for rise in (1, -1))
    return texts.plural("{count} customer changed segment: {up} up, {down} down.",
                        "{count} customers changed segment: {up} up, {down} down.",
                        sum(flow.customers for flow in moved), up=texts.number(up), down=texts.number(down))


def _before(flow: Flow) -> str:
    return flow.from_segment


def _after(flow: Flow) -> str:
    return flow.to_segment


def _ends(moved: Sequence[Flow], end: Callable[[Flow], str], findings: Findings) -> list[str]:
    """The segments at one end of the ways, at most MOST_SEGMENTS of those with the most money, in their order."""
    money: dict[str, int] = {}
    for flow in moved:
        money[end(flow)] = money.get(end(flow), 0) + abs(flow.money)
    kept = sorted(money, key=lambda segment: (-money[segment], segment))[:MOST_SEGMENTS]
    return [*ordered(filter(None, kept), segment_order(findings.basis)), *([""] if "" in kept else [])]


def _cell(flow: Flow | None, texts: Texts) -> Cell:
    if flow is None:
        return Cell()
    meaning = {1: texts("better"), 0: texts("level"), -1: texts("worse")}[flow.rise]
    way = WAYS[flow.rise]
    return Cell(way, ARROWS[way], meaning, texts.number(flow.customers), texts.compact(flow.money))


def _way(flow: Flow, texts: Texts) -> Way:
    return Way((named(flow.from_segment, texts), named(flow.to_segment, texts)), _cell(flow, texts))


def _rest(flows: Sequence[Flow], texts: Texts) -> str:
    count = sum(flow.customers for flow in flows)
    if not count:
        return ""
    return texts.plural("and {count} more customer by other ways, {money}",
                        "and {count} more customers by other ways, {money}", count,
                        money=texts.compact(sum(flow.money for flow in flows)))
