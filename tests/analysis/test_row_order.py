"""The order in which 1C answers means nothing: a hundred shuffles of the rows give customers.csv byte for byte."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest

from rfm_service.analysis import conclusions
from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.analysis.grouping import empty
from rfm_service.analysis.orders import purchases
from rfm_service.analysis.outreach.assess import Draw, Known, assess
from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.analysis.value import standings
from rfm_service.domain.outreach import Outreach
from rfm_service.domain.tables import BASKETS, CONTACTS, CUSTOMERS, HABITS, PUBLISHED_CUSTOMERS, PURCHASES
from rfm_service.domain.values import Basis, customer_id
from rfm_service.renderers.machine_tables import table
from tests.analysis.coding import AS_OF, Row, frame_of
from tests.rules import ruled

BASIS = Basis(AS_OF, ruled("list125"))
SHUFFLES = 100


def lines(customers: int = 250) -> pd.DataFrame:
    """LINES with ties, returns, corrections and orders of several days."""
    draw, rows = random.Random(5), []
    for who in range(1, customers):
        for order in range(draw.choice((1, 1, 1, 2, 3, 5, 9))):
            day = AS_OF - timedelta(days=draw.randint(0, 500))
            rows += [Row(who, who * 100 + order, day + timedelta(days=min(at, (AS_OF - day).days)),
                         draw.choice((10, 10, 250, 4_000, 70_000)) * (-1 if back else 1), back)
                     for at, back in enumerate(draw.random() < 0.1 for _ in range(draw.randint(1, 3)))]
    return frame_of(rows)


@cache
def foretold(bought: bytes) -> pd.DataFrame:
    """FORECAST of PURCHASES by their bytes: the same purchases need be foretold once."""
    columns = pd.Series(memoryview(bought).cast("q").tolist()).to_numpy().reshape(len(PURCHASES), -1)
    frame = pd.DataFrame(dict(zip(PURCHASES, columns, strict=True)))
    return forecast(frame, AS_OF).frame


def customers_csv(rows: pd.DataFrame) -> bytes:
    """What a night publishes of these rows."""
    summary, bought = summarise(rows, BASIS), purchases(rows, BASIS)
    snapshot = score(summary, quintile_cuts(summary), BASIS.rules)
    names = pd.DataFrame({name: [customer_id(f"{number} {name}") if kind == "str" else number for number in
                                 summary["customer_no"]] for name, kind in CUSTOMERS.items()})
    value = standings(bought, snapshot, BASIS)
    frame = foretold(b"".join(bought[name].to_numpy().tobytes() for name in PURCHASES))
    nothing = [empty(kind) for kind in (BASKETS, HABITS)]
    known = Known(snapshot, bought, frame, *nothing, names.assign(do_not_contact=False), empty(CONTACTS), {}, {})
    outreach = assess(known, Outreach(capacity=0), Draw("model", 0.2, np.zeros(len(snapshot), np.bool_)), AS_OF)
    products = pd.DataFrame({"product_no": [], "product": []})
    named = conclusions.named_snapshot(snapshot, None, conclusions.Named(names, products), (value, frame, outreach))
    return table(named, PUBLISHED_CUSTOMERS)


@pytest.mark.slow
def test_a_hundred_shuffles_give_the_same_bytes() -> None:
    rows = lines()
    first = customers_csv(rows)
    assert first.count(b"\n") > 150
    for seed in range(SHUFFLES):
        assert customers_csv(rows.sample(frac=1, random_state=seed)) == first
