"""The number of buckets never changes a result."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rfm_service.analysis.summary import summarise
from rfm_service.analysis.trade import PUSH_DAYS, trade
from rfm_service.domain.tables import LINES, SUMMARY, TRADE_LINES
from rfm_service.domain.values import Basis, Bucket, Period, View, day_number
from rfm_service.engines.memory import Engine
from rfm_service.ports import Engine as EnginePort
from rfm_service.ports import Facts
from tests.analysis.coding import AS_OF, Row, traded
from tests.rules import ruled

BASIS = Basis(AS_OF, ruled(own_companies=frozenset({"Our Own Ltd"})))
ROWS = st.lists(st.builds(
    lambda who, at, ago, amount, returned, product: Row(
        who, who * 10 + at, AS_OF - timedelta(days=ago), -abs(amount) if returned else amount, returned,
        product=product), st.integers(1, 9), st.integers(0, 5), st.integers(0, 400), st.integers(-2, 9),
    st.booleans(), st.integers(1, 4)), max_size=60)


class FrameFacts:
    """Facts over a frame of TRADE_LINES of customers 1 .. 9, in as many buckets as asked for."""

    def __init__(self, frame: pd.DataFrame, buckets: int) -> None:
        self.frame = frame
        self.edges = [1 + at * 9 // buckets for at in range(buckets)] + [10]
        self.asked: set[int] = set()

    def buckets(self, lines_each: int) -> list[Bucket]:
        self.asked.add(lines_each)
        return [Bucket(first, end) for first, end in zip(self.edges, self.edges[1:], strict=False)]

    def lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        return self.trade_lines(bucket, view, own)[list(LINES)]

    def trade_lines(self, bucket: Bucket, view: View, own: frozenset[str]) -> pd.DataFrame:
        assert view == View(BASIS.window)
        assert own == BASIS.rules.own_companies
        day, customer = self.frame["day"], self.frame["customer_no"]
        inside = (day >= day_number(view.period.first)) & (day < day_number(view.period.end))
        inside &= (customer >= bucket.first) & (customer < bucket.end)
        return self.frame.loc[inside, list(TRADE_LINES)]

    def versions(self, customers: Collection[int], period: Period, own: frozenset[str]) -> pd.DataFrame:
        raise NotImplementedError

    def left_out(self, view: View, own: frozenset[str]) -> Mapping[str, int]:
        raise NotImplementedError


@settings(max_examples=20, deadline=None)
@given(ROWS)
def test_buckets_change_nothing(rows: list[Row]) -> None:
    frame = traded(rows)
    whole, sold = summarise(frame, BASIS), trade(frame, BASIS)
    for buckets in (1, 2, 7):
        facts: Facts = FrameFacts(frame, buckets)
        pd.testing.assert_frame_equal(Engine().summarise(facts, BASIS), whole)
        parts = Engine().trade(facts, BASIS, PUSH_DAYS)
        for name in ("months", "products", "orders", "activity"):
            pd.testing.assert_frame_equal(getattr(parts, name), getattr(sold, name))
        assert parts.gifts == sold.gifts


def test_an_empty_ledger_gives_an_empty_summary() -> None:
    summary = Engine().summarise(FrameFacts(traded([]), 2), BASIS)
    assert len(summary) == 0
    assert dict(summary.dtypes.astype(str)) == SUMMARY


def test_the_setting_reaches_the_ledger() -> None:
    facts = FrameFacts(traded([]), 1)
    engine = Engine(bucket_lines=5)
    engine.summarise(facts, BASIS)
    assert facts.asked == {5}
    assert isinstance(engine, EnginePort)


@pytest.mark.parametrize("faulty", [{"bucket_lines": 0}, {"bucket_line": 5}])
def test_faulty_settings_are_refused(faulty: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Engine(**faulty)
