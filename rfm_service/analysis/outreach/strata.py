"""Outcomes of offered customers cut into what is compared: campaigns, their segments, all campaigns of a year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.numeric import Floats
from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.analysis.outreach.differences import Counts, Sample

YEAR = 365
"""Offers of so many days are told of all campaigns together."""
SUMS = ("listed", "contacted", "held", "held_contacted", "buyers_listed", "buyers_held", "orders_listed", "orders_held",
        "money_listed", "money_held")
"""What is counted of a group: columns of EFFECTS."""


@dataclass(frozen=True)
class Group:
    """The outcomes that make one row of EFFECTS, in strata within which chance alone decided who was held back."""

    campaign: str
    segment: str
    parts: tuple[pd.DataFrame, ...]

    @cached_property
    def held_days(self) -> Ints:
        """The nights on which the held-back customers were offered, as day numbers."""
        return np.concatenate([part["day"].to_numpy()[part["held"].to_numpy()] for part in self.parts])

    @cached_property
    def sums(self) -> dict[str, int]:
        """SUMS of the whole group."""
        each = [_sums(part) for part in self.parts]
        return {name: sum(part[name] for part in each) for name in SUMS}

    @property
    def counts(self) -> Counts:
        """Customers and buyers of the whole group."""
        return _counts(self.sums)

    @cached_property
    def strata(self) -> list[Counts]:
        """Customers and buyers by stratum."""
        return [_counts(_sums(part)) for part in self.parts]

    def samples(self, name: str) -> list[Sample]:
        """Values of a column, and orders, by stratum."""
        return [Sample(*_parted(part, name), *_parted(part, "orders")) for part in self.parts]


def families(whole: pd.DataFrame, last_day: int) -> Iterator[list[Group]]:
    """The outcomes as a list a campaign, the newest first: the campaign, then its segments. Last all campaigns.

    These are the campaigns of the YEAR to `last_day` with customers in both groups, where there are several; each is
    a stratum, for shares held back may differ.
    """
    found = {str(name): part for name, part in whole.groupby("campaign", sort=True)}
    newest = sorted(found, key=lambda name: (found[name]["day"].max(), name), reverse=True)
    for name in newest:
        by_segment = found[name].groupby("segment", sort=True)
        yield [Group(name, "", (found[name],)), *(Group(name, str(segment), (part,)) for segment, part in by_segment)]
    recent = [part[part["day"] > last_day - YEAR] for part in map(found.__getitem__, newest)]
    several = tuple(part for part in recent if part["held"].any() and not part["held"].all())
    if len(several) > 1:
        yield [Group("", "", several)]


def _sums(part: pd.DataFrame) -> dict[str, int]:
    held = part["held"].to_numpy()
    contacted, orders, money = (part[name].to_numpy() for name in ("contacted", "orders", "money"))
    counted: dict[str, np.int64] = {}
    for name, group in (("listed", ~held), ("held", held)):
        counted |= {name: group.sum(), f"buyers_{name}": (orders[group] > 0).sum(),
                    f"orders_{name}": orders[group].sum(), f"money_{name}": money[group].sum()}
    counted |= {"contacted": contacted[~held].sum(), "held_contacted": contacted[held].sum()}
    return {name: int(each) for name, each in counted.items()}


def _counts(sums: dict[str, int]) -> Counts:
    return Counts(sums["listed"], sums["held"], sums["buyers_listed"], sums["buyers_held"])


def _parted(part: pd.DataFrame, name: str) -> tuple[Floats, Floats]:
    held: Flags = part["held"].to_numpy()
    values = part[name].to_numpy().astype(np.float64)
    return values[~held], values[held]
