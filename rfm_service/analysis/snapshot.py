"""From SUMMARY to SNAPSHOT: scores, segment and tier of every customer who bought."""

from __future__ import annotations

import pandas as pd

from rfm_service.analysis.scoring import scores
from rfm_service.analysis.segments import segment_of
from rfm_service.analysis.tiers import tier_of
from rfm_service.domain.grids import Cuts, Scheme
from rfm_service.domain.tables import SNAPSHOT
from rfm_service.domain.values import Rules


def score(summary: pd.DataFrame, cuts: Cuts, rules: Rules) -> pd.DataFrame:
    """SNAPSHOT: the SUMMARY rows with frequency > 0, scored 1..5 by `cuts`, with segment and tier."""
    scored = summary[summary["frequency"] > 0].reset_index(drop=True)
    monetary = scored["monetary"].to_numpy()
    segment = segment_of(scored["frequency"].to_numpy(), monetary, scored["recency_days"].to_numpy(),
                         Scheme(rules.grid, cuts))
    tier = tier_of(monetary, scored["active_blocks"].to_numpy(), rules.tiers)
    return scored.join(scores(scored, cuts)).assign(segment=segment, tier=tier).astype(SNAPSHOT)
