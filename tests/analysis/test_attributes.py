"""Customers by what 1C says of them: by hand and against the oracle."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm_service.analysis.attributes import attributes_of, by_attribute
from rfm_service.analysis.value import standings
from rfm_service.domain.tables import ATTRIBUTES, CUSTOMERS
from tests import oracle_value as oracle
from tests.analysis.standing import AS_OF, BASIS, Shop, scored_of, shops

NAMES = st.sampled_from(("опт", " опт ", "розница", "", None, "й", "и\u0306", "x", "y", "z"))


def told(names: dict[int, str | None], column: str = "category") -> pd.DataFrame:
    return pd.DataFrame({"customer_no": pd.Series(list(names), dtype="int64"),
                         "customer": pd.Series(["?"] * len(names), dtype="str"),
                         column: pd.Series(list(names.values()), dtype="str")})


@settings(max_examples=40, deadline=None)
@given(shops(), st.dictionaries(st.integers(1, 9).map(lambda number: number * 7), NAMES), st.integers(1, 3))
def test_equals_the_oracle(one: Shop, names: dict[int, str | None], most: int) -> None:
    value = standings(one.purchases, one.snapshot, BASIS)
    found = by_attribute(one.snapshot, value, told(names), most=most)
    assert dict(found.dtypes.astype(str)) == ATTRIBUTES
    assert set(found["attribute"]) <= {"category"}
    rows = found.drop(columns=["attribute", "at_risk_money"]).itertuples(index=False, name=None)
    risks = dict(zip(value["customer_no"], value["risk"], strict=True))
    assert list(rows) == oracle.by_attribute(names, one.scored, risks, most)
    risky = sum(each.monetary for each in one.scored if risks[each.number] == "at_risk")
    assert found["at_risk_money"].sum() == (risky if len(found) else 0)


def test_a_column_without_values_is_left_out_and_others_follow_each_other() -> None:
    bought = [(number, AS_OF, number) for number in range(1, 4)]
    one = Shop(bought, scored_of(bought))
    value = standings(one.purchases, one.snapshot, BASIS)
    customers = told({1: "a", 2: "", 3: "b"}).assign(email="x@example.org", empty=" ", manager=["m", "m", "n"], size=7)
    assert attributes_of(customers) == ("category", "empty", "manager")
    found = by_attribute(one.snapshot, value, customers)
    assert found[["attribute", "value", "joined", "customers", "money"]].to_numpy().tolist() == [
        ["category", "b", 1, 1, 3], ["category", "a", 1, 1, 1], ["category", "", 0, 1, 2],
        ["manager", "m", 1, 2, 3], ["manager", "n", 1, 1, 3]]


def test_the_declared_customers_are_grouped_by_sales_manager_and_category() -> None:
    assert attributes_of(pd.DataFrame({name: [] for name in CUSTOMERS}).astype(CUSTOMERS)) == ("manager", "category")


def test_one_rare_value_is_shown_and_two_are_joined() -> None:
    bought = [(number, AS_OF, number) for number in range(1, 5)]
    one = Shop(bought, scored_of(bought))
    value = standings(one.purchases, one.snapshot, BASIS)
    customers = told({1: "a", 2: "b", 3: "c", 4: "d"})
    for most, values, joined in ((3, ["d", "c", "b", "a"], [1, 1, 1, 1]), (2, ["d", "c", ""], [1, 1, 2])):
        found = by_attribute(one.snapshot, value, customers, most=most)
        assert (found["value"].tolist(), found["joined"].tolist()) == (values, joined)
