"""The 541,909 real lines through the whole night, against figures made by plain SQL."""

from __future__ import annotations

import csv
import gzip
from datetime import date
from decimal import Decimal

import pytest

from rfm_service.emulator.replay import ReplayShop
from tests.real import real

AS_OF = date(2011, 12, 9)


@pytest.fixture(scope="module")
def replayed():
    return ReplayShop.read(real("online_retail.parquet"), None)


def truth():
    with gzip.open(real("rfm_online_retail.csv.gz"), "rt", encoding="utf-8") as opened:
        return {row["cust"]: row for row in csv.DictReader(opened)}


@pytest.mark.real
@pytest.mark.slow
def test_every_customer_equals_the_sql(firm, replayed):
    rfm = 'returns = "{}"\ngift_below = 0\nwindow_days = 375'
    company = firm(replayed, start=date(2010, 12, 1), rfm=rfm.format("ignore"), deadline=10)
    ignored = company.good_night(AS_OF)
    assert len(ignored) == 4338
    assert sum(int(row["frequency"]) for row in ignored.values()) == 18532
    assert sum(int(row["recency_days"]) for row in ignored.values()) == 403692
    assert sum(Decimal(row["monetary"]) for row in ignored.values()) == Decimal("8911407.904")
    expected = truth()
    for customer, row in ignored.items():
        sql = expected[customer]
        assert (float(row["recency_days"]), row["frequency"]) == (float(sql["r_days"]), sql["f"])
        assert Decimal(row["monetary"]) * 1000 == Decimal(sql["m3_gross"] or 0)

    company.rfm = rfm.format("net")
    net = company.good_night(AS_OF)
    assert sum(Decimal(net[customer]["monetary"]) for customer in ignored) == Decimal("8310477.054")
