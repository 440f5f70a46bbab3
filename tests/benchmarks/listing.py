"""The list of a hundred thousand customers, beyond their forecast: goods and habits, assessment, choice, sentences."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from rfm_service.analysis.forecasting.forecast import forecast
from rfm_service.analysis.orders import purchases
from rfm_service.analysis.outreach.actions import actions
from rfm_service.analysis.outreach.assess import Draw, Known, assess
from rfm_service.analysis.outreach.dealings import baskets, habits
from rfm_service.analysis.outreach.holdout import held
from rfm_service.analysis.outreach.reasons import reasons
from rfm_service.analysis.scoring import quintile_cuts
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.outreach import Outreach
from rfm_service.domain.tables import CONTACTS
from rfm_service.domain.values import Basis, day_number, day_of
from rfm_service.texts.catalogue import Catalogue
from tests.analysis.forecasting.shops import FIRST, Shop
from tests.analysis.outreach.backtests import lines_of
from tests.benchmarks.timing import timed
from tests.rules import ruled

SHOP = Shop(customers=125_000, days=600, every=60, stays=900)
NOW = FIRST + SHOP.days - 1


def lists(folder: Path) -> Iterator[tuple[str, str]]:
    """What the list costs a night that has its forecast."""
    basis = Basis(day_of(NOW), ruled())
    lines = lines_of(SHOP.purchases())
    bought, summary = purchases(lines, basis), summarise(lines, basis)
    snapshot = score(summary, quintile_cuts(summary), basis.rules)
    foretelling, foretold = timed(lambda: forecast(bought, basis.as_of), runs=1)
    inside = lines[lines["day"] >= day_number(basis.window.first)]
    dealing, (dealt, usual) = timed(lambda: (baskets(inside), habits(inside, np.ones(len(inside), bool))), runs=3)
    known = Known(snapshot, bought, foretold.frame, dealt, usual, _customers(snapshot), _contacts(snapshot), {1: ""},
                  {1: ""})
    rules, ids = Outreach(), known.customers["customer_id"].tolist()
    drawing, back = timed(lambda: held(ids, "2026-Q4", Fraction(1, 10)), runs=3)
    assessing, found = timed(lambda: assess(known, rules, Draw("model", 0.2, back), basis.as_of), runs=3)
    rows = snapshot.merge(found, on="customer_no").assign(favourite="Лак")
    texts = Catalogue("ru", "RUB")
    telling, _ = timed(lambda: (reasons(rows, texts), actions(rows, (), texts)), runs=1)
    yield "customers, orders of the window", f"{len(snapshot):,}, {len(inside):,}"
    yield "forecast, which the night makes anyway", f"{foretelling:.2f} s"
    yield "goods by category, usual product and channel", f"{dealing:.2f} s"
    yield "who is held back", f"{drawing:.2f} s"
    yield "assessment and choice", f"{assessing:.2f} s"
    yield "why and what to do, of all customers in one language", f"{telling:.2f} s"
    whole = dealing + drawing + assessing + telling
    yield "the list beyond the forecast", f"{whole:.2f} s (limit 5 s), {whole / foretelling:.1f} x the forecast"


def _customers(snapshot: pd.DataFrame) -> pd.DataFrame:
    numbers = snapshot["customer_no"]
    return pd.DataFrame({"customer_no": numbers, "customer_id": [f"{number:016x}" for number in numbers],
                         "manager": [f"manager {number % 40}" for number in numbers],
                         "do_not_contact": numbers % 50 == 0})


def _contacts(snapshot: pd.DataFrame) -> pd.DataFrame:
    numbers = snapshot["customer_no"].to_numpy()[::5]
    return pd.DataFrame({"customer_no": numbers, "day": NOW - numbers % 60, "outcome": "called",
                         "next_day": 0}).astype(CONTACTS)
