"""A million customers: scores, segments and moves with causes, beside the peers' summaries and segments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from rfm_service import presets
from rfm_service.analysis import moves, scoring
from rfm_service.analysis.snapshot import score
from rfm_service.analysis.summary import summarise
from rfm_service.domain.grids import Cuts
from rfm_service.domain.tables import LINES, VERSIONED_LINES
from rfm_service.domain.values import MONEY_SCALE, Basis, Rules, day_number
from tests.benchmarks.filled import LAST_DAY
from tests.benchmarks.timing import timed

CUSTOMERS = 1_000_000
ORDERS = 3_000_000
KNOWN = 1


def lines() -> pd.DataFrame:
    """VERSIONED_LINES of a million customers, an order a line; those of the last day came with the last ingest."""
    rng = np.random.default_rng(1)
    rate = rng.gamma(0.7, 1.0, CUSTOMERS)
    customer = np.concatenate([np.arange(CUSTOMERS), rng.choice(CUSTOMERS, ORDERS - CUSTOMERS, p=rate / rate.sum())])
    day = day_number(LAST_DAY) - rng.integers(0, 365, ORDERS)
    order = np.arange(ORDERS)
    columns = {"customer_no": customer + 1, "order_no": order, "day": day,
               "amount": (np.exp(rng.normal(9, 1.3, ORDERS)) * MONEY_SCALE).astype(np.int64),
               "returned": rng.random(ORDERS) < 0.01, "since": np.where(day == day_number(LAST_DAY), KNOWN + 1, KNOWN),
               "until": np.zeros(ORDERS), "document_no": order}
    frame = pd.DataFrame({name: columns[name].astype(kind) for name, kind in VERSIONED_LINES.items()})
    frame.loc[frame["returned"], "amount"] *= -1
    return frame


def night(stored: pd.DataFrame, rules: Rules) -> Iterator[tuple[str, float]]:
    """The seconds of each part of a night's thinking after R, F and M are known."""
    today, eve = Basis(LAST_DAY, rules), Basis(LAST_DAY - timedelta(days=1), rules)
    now, then = (summarise(stored[list(LINES)], basis) for basis in (today, eve))
    cutting, cuts = timed(lambda: scoring.quintile_cuts(now))
    scoring_s, snapshot = timed(lambda: score(now, cuts, rules))
    before = score(then, cuts, rules)
    # The border of money went by a per mille, as it does from month to month.
    cuts_then = Cuts(cuts.r, cuts.f, tuple(cut * 999 // 1000 for cut in cuts.m))  # type: ignore[arg-type]
    walk = moves.Walk(eve.as_of, KNOWN, today, cuts_then, cuts)
    finding, customers = timed(lambda: moves.moved(before, snapshot))
    versions = stored[np.isin(stored["customer_no"].to_numpy(), customers)]
    comparing, found = timed(lambda: moves.compare(before, snapshot, versions, walk))
    yield "cuts", cutting
    yield "scores, segments, tiers", scoring_s
    yield f"{len(found):,} moves with their causes", finding + comparing


def million(_: Path) -> Iterator[tuple[str, str]]:
    """Our parts for a grid of raw numbers and one of scores; lifetimes and pymc-marketing on the same orders."""
    from lifetimes.utils import summary_data_from_transaction_data
    from pymc_marketing.clv.utils import rfm_segments, rfm_summary

    stored = lines()
    yield "customers, orders", f"{CUSTOMERS:,}, {ORDERS:,}"
    for name in ("seed", "list125"):
        parts = list(night(stored, Rules(presets.preset(name))))
        for label, seconds in parts:
            yield f"{name}: {label}", f"{seconds:.2f} s"
        yield f"{name}: all of it", f"{sum(seconds for _, seconds in parts):.2f} s (limit 3 s)"
    ours, _ = timed(lambda: summarise(stored[list(LINES)], Basis(LAST_DAY, Rules(presets.preset("seed")))))
    yield "ours: R, F, M and all else of a summary", f"{ours:.2f} s"
    sold = stored[~stored["returned"]]
    plain = pd.DataFrame({"c": sold["customer_no"], "d": pd.to_datetime(sold["day"], unit="D"),
                          "m": sold["amount"] / MONEY_SCALE})
    for label, peer in (
            ("lifetimes: summary_data_from_transaction_data",
             lambda: summary_data_from_transaction_data(plain, "c", "d", "m", observation_period_end=LAST_DAY)),
            ("pymc-marketing: rfm_summary",
             lambda: rfm_summary(plain, "c", "d", "m", observation_period_end=LAST_DAY)),
            ("pymc-marketing: rfm_segments",
             lambda: rfm_segments(plain, "c", "d", "m", observation_period_end=LAST_DAY))):
        seconds, _ = timed(peer)
        yield label, f"{seconds:.2f} s"
