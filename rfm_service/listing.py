"""The list of a day: what the ledger and a night's conclusions say, laid to the rules of contacting."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import log1p
from typing import NamedTuple

import numpy as np
import pandas as pd

from rfm_service.analysis.grouping import Flags
from rfm_service.analysis.outreach.assess import Draw, Known, assess
from rfm_service.analysis.outreach.choice import DUE
from rfm_service.analysis.outreach.effect import effects
from rfm_service.analysis.outreach.factors import USUAL, measured_pace, multiplier
from rfm_service.analysis.outreach.holdout import campaign_of, held
from rfm_service.analysis.outreach.margins import goods_of, scale_by
from rfm_service.analysis.products import alerts
from rfm_service.domain.findings import LEAST_CUSTOMERS, Trade, Worklist
from rfm_service.domain.outreach import Contacting, LogFactor, Mode
from rfm_service.domain.tables import OFFERS
from rfm_service.domain.values import Basis, day_number
from rfm_service.ledger.ledger import Ledger
from rfm_service.ledger.offers import offers
from rfm_service.owners import owner
from rfm_service.ports import Engine


class Made(NamedTuple):
    """What a night has concluded before: SNAPSHOT, PURCHASES, FORECAST."""

    snapshot: pd.DataFrame
    purchases: pd.DataFrame
    forecast: pd.DataFrame


def listed(facts: tuple[Ledger, Engine], basis: Basis, made: Made, contacting: Contacting) -> tuple[Trade, Worklist]:
    """What was sold, and whom to contact on the day after basis.as_of. Nothing is stored."""
    ledger, engine = facts
    trade = engine.trade(ledger.facts, basis, contacting.products.push_days)
    told = alerts(trade.activity, ledger.products(), contacting.products)
    before = offers(ledger.warehouse, basis.as_of)
    return trade, _worklist(_known(ledger, basis, made, trade), (before, told), basis, contacting)


def _worklist(known: Known, beside: tuple[pd.DataFrame, pd.DataFrame], basis: Basis,
              contacting: Contacting) -> Worklist:
    """By the OFFERS up to this night, an earlier run of it included; with the ALERTS of the products."""
    before, told = beside
    rules, holdout = contacting.outreach, contacting.holdout
    campaign = campaign_of(holdout, basis.as_of)
    # A forecast of few customers is not relied on (DESIGN section 3, data gate).
    mode: Mode = rules.mode if len(known.snapshot) >= LEAST_CUSTOMERS else "seed"
    seen = effects(before, known.contacts, known.purchases, basis.as_of, holdout)
    measured, assumed = measured_pace(seen), LogFactor(log1p(float(rules.assumed_lift)), USUAL.error)
    lift = multiplier(measured, assumed) - 1
    back = _held(known, before[before["campaign"] == campaign], campaign, holdout.share)
    outreach = assess(known, rules, Draw(mode, lift, back), basis.as_of)
    scale = scale_by(goods_of(known.baskets, known.snapshot, known.categories), rules)
    return Worklist(rules, holdout, mode, lift, measured is not None, campaign, outreach, seen,
                    _offers(known.snapshot, outreach, campaign, basis), contacting.products, told, scale)


def _known(ledger: Ledger, basis: Basis, made: Made, trade: Trade) -> Known:
    """Contacts count through as_of, refusals of the day of the list too: a list is the same all that day."""
    products, channels, customers = ledger.products(), ledger.channels(), ledger.customers()
    told = ledger.contacts.made(basis.as_of + timedelta(days=1))
    owners = {name: owner(name) for name in customers["manager"].unique()}
    return Known(
        made.snapshot, made.purchases, made.forecast, trade.baskets, trade.habits,
        customers.assign(manager=customers["manager"].map(owners)),
        told[(told["day"] <= day_number(basis.as_of)) | (told["outcome"] == "refused")],
        dict(zip(products["product_no"].tolist(), products["category"].tolist(), strict=True)),
        dict(zip(channels["channel_no"].tolist(), channels["channel"].tolist(), strict=True)))


def _held(known: Known, offered: pd.DataFrame, campaign: str, share: Fraction) -> Flags:
    """Who is held back; who was `offered` in the campaign before stays as he was, whatever the share is now."""
    ids = known.customers.set_index("customer_no")["customer_id"].reindex(known.snapshot["customer_no"])
    drawn = pd.Series(held(ids.tolist(), campaign, share), index=ids.index)
    ruled = offered.drop_duplicates("customer_no").set_index("customer_no")["held"].reindex(ids.index)
    return ruled.where(ruled.notna(), drawn).to_numpy(np.bool_)


def _offers(snapshot: pd.DataFrame, outreach: pd.DataFrame, campaign: str, basis: Basis) -> pd.DataFrame:
    """Whom chance alone put on a list or off it: an agreed contact is made in any case."""
    due = (outreach["state"].isin(DUE) & (outreach["planned"] == 0)).to_numpy()
    found = pd.DataFrame({
        "campaign": campaign, "customer_no": outreach.loc[due, "customer_no"].to_numpy(),
        "day": day_number(basis.as_of), "segment": snapshot.loc[due, "segment"].to_numpy(),
        "held": (outreach.loc[due, "state"] == "held").to_numpy()})
    return found.astype(OFFERS).sort_values(["campaign", "customer_no"], ignore_index=True)
