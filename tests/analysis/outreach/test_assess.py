"""Every customer assessed as the oracle does it, in plain Python, apart."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.domain.outreach import GROWTH_TYPES, POTENTIALS, RISK_TAGS, SITUATIONS, STATES, VALUE_TIERS
from rfm_service.domain.tables import OUTREACH
from tests.analysis.outreach.worlds import AS_OF, RULES, assessed, people
from tests.oracle_outreach import Person, Shop

CLOSE = 1e-9


@settings(max_examples=30, deadline=None)
@given(people(), st.sampled_from(["seed", "model"]))
def test_s3_01_to_s3_17_as_the_oracle_says(rows: list[Person], mode: str) -> None:
    shop = Shop(rows, AS_OF, RULES)
    found = assessed(shop, mode)
    for who in rows:
        row, line = found.loc[who.number], shop.rhythm_line(who)
        assert row["goods"] == shop.goods(who)
        assert row["personal_cycle"] == round(shop.personal(who))
        assert row["warning_line"] == int(shop.warning_line(who))
        assert row["rhythm_line"] == int(line or 0)
        assert row["margin"] == pytest.approx(float(shop.margin(who)), abs=1)
        assert row["observed_returns"] == pytest.approx(float(shop.observed(who)), abs=CLOSE)
        assert row["return_rate"] == pytest.approx(float(shop.returns(who)), abs=CLOSE)
        assert row["touch_cost"] == pytest.approx(float(shop.touch_cost(who)), abs=1)
        assert row["value_tier"] == shop.tier(who)
        assert row["growth"] == shop.growth(who)
        assert row["risk_tag"] == shop.tag(who)
        assert row["uplift"] == pytest.approx(float(shop.uplift(who)), abs=CLOSE)
        assert row["expected"] == pytest.approx(float(shop.gain(who, mode, shop.rules.assumed_lift)), abs=1.5)
        assert row["state"] == shop.state(who, row["potential"], row["priority"])


@settings(max_examples=15, deadline=None)
@given(people(), st.sampled_from(["seed", "model"]), st.data())
def test_the_order_of_customers_changes_nothing(rows: list[Person], mode: str, drawn: st.DataObject) -> None:
    other = drawn.draw(st.permutations(rows))
    whole = assessed(Shop(rows, AS_OF, RULES), mode)
    pd.testing.assert_frame_equal(assessed(Shop(other, AS_OF, RULES), mode).sort_index(), whole)


@settings(max_examples=15, deadline=None)
@given(people(), st.sampled_from(["seed", "model"]))
def test_the_columns_are_declared_and_the_ids_known(rows: list[Person], mode: str) -> None:
    found = assessed(Shop(rows, AS_OF, RULES), mode).reset_index()
    assert dict(found.dtypes.astype(str)) == OUTREACH
    for name, ids in (("risk_tag", {*RISK_TAGS, ""}), ("value_tier", VALUE_TIERS), ("growth", GROWTH_TYPES),
                      ("potential", POTENTIALS), ("situation", SITUATIONS), ("state", STATES)):
        assert set(found[name]) <= set(ids)
    assert found["clv"].between(0, 100).all()


def test_nobody_at_all() -> None:
    found = assessed(Shop([], AS_OF, RULES)).reset_index()
    assert dict(found.dtypes.astype(str)) == OUTREACH
    assert found.empty
