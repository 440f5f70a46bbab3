"""Who comes onto the list of a day, and why the others do not (reference S3-11, S3-12, S3-31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Flags, Ints
from rfm_service.analysis.segments import Names
from rfm_service.domain.outreach import VALUE_TIERS, Outreach
from rfm_service.domain.values import day_number

MONTH_DAYS = 30
DUE = ("listed", "held")
"""The states of those among whom chance alone decides who is held back."""


@dataclass(frozen=True)
class Touches:
    """What contacts tell of each customer: day numbers of the last one and of the one agreed after it (0: none).

    `month`: days with a contact, of the last 30; `refused`: who did not want any, and said nothing else on a later day;
    `today`: the day of the list.
    """

    last: Ints
    planned: Ints
    month: Ints
    refused: Flags
    today: int

    @property
    def agreed(self) -> Flags:
        """Whether a contact was agreed for the day of the list, or before and did not come about."""
        return (self.planned > 0) & (self.planned <= self.today) & (self.planned > self.last)


@dataclass(frozen=True)
class Standing:
    """What the choice looks at, one element a customer; `first` is the day number of the first purchase."""

    silence: Ints
    warning: Ints
    orders: Ints
    first: Ints
    all_returned: Flags
    tag: Names
    tier: Names
    growth: Names
    potential: Names
    barred: Flags


@dataclass(frozen=True)
class Turn:
    """In whose list, and where in it: the sales manager, the priority, the money expected, and the id to break ties.

    `agreed`: a contact was promised for that day, which stands before all others.
    """

    manager: Names
    priority: np.ndarray
    expected: Ints
    customer_id: Names
    agreed: Flags


def touches(contacts: pd.DataFrame, customers: Ints, today: int) -> Touches:
    """The Touches of customers by the CONTACTS up to the day of the list, the day number `today`."""
    place = pd.Series(np.arange(len(customers)), index=customers)
    known = contacts[(contacts["day"] <= today) & contacts["customer_no"].isin(customers)]
    of_row = place.reindex(known["customer_no"]).to_numpy(np.int64)
    day, outcome = known["day"].to_numpy(), known["outcome"].to_numpy(dtype=object)
    made = outcome != ""
    last, planned, month, refused = (np.zeros(len(customers), np.int64) for _ in range(4))
    np.maximum.at(last, of_row[made], day[made])
    # Two people may tell of one call.
    late = known[made & (day > today - MONTH_DAYS)].drop_duplicates(["customer_no", "day"])
    np.add.at(month, place.reindex(late["customer_no"]).to_numpy(np.int64), 1)
    # CONTACTS come as they were told, of a day a refusal last: of one customer the newest word stands. A word that
    # agrees on no day takes none back that was agreed on the same day.
    newest = known.groupby("customer_no")["day"].transform("max").to_numpy()
    told = (known["next_day"].to_numpy() > 0) & (day == newest)
    planned[of_row[told]] = known["next_day"].to_numpy()[told]
    refused[of_row[made]] = outcome[made] == "refused"
    return Touches(last, planned, month, refused.astype(np.bool_), today)


def wanted(standing: Standing, priority: np.ndarray, rules: Outreach) -> Flags:
    """Who has any reason to be contacted (reference S3-12)."""
    found: Flags = ((standing.tag != "") | np.isin(standing.potential, ("star", "potential"))
                    | (priority >= rules.least_priority) | (standing.orders >= rules.many_orders)
                    | np.isin(standing.growth, ("growing", "promising_new")))
    return found


def states(standing: Standing, touched: Touches, turn: Turn, rules: Outreach, as_of: date) -> Names:
    """Where each customer is as to the list of the day after as_of, of STATES; 'held' and 'full' are not yet told.

    A contact that was agreed for that day or before stands over everything but a refusal.
    """
    today = day_number(as_of) + 1
    agreed = touched.agreed
    later = touched.planned > today
    soon = (touched.last > 0) & (today - touched.last < rules.caps.cooldown_days)
    most = np.select([standing.tier == tier for tier in VALUE_TIERS], [getattr(rules.caps, tier)
                                                                      for tier in VALUE_TIERS], 0)
    never = [standing.barred, touched.refused]
    mostly = [standing.all_returned, _stale_single(standing, rules, as_of),
              standing.silence > 2 * standing.warning, later | soon, touched.month >= most,
              ~wanted(standing, turn.priority, rules)]
    names = ("do_not_contact", "refused", "all_returned", "single_order", "long_gone", "waits", "often", "no_reason")
    found: Names = np.select([*never, *(each & ~agreed for each in mostly)],
                             [np.full(len(agreed), name, dtype=object) for name in names],
                             np.full(len(agreed), "listed", dtype=object))
    return found


def _stale_single(standing: Standing, rules: Outreach, as_of: date) -> Flags:
    """Who ordered once, but for new customers of late (reference S3-11, single_order)."""
    single = standing.orders <= 1
    if rules.single_order == "all":
        return np.zeros(len(single), np.bool_)
    listed = as_of + timedelta(days=1)
    month = listed.replace(day=1)
    end, first = ((day_number(month), day_number((month - timedelta(days=1)).replace(day=1)))
                  if rules.single_order == "previous_month" else
                  (day_number(listed), day_number(listed) - rules.single_order_days))
    return single & ~((standing.first >= first) & (standing.first < end))


def seats(state: Names, held: Flags, turn: Turn, capacity: int) -> Names:
    """The states with who of 'listed' is held back, and who comes too late for the capacity of his sales manager.

    Places go to agreed contacts, then by priority, then money, then id. Who is held back takes none, and counts only
    where he would have had one: so the two groups differ by chance alone. An agreed contact is kept, come what may.
    """
    found = state.copy()
    due = np.flatnonzero(state == "listed")
    order = due[np.lexsort((turn.customer_id[due].astype(str), -turn.expected[due], -turn.priority[due],
                            ~turn.agreed[due]))]
    owner, agreed = pd.factorize(turn.manager[order])[0], turn.agreed[order]
    free = ~held[order] | agreed
    before = pd.Series(free.astype(np.int64)).groupby(owner).cumsum().to_numpy() - free
    beyond = (before >= capacity) & ~agreed if capacity else np.zeros(len(order), np.bool_)
    found[order[~free]] = "held"
    found[order[beyond]] = "full"
    return found
