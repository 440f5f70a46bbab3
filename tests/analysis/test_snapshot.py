"""SNAPSHOT and the key figures against the oracle."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.figures import figures
from rfm_service.analysis.grouping import empty
from rfm_service.analysis.scoring import fixed, quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.findings import Figures
from rfm_service.domain.tables import SNAPSHOT, SUMMARY
from rfm_service.domain.values import MONEY_SCALE, Basis, FixedCuts, Rules, SaleLine, Tier
from tests import oracle
from tests.analysis.coding import AS_OF, OWN, Row, coded, frame_of, sale_lines
from tests.rules import ruled

FIXED = FixedCuts((5, 30, 90, 200), (1, 2, 3, 5), (0, 10**6, 10**9, 10**10))
RULES = st.builds(ruled, gift_below=st.sampled_from((0, 10 * MONEY_SCALE)),
                  returns=st.sampled_from(("net", "ignore")), own_companies=st.just(frozenset({OWN})),
                  cuts=st.sampled_from(("nightly", FIXED)),
                  tiers=st.sampled_from((ruled().tiers, (Tier("small", 5), Tier("big", 10**9)))))


@settings(max_examples=60, deadline=None)
@given(st.lists(sale_lines(), max_size=60), RULES)
def test_scores_segment_and_tier_equal_the_oracle(lines: list[SaleLine], rules: Rules) -> None:
    frame, names = coded(lines, rules.own_companies)
    summary = summarise(frame, Basis(AS_OF, rules))
    cuts = fixed(rules.cuts) if isinstance(rules.cuts, FixedCuts) else quintile_cuts(summary)
    snapshot = score(summary, cuts, rules)
    scored = oracle.judge(lines, AS_OF, rules).scored
    assert dict(snapshot.dtypes.astype(str)) == SNAPSHOT
    found = {names[row.customer_no]: (row.r, row.f, row.m, row.segment, row.tier)
             for row in snapshot.itertuples()}
    assert found == {name: (one.r, one.f, one.m, one.segment, one.tier) for name, one in scored.items()}
    revenue = sum(one.monetary for one in scored.values())
    orders = sum(one.frequency for one in scored.values())
    assert figures(snapshot, AS_OF) == Figures(
        customers=len(scored), orders=orders, revenue=revenue,
        average_order=revenue // orders if orders else 0,
        active=sum(one.recency_days <= 90 for one in scored.values()),
        newcomers=sum(one.first_purchase is not None and one.first_purchase > AS_OF - timedelta(days=30)
                      for one in scored.values()))


def test_active_and_newcomers_include_the_last_day_of_their_limits() -> None:
    rows = [Row(1, 1, AS_OF - timedelta(days=89), 7), Row(2, 2, AS_OF - timedelta(days=90), 7),
            Row(3, 3, AS_OF - timedelta(days=29), 7), Row(4, 4, AS_OF - timedelta(days=30), 8)]
    snapshot = score(summarise(frame_of(rows), Basis(AS_OF, ruled())), fixed(FIXED), ruled())
    assert figures(snapshot, AS_OF) == Figures(
        customers=4, orders=4, revenue=29 * MONEY_SCALE, average_order=72_500, active=3, newcomers=1)


def test_nobody_is_a_snapshot_too() -> None:
    nobody = score(empty(SUMMARY), fixed(FIXED), ruled())
    assert len(nobody) == 0
    assert dict(nobody.dtypes.astype(str)) == SNAPSHOT
    assert figures(nobody, AS_OF) == Figures(0, 0, 0, 0, 0, 0)
