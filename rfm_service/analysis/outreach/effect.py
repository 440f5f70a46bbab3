"""What contacting customers changed: those on the lists against those held back, by campaign and segment.

All who were due are compared by what was meant for them, whether or not they were then contacted: chance alone decided
that. The verdict is by the share of buyers and by nothing else. A segment gets one only where its campaign as a whole
has one, and by Holm's rule (1979) among the segments: so it is not said more often than of whole campaigns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import empty
from rfm_service.analysis.outreach.differences import SHOWN, Interval, means_differ, shares_differ, z_of
from rfm_service.analysis.outreach.outcomes import compared, outcomes
from rfm_service.analysis.outreach.sample_size import LEAST, SURE, enough_by, needed
from rfm_service.analysis.outreach.strata import Group, families
from rfm_service.domain.outreach import Effects, Holdout, Verdict
from rfm_service.domain.tables import EFFECTS
from rfm_service.domain.values import MONEY_SCALE, day_number

_LEAST_BUYERS = 5
_UNKNOWN = Interval(np.nan, np.nan, np.nan)


def effects(offers: pd.DataFrame, contacts: pd.DataFrame, purchases: pd.DataFrame, as_of: date,
            holdout: Holdout) -> Effects:
    """EFFECTS of the campaigns of OFFERS, by CONTACTS and PURCHASES up to as_of."""
    last_day = day_number(as_of) - holdout.effect_days
    whole = compared(outcomes(offers, contacts, purchases, holdout.effect_days), last_day)
    rows = [_row(group, sign, as_of, holdout) for family in families(whole, last_day)
            for group, sign in zip(family, _signs(family), strict=True)]
    frame = pd.DataFrame(rows, columns=list(EFFECTS)).astype(EFFECTS) if rows else empty(EFFECTS)
    return Effects(frame, as_of, holdout.effect_days)


def _row(group: Group, sign: _Sign, as_of: date, holdout: Holdout) -> dict[str, object]:
    wanted = needed(group.counts, holdout.lift)
    seen = _tells(group) and 0 < wanted <= group.counts.held
    verdict: Verdict = sign or ("no_difference_seen" if seen else "too_few")
    by = enough_by(group.held_days, wanted, group.campaign, as_of, holdout) if verdict == "too_few" else 0
    days = [part["day"] for part in group.parts]
    return {"campaign": group.campaign, "segment": group.segment, **group.sums, **dict(_intervals(group)),
            "verdict": verdict, "needed": wanted, "enough_by": by, "first_day": min(each.min() for each in days),
            "last_day": max(each.max() for each in days)}


def _intervals(group: Group) -> Iterator[tuple[str, float]]:
    """The differences of buyers, orders and money a customer with their 95 % intervals, by columns."""
    tells, z = _tells(group), z_of(SHOWN)
    buyers = shares_differ(group.strata, z) if tells else _UNKNOWN
    orders, money = (means_differ(group.samples(name), z) if tells else _UNKNOWN for name in ("orders", "money"))
    money = Interval(*(border / MONEY_SCALE for border in money))
    for name, found in (("buyers", buyers), ("orders", orders), ("money", money)):
        yield from zip((name, f"{name}_low", f"{name}_high"), found, strict=True)


def _tells(group: Group) -> bool:
    """Whether there are customers enough for intervals that hold."""
    listed, held, *buyers = group.counts
    return min(listed, held) >= LEAST and held * sum(buyers) >= _LEAST_BUYERS * (listed + held)


_Sign = Literal["helps", "harms", ""]


def _signs(family: list[Group]) -> list[_Sign]:
    """What is sure of the campaign and, if anything is, of its segments ('': nothing)."""
    whole, *segments = family
    found: dict[str, _Sign] = {}
    left = [each for each in segments if _tells(each)] if _sign(whole, 1) else []
    while left:
        sure = {each.segment: sign for each in left if (sign := _sign(each, len(left)))}
        if not sure:
            break
        found |= sure
        left = [each for each in left if each.segment not in sure]
    return [_sign(whole, 1), *(found.get(each.segment, "") for each in segments)]


def _sign(group: Group, claims: int) -> _Sign:
    """What is sure of the buyers of a group that is one of so many."""
    if not _tells(group):
        return ""
    _, low, high = shares_differ(group.strata, z_of(1 - (1 - SURE) / claims))
    return "helps" if low > 0 else "harms" if high < 0 else ""
