"""From stored facts to what a night keeps: cuts, snapshot, moves. Any past night is rebuilt the same way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import chain
from typing import NamedTuple

import pandas as pd

from rfm_service.analysis import moves, scoring, trends
from rfm_service.analysis.figures import figures
from rfm_service.analysis.forecasting.card import Made, card
from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.analysis.grouping import empty
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.trends import Point
from rfm_service.domain.findings import Trade, Worklist
from rfm_service.domain.forecasts import LONG, Forecast, ForecastCard
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import MOVES
from rfm_service.domain.values import Basis, FixedCuts, Rules, View, day_number
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.snapshots import Kept
from rfm_service.ports import Engine

OWN = "own_companies"
LEAST_JUDGED = 20
"""Of fewer customers chance alone decides how a forecast comes true: it is not judged."""
LONGEST_MONTH = 31
READ_AT_ONCE = 6
"""So many past days are made from one reading of their lines: more would hold more in memory."""
LATEST = timedelta(days=60)
"""A kept forecast that much older than the newest one that could be over is too old to speak for tonight's."""


class Outlook(NamedTuple):
    """What is foretold, how the last completed forecast came true (None: too little past), and SNAPSHOT 90 days ago."""

    forecast: Forecast
    card: ForecastCard | None
    former: pd.DataFrame


class Conclusions(NamedTuple):
    """What a night keeps, and what it was made of."""

    summary: pd.DataFrame
    purchases: pd.DataFrame
    kept: Kept
    moves: pd.DataFrame
    previous: Kept | None
    outlook: Outlook
    trade: Trade
    worklist: Worklist


@dataclass(frozen=True)
class Reckoner:
    """Thinks over the facts of a ledger.

    `stores`: whether the cuts of a month and the figures of past days are stored when they are first made; `settings`
    are the values, as written, of those that shape figures; `made` are the cuts that were made for any day.
    """

    ledger: Ledger
    engine: Engine
    stores: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    made: dict[tuple[str, str, int | None], Cuts | None] = field(default_factory=dict, repr=False)

    def summary(self, basis: Basis) -> pd.DataFrame:
        """SUMMARY on a basis."""
        return self.engine.summarise(self.ledger.facts, basis)

    def cuts(self, basis: Basis, summary: pd.DataFrame) -> Cuts:
        """The score borders by the setting `rfm.cuts` (DESIGN section 3, scores)."""
        if isinstance(basis.rules.cuts, FixedCuts):
            return scoring.fixed(basis.rules.cuts)
        monthly = self._monthly_cuts(basis) if basis.rules.cuts == "monthly" else None
        return monthly or scoring.quintile_cuts(summary)

    def _monthly_cuts(self, basis: Basis) -> Cuts | None:
        """The cuts of as_of's month, stored or made now; None where too few are scored."""
        month, key = f"{basis.as_of:%Y-%m}", _key(_shaping(basis.rules))
        held = self.ledger.cuts(month, key)
        if held is not None:
            return held
        cuts = self._cuts_of_month(basis, month, key)
        if self.stores and cuts is not None:
            self.ledger.keep_cuts(month, key, cuts)
        return cuts

    def _cuts_of_month(self, basis: Basis, month: str, key: str) -> Cuts | None:
        """The cuts of as_of's month, made once: every past day that is looked at asks for those of its month."""
        made = (month, key, basis.known)
        if made not in self.made:
            before = replace(basis, as_of=basis.as_of.replace(day=1) - timedelta(days=1))
            counted = self.engine.tallies(self.ledger.facts, before)
            enough = scoring.scored_customers(counted) >= scoring.MIN_SCORED
            self.made[made] = scoring.cuts_of(counted) if enough else None
        return self.made[made]

    def kept(self, basis: Basis, summary: pd.DataFrame) -> Kept:
        """The snapshot of a basis as it would be kept now."""
        cuts = self.cuts(basis, summary)
        snapshot = score(summary, cuts, basis.rules)
        return Kept(basis.as_of, self.ledger.newest_ingest(), rules_key(basis.rules), cuts, snapshot,
                    figures(snapshot, basis.as_of), self.settings)

    def moves(self, previous: Kept | None, kept: Kept, basis: Basis) -> pd.DataFrame:
        """MOVES since the previous kept snapshot, each with its cause; none on the first night."""
        if previous is None:
            return empty(MOVES)
        cuts_then = previous.cuts if previous.rules == kept.rules else kept.cuts
        merges = self.ledger.merges(previous.ingest)
        joined = self.ledger.joined(merges) if merges and basis.rules.left_out else frozenset[int]()
        walk = moves.Walk(previous.as_of, previous.ingest, basis, cuts_then, kept.cuts, merges, joined)
        customers = moves.moved(previous.snapshot, kept.snapshot)
        # A document that a merge took to another customer is followed there.
        wanted = self.ledger.kin(customers) if walk.merges else customers
        versions = self.ledger.facts.versions(wanted, walk.period, basis.rules.left_out)
        return self._seen(moves.compare(previous.snapshot, kept.snapshot, versions, walk), previous.ingest)

    def _seen(self, moved: pd.DataFrame, known: int) -> pd.DataFrame:
        """MOVES in which a document is late or gone only where it was or is nowhere at all: it may have another day."""
        doubtful = moved["change"].isin(("late", "gone"))
        lasting = self.ledger.lasting(moved.loc[doubtful, "document_no"].tolist(), known)
        corrected = doubtful & moved["document_no"].isin(lasting)
        return moved.assign(change=moved["change"].mask(corrected, "corrected"))

    def left_out(self, basis: Basis) -> Mapping[str, int]:
        """Lines of the window that count for nobody: `own_companies`, `excluded`, `no_customer`."""
        rules, view = basis.rules, View(basis.window, basis.known)
        every = self.ledger.facts.left_out(view, rules.left_out)
        own = (self.ledger.facts.left_out(view, rules.own_companies) if rules.exclude_customers else every)[OWN]
        return {**every, OWN: own, "excluded": every[OWN] - own}

    def purchases(self, basis: Basis) -> pd.DataFrame:
        """PURCHASES up to as_of."""
        return self.engine.purchases(self.ledger.facts, basis)

    def outlook(self, basis: Basis, purchases: pd.DataFrame) -> Outlook:
        """The night's forecast, once the last completed one was held against what happened.

        Where a baseline had foretold better, tonight's forecast is that baseline's.
        """
        former = self._standing(replace(basis, as_of=basis.as_of - timedelta(days=LONG)))
        made = self._completed(basis, purchases, former)
        found = card(made, purchases) if made else None
        return Outlook(forecast(purchases, basis.as_of, (found.better or None) if found else None), found, former)

    def _completed(self, basis: Basis, purchases: pd.DataFrame, former: pd.DataFrame) -> Made | None:
        """The newest forecast whose days are over: as it was kept, else made anew from what was dated up to then.

        None where fewer than LEAST_JUDGED customers were known then.
        """
        then = basis.as_of - timedelta(days=LONG)
        past = purchases[purchases["day"] <= day_number(then)]
        if past["customer_no"].nunique() < LEAST_JUDGED:
            return None
        told = self.ledger.told_by(then)
        if told is not None and told.as_of >= then - LATEST:
            kept = self.ledger.kept(told.as_of)
            return Made(told.frame, told.as_of, told.method, former if kept is None else kept.snapshot)
        anew = forecast(past, then)
        return Made(anew.frame, then, anew.method, former)

    def trends(self, basis: Basis, tonight: pd.DataFrame | None, first_sale: int) -> pd.DataFrame:
        """TRENDS: `tonight`, the SNAPSHOT of a day that is complete, and the past days that it is held against.

        Points of days before `first_sale` (a day number) there are none; those not stored yet are made from facts.
        """
        rules, known = rules_key(basis.rules), basis.known or self.ledger.newest_ingest()
        wanted = {day_number(day): day for day in trends.trend_days(basis.as_of) if day_number(day) >= first_sale}
        past = [point for point in self.ledger.trend_points(rules, known, _reach_days(basis.rules))
                if point.as_of in wanted]
        missing = [replace(basis, as_of=wanted[day]) for day in wanted.keys() - {point.as_of for point in past}]
        past += chain.from_iterable(self._points(missing[at:at + READ_AT_ONCE])
                                    for at in range(0, len(missing), READ_AT_ONCE))
        if missing and self.stores and basis.known is None:
            self.ledger.keep_trend_points(rules, known, past)
        newest = [] if tonight is None else trends.points(tonight, tonight["segment"].to_numpy(), basis.as_of)
        return trends.trends([*past, *newest], basis.rules.window_days, first_sale)

    def _points(self, bases: Sequence[Basis]) -> list[Point]:
        briefs = self.engine.briefs(self.ledger.facts, bases)
        return [point for basis, brief in zip(bases, briefs, strict=True)
                for point in trends.brief_points(brief, basis, self._past_cuts(basis, brief))]

    def _past_cuts(self, basis: Basis, summary: pd.DataFrame) -> Cuts:
        """The cuts of an earlier day as known now; nothing is stored for it."""
        # Another month's cuts cost a summary more, and only grids by score ask for them.
        return (replace(self, stores=False).cuts(basis, summary) if basis.rules.grid.by_score else
                scoring.quintile_cuts(summary))

    def _standing(self, basis: Basis) -> pd.DataFrame:
        """The SNAPSHOT of an earlier day as known now; nothing is stored for it."""
        summary = self.summary(basis)
        return score(summary, self._past_cuts(basis, summary), basis.rules)

    def as_known_then(self, kept: Kept, rules: Rules) -> pd.DataFrame:
        """The SNAPSHOT of a kept night made anew from the facts that it saw, by its own cuts."""
        return score(self.summary(Basis(kept.as_of, rules, kept.ingest)), kept.cuts, rules)


def _reach_days(rules: Rules) -> int:
    """How many days back facts shape the figures of a day: its window, or that which its month's cuts come from."""
    by_month = rules.grid.by_score and rules.cuts == "monthly"
    return rules.window_days + (LONGEST_MONTH if by_month else 0)


def rules_key(rules: Rules) -> str:
    """Names all settings that make segments."""
    return _key({**_shaping(rules), **_dividing(rules)})


def _shaping(rules: Rules) -> Mapping[str, object]:
    """The settings that shape R, F or M."""
    return {"window_days": rules.window_days, "gift_below": rules.gift_below, "returns": rules.returns,
            "own_companies": sorted(rules.left_out)}


def _dividing(rules: Rules) -> Mapping[str, object]:
    """The settings that make scores and segments of R, F and M."""
    return {"cuts": repr(rules.cuts), "grid": [rules.grid.fallback, *(
        (rule.segment, rule.conditions, sorted(rule.cells)) for rule in rules.grid.rules)]}


def _key(values: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
