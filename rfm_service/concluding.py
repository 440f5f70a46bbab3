"""From stored facts to what a night keeps: cuts, snapshot, moves. Any past night is rebuilt the same way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import pandas as pd

from rfm_service.analysis import moves, scoring
from rfm_service.analysis.figures import figures
from rfm_service.analysis.grouping import empty
from rfm_service.analysis.snapshot import score
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import MOVES
from rfm_service.domain.values import Basis, FixedCuts, Rules
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.snapshots import Kept
from rfm_service.ports import Engine


class Conclusions(NamedTuple):
    """What a night keeps, and what it was made of."""

    summary: pd.DataFrame
    kept: Kept
    moves: pd.DataFrame
    previous: Kept | None


@dataclass(frozen=True)
class Reckoner:
    """Thinks over the facts of a ledger; `stores`: whether the cuts of a month are stored when they are first made."""

    ledger: Ledger
    engine: Engine
    stores: bool = True

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
        summary = self.summary(Basis(basis.as_of.replace(day=1) - timedelta(days=1), basis.rules))
        if int((summary["frequency"] > 0).sum()) < scoring.MIN_SCORED:
            return None
        cuts = scoring.quintile_cuts(summary)
        if self.stores:
            self.ledger.keep_cuts(month, key, cuts)
        return cuts

    def kept(self, basis: Basis, summary: pd.DataFrame) -> Kept:
        """The snapshot of a basis as it would be kept now."""
        cuts = self.cuts(basis, summary)
        snapshot = score(summary, cuts, basis.rules)
        return Kept(basis.as_of, self.ledger.newest_ingest(), rules_key(basis.rules), cuts, snapshot,
                    figures(snapshot, basis.as_of))

    def moves(self, previous: Kept | None, kept: Kept, basis: Basis) -> pd.DataFrame:
        """MOVES since the previous kept snapshot, each with its cause; none on the first night."""
        if previous is None:
            return empty(MOVES)
        cuts_then = previous.cuts if previous.rules == kept.rules else kept.cuts
        walk = moves.Walk(previous.as_of, previous.ingest, basis, cuts_then, kept.cuts,
                          self.ledger.merges(previous.ingest))
        customers = moves.moved(previous.snapshot, kept.snapshot)
        versions = self.ledger.facts.versions(customers, walk.period, basis.rules.own_companies)
        return moves.compare(previous.snapshot, kept.snapshot, versions, walk)

    def as_known_then(self, kept: Kept, rules: Rules) -> pd.DataFrame:
        """The SNAPSHOT of a kept night made anew from the facts that it saw, by its own cuts."""
        return score(self.summary(Basis(kept.as_of, rules, kept.ingest)), kept.cuts, rules)


def rules_key(rules: Rules) -> str:
    """Names all settings that make segments."""
    return _key({**_shaping(rules), **_dividing(rules)})


def _shaping(rules: Rules) -> Mapping[str, object]:
    """The settings that shape R, F or M."""
    return {"window_days": rules.window_days, "gift_below": rules.gift_below, "returns": rules.returns,
            "own_companies": sorted(rules.own_companies)}


def _dividing(rules: Rules) -> Mapping[str, object]:
    """The settings that make scores and segments of R, F and M."""
    return {"cuts": repr(rules.cuts), "grid": [rules.grid.fallback, *(
        (rule.segment, rule.conditions, sorted(rule.cells)) for rule in rules.grid.rules)]}


def _key(values: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
