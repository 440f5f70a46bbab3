"""Customers and money by segment and tier: the figures that the page, the workbook and the charts share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rfm_service.domain.findings import Findings
from rfm_service.domain.values import LOWEST_TIER, Basis

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Group:
    """Customers of one segment or tier: how many, their money (1/10 000), and both as shares 0..1."""

    id: str
    customers: int
    money: int
    share: float
    money_share: float


@dataclass(frozen=True)
class Flow:
    """Customers that moved between two segments in a night, and their money (1/10 000).

    `rise` is 1 where the move is for the better, -1 where it is for the worse; absence is worst.
    """

    from_segment: str
    to_segment: str
    customers: int
    money: int
    rise: int


def share_of(part: float, whole: float) -> float:
    """The part as a share of the whole; 0 where there is no whole."""
    return part / whole if whole > 0 else 0.0


def ordered(found: Iterable[str], order: Sequence[str]) -> list[str]:
    """The ids found, those of the order first, others by name."""
    ids = set(found)
    return [each for each in order if each in ids] + sorted(ids.difference(order))


def tier_order(basis: Basis) -> list[str]:
    """Tiers of the settings from the highest down."""
    tiers = sorted(basis.rules.tiers, key=lambda tier: -tier.floor)
    return [*(tier.id for tier in tiers), LOWEST_TIER]


def segment_order(basis: Basis) -> tuple[str, ...]:
    """The segments of the settings, the best first."""
    return basis.rules.grid.order


def by_segment(findings: Findings) -> list[Group]:
    """The segments that hold customers, best first."""
    return _groups(findings.snapshot, "segment", segment_order(findings.basis))


def by_tier(findings: Findings) -> list[Group]:
    """The tiers that hold customers, highest first."""
    return _groups(findings.snapshot, "tier", tier_order(findings.basis))


def flows(findings: Findings) -> list[Flow]:
    """The moves of the night by way, the most money first."""
    moves = findings.moves
    if moves.empty:
        return []
    summed = moves.groupby(["from_segment", "to_segment"], sort=True)["monetary"].agg(["size", "sum"])
    order = segment_order(findings.basis)
    found = [Flow(str(way[0]), str(way[1]), int(size), int(money), rise(str(way[0]), str(way[1]), order))
             for way, size, money in zip(summed.index, summed["size"], summed["sum"], strict=True)]
    return sorted(found, key=lambda flow: (-abs(flow.money), flow.from_segment, flow.to_segment))


def rise(before: str, after: str, order: Sequence[str]) -> int:
    """1 for a move to a better segment, -1 for one to a worse; absence is worst."""
    places = {segment: place for place, segment in enumerate(order)}
    was, now = (places.get(segment, len(places) + (not segment)) for segment in (before, after))
    return (was > now) - (was < now)


def _groups(snapshot: pd.DataFrame, column: str, order: Sequence[str]) -> list[Group]:
    counts = snapshot.groupby(column)["monetary"].agg(["size", "sum"])
    customers, money = len(snapshot), int(snapshot["monetary"].sum())
    rows = {str(key): (int(size), int(total))
            for key, size, total in zip(counts.index, counts["size"], counts["sum"], strict=True)}
    return [Group(each, *rows[each], share_of(rows[each][0], customers), share_of(rows[each][1], money))
            for each in ordered(rows, order)]
